#!/usr/bin/python3
"""`tributary discover`: what it writes of real databases lints, lints online and makes events, whatever the language."""

import collections
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import uuid

import psycopg2
import pymysql

from daemon import BINARY, PATIENCE, Suite, expect, scratch

# One shop in five languages: tables and columns are called as people there call them.
ENGLISH = """
CREATE TABLE customers (id integer PRIMARY KEY, first_name varchar(50), last_name varchar(50), email varchar(100),
  phone varchar(30), city varchar(50), country varchar(2), updated_at timestamp NOT NULL);
CREATE TABLE products (product_id integer PRIMARY KEY, sku varchar(20) NOT NULL, name varchar(100), unit varchar(10),
  price decimal(10, 2));
CREATE TABLE orders (id integer PRIMARY KEY, order_no varchar(20) NOT NULL, customer_id integer NOT NULL
  REFERENCES customers (id), order_date timestamp NOT NULL, status varchar(10), total decimal(10, 2),
  currency varchar(3), updated_at timestamp NOT NULL);
CREATE TABLE order_items (order_id integer NOT NULL REFERENCES orders (id), line_no integer NOT NULL,
  product_id integer REFERENCES products (product_id), qty decimal(10, 3), unit_price decimal(10, 2),
  updated_at timestamp NOT NULL, PRIMARY KEY (order_id, line_no));
CREATE TABLE payments (id integer PRIMARY KEY, customer_id integer REFERENCES customers (id), payment_date date,
  amount decimal(10, 2), currency varchar(3));
CREATE TABLE app_settings (name varchar(50) PRIMARY KEY, content varchar(100));
INSERT INTO customers VALUES (1, 'Anna', 'Smith', 'anna@example.org', '+442071234567', 'London', 'GB',
  '2026-01-01 10:00:00');
INSERT INTO products VALUES (7, 'A-100', 'Bolt', 'pcs', 0.12);
INSERT INTO orders VALUES (1, 'SO-1', 1, '2026-01-02 10:00:00', 'N', 12.5, 'GBP', '2026-01-02 10:00:00');
INSERT INTO order_items VALUES (1, 1, 7, 2, 6.25, '2026-01-02 10:00:00');
INSERT INTO payments VALUES (1, 1, '2026-01-03', 12.5, 'GBP');
"""
GERMAN = """
CREATE TABLE Kunden (Kundennr integer PRIMARY KEY, Vorname varchar(50), Nachname varchar(50), EMail varchar(100),
  Telefon varchar(30), Strasse varchar(100), PLZ varchar(10), Ort varchar(50), Geburtsdatum date,
  geaendert_am timestamp NOT NULL);
CREATE TABLE Artikel (Artikelnr varchar(20) PRIMARY KEY, Bezeichnung varchar(100), Einheit varchar(10));
CREATE TABLE Auftraege (Auftragsnummer varchar(20) PRIMARY KEY, Kundennr integer NOT NULL,
  Auftragsdatum date NOT NULL, Gesamtbetrag decimal(10, 2), Waehrung varchar(3),
  FOREIGN KEY (Kundennr) REFERENCES Kunden (Kundennr));
CREATE TABLE Auftragspositionen (Auftragsnummer varchar(20) NOT NULL, Positionsnr integer NOT NULL,
  Artikelnr varchar(20), Menge decimal(10, 3), Einzelpreis decimal(10, 2),
  PRIMARY KEY (Auftragsnummer, Positionsnr), FOREIGN KEY (Auftragsnummer) REFERENCES Auftraege (Auftragsnummer),
  FOREIGN KEY (Artikelnr) REFERENCES Artikel (Artikelnr));
CREATE TABLE Rechnungen (Rechnungsnr varchar(20) PRIMARY KEY, Kundennr integer, Rechnungsdatum date,
  faellig_am date, Betrag decimal(10, 2), Waehrung varchar(3), FOREIGN KEY (Kundennr) REFERENCES Kunden (Kundennr));
CREATE TABLE Lagerbestand (Artikelnr varchar(20) NOT NULL, Lagerort varchar(20) NOT NULL, Menge decimal(10, 3) NOT NULL,
  PRIMARY KEY (Artikelnr, Lagerort), FOREIGN KEY (Artikelnr) REFERENCES Artikel (Artikelnr));
CREATE TABLE Lieferanten (id integer PRIMARY KEY, Name varchar(50), Ort varchar(50));
INSERT INTO Kunden VALUES (1, 'Jörg', 'Müller', 'joerg@example.org', '+49301234567', 'Weg 1', '10115', 'Berlin',
  '1980-02-29', '2026-01-01 10:00:00');
INSERT INTO Artikel VALUES ('A-1', 'Schraube', 'Stk');
INSERT INTO Auftraege VALUES ('AU-1', 1, '2026-01-02', 12.5, 'EUR');
INSERT INTO Auftragspositionen VALUES ('AU-1', 1, 'A-1', 2, 6.25);
INSERT INTO Rechnungen VALUES ('RE-1', 1, '2026-01-03', '2026-02-03', 12.5, 'EUR');
INSERT INTO Lagerbestand VALUES ('A-1', 'L1', 100);
INSERT INTO Lieferanten VALUES (1, 'Nordwind', 'Kiel');
"""
POLISH = """
CREATE TABLE klienci (id integer PRIMARY KEY, nazwa varchar(100) NOT NULL, nip varchar(20), telefon varchar(30),
  ulica varchar(100), kod_pocztowy varchar(10), miasto varchar(50), data_modyfikacji timestamp NOT NULL);
CREATE TABLE towary (id integer PRIMARY KEY, symbol varchar(20) NOT NULL, nazwa varchar(100), jednostka varchar(10));
CREATE TABLE zamówienia (id integer PRIMARY KEY, numer_zamówienia varchar(20) NOT NULL, klient_id integer
  REFERENCES klienci (id), data_zamówienia date, wartość decimal(10, 2), waluta varchar(3));
CREATE TABLE pozycje_zamówienia (id integer PRIMARY KEY, zamówienie_id integer NOT NULL REFERENCES zamówienia (id),
  pozycja integer, towar_id integer REFERENCES towary (id), ilość decimal(10, 3), cena decimal(10, 2));
CREATE TABLE faktury (id integer PRIMARY KEY, numer varchar(20) NOT NULL, klient_id integer REFERENCES klienci (id),
  data_wystawienia date, termin_płatności date, kwota decimal(10, 2), waluta varchar(3));
INSERT INTO klienci VALUES (1, 'Kowalski', '1234563218', '+48225550123', 'Prosta 1', '00-001', 'Warszawa',
  '2026-01-01 10:00:00');
INSERT INTO towary VALUES (7, 'A-1', 'Śruba', 'szt');
INSERT INTO zamówienia VALUES (1, 'ZAM/1', 1, '2026-01-02', 12.5, 'PLN');
INSERT INTO pozycje_zamówienia VALUES (1, 1, 1, 7, 2, 6.25);
INSERT INTO faktury VALUES (1, 'FV/1', 1, '2026-01-03', '2026-02-03', 12.5, 'PLN');
"""
RUSSIAN = """
CREATE TABLE "Контрагенты" ("Код" varchar(20) PRIMARY KEY, "Наименование" varchar(100) NOT NULL, "ИНН" varchar(12),
  "Телефон" varchar(30), "Город" varchar(50), "ДатаИзменения" timestamp NOT NULL);
CREATE TABLE "Номенклатура" ("Код" varchar(20) PRIMARY KEY, "Наименование" varchar(100), "Артикул" varchar(20));
CREATE TABLE "Заказы" ("Номер" varchar(20) PRIMARY KEY, "Дата" timestamp, "Контрагент" varchar(20)
  REFERENCES "Контрагенты" ("Код"), "Сумма" decimal(10, 2), "Валюта" varchar(3));
CREATE TABLE "Строки Заказа" ("Заказ" varchar(20) REFERENCES "Заказы" ("Номер"), "НомерСтроки" integer,
  "Номенклатура" varchar(20) REFERENCES "Номенклатура" ("Код"), "Количество" decimal(10, 3), "Цена" decimal(10, 2),
  PRIMARY KEY ("Заказ", "НомерСтроки"));
CREATE TABLE "Остатки" ("Номенклатура" varchar(20) REFERENCES "Номенклатура" ("Код"), "Склад" varchar(20),
  "Количество" decimal(10, 3) NOT NULL, PRIMARY KEY ("Номенклатура", "Склад"));
INSERT INTO "Контрагенты" VALUES ('К-1', 'Иванов', '7707083893', '+74951234567', 'Москва', '2026-01-01 10:00:00');
INSERT INTO "Номенклатура" VALUES ('Н-1', 'Болт', 'A-1');
INSERT INTO "Заказы" VALUES ('З-1', '2026-01-02 10:00:00', 'К-1', 12.5, 'RUB');
INSERT INTO "Строки Заказа" VALUES ('З-1', 1, 'Н-1', 2, 6.25);
INSERT INTO "Остатки" VALUES ('Н-1', 'Главный', 100);
"""
SERBIAN = """
CREATE TABLE kupci (id integer PRIMARY KEY, naziv varchar(100) NOT NULL, pib varchar(20), adresa varchar(100),
  mesto varchar(50), telefon varchar(30), izmenjeno timestamp NOT NULL);
CREATE TABLE artikli (id integer PRIMARY KEY, šifra varchar(20) NOT NULL, naziv varchar(100), jedinica_mere varchar(10));
CREATE TABLE porudžbine (id integer PRIMARY KEY, broj_porudžbine varchar(20) NOT NULL, kupac_id integer
  REFERENCES kupci (id), datum date, iznos decimal(10, 2), valuta varchar(3));
CREATE TABLE stavke_porudžbine (id integer PRIMARY KEY, porudžbina_id integer NOT NULL REFERENCES porudžbine (id),
  broj_stavke integer, artikal_id integer REFERENCES artikli (id), količina decimal(10, 3), cena decimal(10, 2));
CREATE TABLE uplate (id integer PRIMARY KEY, kupac_id integer REFERENCES kupci (id), datum_uplate date,
  iznos decimal(10, 2), valuta varchar(3));
INSERT INTO kupci VALUES (1, 'Đorđe Petrović', '100000001', 'Knez Mihailova 1', 'Beograd', '+381111234567',
  '2026-01-01 10:00:00');
INSERT INTO artikli VALUES (7, 'A-1', 'Šraf', 'kom');
INSERT INTO porudžbine VALUES (1, 'P-1', 1, '2026-01-02', 12.5, 'RSD');
INSERT INTO stavke_porudžbine VALUES (1, 1, 1, 7, 2, 6.25);
INSERT INTO uplate VALUES (1, 1, '2026-01-03', 12.5, 'RSD');
"""
SERBIAN_CYRILLIC = """
CREATE TABLE "купци" ("ид" integer PRIMARY KEY, "назив" varchar(100) NOT NULL, "адреса" varchar(100),
  "место" varchar(50), "измењено" timestamp NOT NULL);
CREATE TABLE "поруџбине" ("ид" integer PRIMARY KEY, "број" varchar(20) NOT NULL, "купац_ид" integer
  REFERENCES "купци" ("ид"), "датум" date, "износ" decimal(10, 2), "валута" varchar(3));
CREATE TABLE "ставке_поруџбине" ("поруџбина_ид" integer NOT NULL REFERENCES "поруџбине" ("ид"), "број" integer NOT NULL,
  "количина" decimal(10, 3), "цена" decimal(10, 2), PRIMARY KEY ("поруџбина_ид", "број"));
INSERT INTO "купци" VALUES (1, 'Ђорђе Петровић', 'Кнез Михаилова 1', 'Београд', '2026-01-01 10:00:00');
INSERT INTO "поруџбине" VALUES (1, 'П-1', 1, '2026-01-02', 12.5, 'RSD');
INSERT INTO "ставке_поруџбине" VALUES (1, 1, 2, 6.25);
"""
WIDE = ", ".join(f"column_{i} text" for i in range(200))
NASTY = f'''
CREATE SCHEMA "Odd.Schema ""x""";
CREATE TABLE "Odd.Schema ""x"""."customers ""x""" ("the ""id""" integer PRIMARY KEY, "name" text NOT NULL,
  "email.address" text, "select" text, "updated at" timestamptz NOT NULL DEFAULT now());
CREATE TABLE "order" ("group" integer PRIMARY KEY, "number" text, "customer" integer, "table" text,
  "order date" timestamptz, "${{HOME}}" text, "changed" timestamptz DEFAULT now());
CREATE TABLE order_lines ("order" integer REFERENCES "order", "position" integer, qty numeric);
CREATE TABLE clients (name text, email text, city text);
CREATE TABLE invoices (id integer PRIMARY KEY, number text, invoice_date date, due_date date, {WIDE});
CREATE VIEW product_view AS SELECT 1 AS id, 'A-1'::text AS sku, 'Bolt'::text AS name, 'pcs'::text AS unit;
CREATE TABLE measurements (id integer, at timestamptz, reading double precision) PARTITION BY RANGE (id);
CREATE TABLE measurements_1 PARTITION OF measurements FOR VALUES FROM (0) TO (100);
INSERT INTO "Odd.Schema ""x"""."customers ""x""" VALUES (1, 'Anna', 'anna@example.org', 'x');
INSERT INTO "order" VALUES (1, 'SO-1', 1, 't', now(), 'home');
INSERT INTO order_lines VALUES (1, 1, 2);
INSERT INTO invoices (id, number, invoice_date, due_date, column_7) VALUES (1, 'F-1', '2026-01-03', '2026-02-03', 'x');
'''
SECRET = "swordfish-71"


def tributary(*arguments, **environment):
    """Exit code, standard output, standard error."""
    done = subprocess.run([BINARY, *arguments], env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, encoding="utf-8", timeout=120 * PATIENCE,
                          check=False)
    return done.returncode, done.stdout, done.stderr


class Postgres:
    connector = "postgres"

    def __init__(self, sql):
        self.name = f"t{uuid.uuid4().hex[:12]}"
        self.execute(os.environ["PG_DSN"], f"CREATE DATABASE {self.name}")
        self.dsn = os.environ["PG_DSN"].rsplit("/", 1)[0] + "/" + self.name
        if sql:
            self.execute(self.dsn, sql)
        self.environment = {"SHOP_DSN": self.dsn}
        self.options = ["--dsn", "${SHOP_DSN}"]

    @staticmethod
    def execute(dsn, sql):
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            connection.cursor().execute(sql)


class Mariadb:
    connector = "mariadb"

    def __init__(self, sql):
        self.name = f"t{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4; USE {self.name}; SET sql_mode = 'ANSI'; {sql}")
        self.environment = {"SHOP_PASSWORD": os.environ["MARIADB_PASSWORD"]}
        self.options = ["--host", os.environ["MARIADB_HOST"], "--port", os.environ["MARIADB_PORT"], "--user",
                        os.environ["MARIADB_USER"], "--password", "${SHOP_PASSWORD}", "--database", self.name]

    @staticmethod
    def execute(sql):
        with contextlib.closing(pymysql.connect(
                host=os.environ["MARIADB_HOST"], port=int(os.environ["MARIADB_PORT"]), autocommit=True,
                user=os.environ["MARIADB_USER"], password=os.environ["MARIADB_PASSWORD"])) as connection:
            for statement in sql.split(";"):
                if statement.strip():
                    connection.cursor().execute(statement)


class Sqlite:
    connector = "sqlite"

    def __init__(self, sql):
        self.path = os.path.join(scratch(), "shop.db")
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(sql)
        self.environment = {"SHOP_DB": self.path}
        self.options = ["--path", "${SHOP_DB}"]


class Discovered:
    """The file that was written of a database."""

    def __init__(self, database, *more):
        self.environment = database.environment
        self.path = os.path.join(scratch(), "shop.yaml")
        code, out, err = tributary("discover", database.connector, *database.options, "--output", self.path, *more,
                                   **self.environment)
        expect(code == 0, lambda: f"discover: exit code {code}: {out}{err}")
        with open(self.path, encoding="utf-8") as file:
            self.text = file.read()

    def lints(self):
        for more in ([], ["--online"]):
            code, out, err = tributary("lint", "-c", self.path, *more, **self.environment)
            expect(code == 0, lambda: f"lint {more}: {out}{err}{self.text}")
        return self

    def events(self):
        """Documents by entity; none is refused."""
        code, out, err = tributary("dry-run", "-c", self.path, "--json", **self.environment)
        expect(code == 0, lambda: f"dry-run: {out}{err}")
        found = collections.defaultdict(list)
        for line in out.splitlines():
            event = json.loads(line)
            entity = event["topic"].rsplit(".", 1)[1]
            expect(entity != "dead_letter", lambda: f"a good row is a reject: {line}")
            found[entity].append(event["value"]["after"])
        return found


def shows(database, *wanted):
    """Every entity that is wanted comes out, its order with a line, and what refers to a customer refers to this one."""
    events = Discovered(database).lints().events()
    expect(set(events) == set(wanted), lambda: f"{set(events)} came out, not {set(wanted)}")
    order = events["sales_order"][0]
    expect(len(order["lines"]) == 1 and order["lines"][0]["quantity"] == "2", lambda: f"no line: {order}")
    expect(order["customer_id"].startswith("cus_"), lambda: f"nobody ordered: {order}")
    expect(order["total"]["amount"] == "12.5", lambda: f"not what is to be paid: {order}")
    expect("ordered_at" in order, lambda: f"ordered at no time: {order}")
    return events


def english_in_sqlite():
    events = shows(Sqlite(ENGLISH), "customer", "product", "sales_order", "payment")
    expect(events["customer"][0]["name"] == "Anna Smith", lambda: f"{events['customer']}")


def english_in_mariadb():
    shows(Mariadb(ENGLISH), "customer", "product", "sales_order", "payment")


def german_in_mariadb():
    events = shows(Mariadb(GERMAN), "customer", "product", "sales_order", "invoice", "stock_level")
    expect(events["customer"][0]["name"] == "Jörg Müller", lambda: f"{events['customer']}")
    expect(events["invoice"][0]["due_on"] == "2026-02-03", lambda: f"{events['invoice']}")


def german_in_postgres():
    shows(Postgres(GERMAN), "customer", "product", "sales_order", "invoice", "stock_level")


def polish_in_postgres():
    events = shows(Postgres(POLISH), "customer", "product", "sales_order", "invoice")
    expect(events["customer"][0]["addresses"][0]["postal_code"] == "00-001", lambda: f"{events['customer']}")


def russian_in_postgres():
    events = shows(Postgres(RUSSIAN), "customer", "product", "sales_order", "stock_level")
    expect(events["product"][0]["sku"] == "A-1", lambda: f"{events['product']}")


def russian_in_sqlite():
    shows(Sqlite(RUSSIAN), "customer", "product", "sales_order", "stock_level")


def serbian_in_sqlite():
    shows(Sqlite(SERBIAN), "customer", "product", "sales_order", "payment")


def serbian_cyrillic_in_mariadb():
    shows(Mariadb(SERBIAN_CYRILLIC), "customer", "sales_order")


def nasty_names():
    found = Discovered(Postgres(NASTY)).lints()
    events = found.events()
    expect(set(events) == {"customer", "sales_order", "invoice"}, lambda: f"{set(events)} came out: {found.text}")
    expect(events["customer"][0]["name"] == "Anna", lambda: f"{events['customer']}")
    active = [line for line in found.text.splitlines() if not line.strip().startswith("#")]
    for name in ("clients", "product_view"):
        expect(name in found.text and not any(line.strip().startswith(name) for line in active),
               lambda n=name: f"{n} has no key and must be told, but not run: {found.text}")
    expect("measurements_1" not in found.text, "a partition is no table of its own")


def a_missing_index_is_named():
    database = Postgres("CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, email text, "
                        "updated_at timestamptz NOT NULL)")
    statement = next(line.split(": ", 1)[1] for line in Discovered(database).text.splitlines()
                     if "CREATE INDEX" in line)
    Postgres.execute(database.dsn, statement)
    expect("CREATE INDEX" not in Discovered(database).text, f"asked for again after: {statement}")


def only_some_tables():
    database = Postgres(ENGLISH)
    events = Discovered(database, "--tables", "cust*", "public.prod*").lints().events()
    expect(set(events) == {"customer", "product"}, lambda: f"{set(events)} came out")


def references_stay_references():
    folder = scratch()
    with open(os.path.join(folder, "password"), "w", encoding="utf-8") as file:
        file.write(os.environ["MARIADB_PASSWORD"] + "\n")
    database = Mariadb(ENGLISH)
    options = ["${file:password}" if option == "${SHOP_PASSWORD}" else option for option in database.options]
    path = os.path.join(folder, "shop.yaml")
    code, out, err = tributary("discover", "mariadb", *options, "--output", path)
    expect(code == 0, lambda: f"{out}{err}")
    with open(path, encoding="utf-8") as file:
        expect("${file:password}" in file.read(), "the reference was resolved")
    code, out, err = tributary("lint", "--online", "-c", path)
    expect(code == 0, lambda: f"{out}{err}")


def refused(code, words, connector, *options, **environment):
    """Ends with that code, says all these words, writes nothing and tells no secret."""
    path = os.path.join(scratch(), "shop.yaml")
    found, out, err = tributary("discover", connector, *options, "--output", path, **environment)
    expect(found == code, lambda: f"exit code {found}, expected {code}: {out}{err}")
    for word in words:
        expect(word in err, lambda w=word: f"'{w}' is missing in: {err}")
    expect(SECRET not in out + err, lambda: f"the secret is shown: {out}{err}")
    expect(not os.path.exists(path), "a file was written all the same")


def wrong_passwords():
    options = Mariadb("").options
    options[options.index("${SHOP_PASSWORD}")] = "${WRONG}"
    refused(1, ["Access denied"], "mariadb", *options, WRONG=SECRET)
    nobody = os.environ["PG_DSN"].replace("postgres@", f"nobody:{SECRET}@")
    refused(1, ["nobody"], "postgres", "--dsn", "${WRONG}", WRONG=nobody)


def wrong_options():
    refused(2, ["NOT_SET"], "postgres", "--dsn", "${NOT_SET}")
    refused(2, ["--dsn"], "postgres", "--dsn", f"nonsense {SECRET}")
    refused(2, ["--port"], "mariadb", "--port", "x", "--user", "u", "--database", "d", "--password", SECRET)
    refused(2, ["--path"], "sqlite")
    refused(1, [], "sqlite", "--path", os.path.join(scratch(), "none.db"))


def empty_databases():
    for database in (Postgres(""), Mariadb(""), Sqlite("")):
        refused(1, ["no table"], database.connector, *database.options, **database.environment)


def nothing_recognised():
    database = Sqlite("CREATE TABLE zz (a INTEGER PRIMARY KEY, b TEXT)")
    code, out, err = tributary("discover", "sqlite", *database.options, **database.environment)
    expect(code == 1 and "zz" in out and "entity" in err, lambda: f"{code}: {out}{err}")


def missing_rights():
    database = Postgres(ENGLISH)
    role = f"r{uuid.uuid4().hex[:12]}"
    Postgres.execute(database.dsn, f"CREATE ROLE {role} LOGIN; GRANT SELECT ON customers TO {role}; "
                                   f"GRANT SELECT (product_id, sku, name, unit) ON products TO {role}")
    database.environment = {"SHOP_DSN": database.dsn.replace("postgres@", f"{role}@")}
    found = Discovered(database).lints()
    expect(set(found.events()) == {"customer", "product"}, lambda: found.text)
    expect("GRANT SELECT" in found.text, "the tables that may not be read are not told")


def missing_rights_in_mariadb():
    database = Mariadb(ENGLISH)
    user = f"u{uuid.uuid4().hex[:12]}"
    Mariadb.execute(f"CREATE USER {user}@'127.0.0.1' IDENTIFIED BY '{SECRET}'; "
                    f"GRANT SELECT ON {database.name}.customers TO {user}@'127.0.0.1'")
    database.environment = {"SHOP_PASSWORD": SECRET}
    database.options[database.options.index(os.environ["MARIADB_USER"])] = user
    found = Discovered(database).lints()
    expect(set(found.events()) == {"customer"}, lambda: found.text)


def a_file_is_not_overwritten():
    database = Sqlite(ENGLISH)
    path = Discovered(database).path
    code, _out, err = tributary("discover", "sqlite", *database.options, "--output", path, **database.environment)
    expect(code == 2 and "already" in err, lambda: f"{code}: {err}")


def a_bare_password_is_told():
    database = Mariadb(ENGLISH)
    options = [os.environ["MARIADB_PASSWORD"] if option == "${SHOP_PASSWORD}" else option
               for option in database.options]
    path = os.path.join(scratch(), "shop.yaml")
    code, _out, err = tributary("discover", "mariadb", *options, "--output", path)
    expect(code == 0 and "--password" in err and "${VAR}" in err, lambda: f"{code}: {err}")
    expect(os.stat(path).st_mode & 0o077 == 0, "others may read the password")


TESTS = {
    "English names in SQLite": english_in_sqlite,
    "English names in MariaDB": english_in_mariadb,
    "German names in MariaDB": german_in_mariadb,
    "German names in PostgreSQL": german_in_postgres,
    "Polish names in PostgreSQL": polish_in_postgres,
    "Russian names in PostgreSQL": russian_in_postgres,
    "Russian names in SQLite": russian_in_sqlite,
    "Serbian names in SQLite": serbian_in_sqlite,
    "Serbian names in Cyrillic in MariaDB": serbian_cyrillic_in_mariadb,
    "a schema with quotes, reserved words, no keys, 200 columns, a view and partitions": nasty_names,
    "a missing index is named with a statement that works": a_missing_index_is_named,
    "--tables chooses tables": only_some_tables,
    "references go into the file unresolved": references_stay_references,
    "a wrong password is told without the password": wrong_passwords,
    "wrong options are told by their names": wrong_options,
    "an empty database is told": empty_databases,
    "where nothing is recognised the tables are listed, and the exit code says so": nothing_recognised,
    "what may not be read is told in PostgreSQL": missing_rights,
    "what may not be read is left out in MariaDB": missing_rights_in_mariadb,
    "a file that is there is not overwritten": a_file_is_not_overwritten,
    "a password on the command line is told, and its file is private": a_bare_password_is_told,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
