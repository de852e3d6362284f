#!/usr/bin/python3
"""Look-ups on the real databases: an entry that changes republishes the entities that used it, once, also when it changed
while the daemon was down or a kill interrupted the reading; a miss is a dead letter until the entry is there.
"""

import os
import sqlite3
import subprocess
import sys
import uuid
from collections import Counter, defaultdict
from contextlib import closing

import psycopg2
import pymysql

from daemon import BINARY, Daemon, Failure, Suite, expect, scratch, until
from ledger import Event, Log

OVERLAP = "1h"


class Postgres:
    name = "wms"
    stamp = "timestamptz"

    def __init__(self):
        self.schema = f"t{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE SCHEMA {self.schema}; GRANT USAGE ON SCHEMA {self.schema} TO monitor;"
                     f"ALTER DEFAULT PRIVILEGES IN SCHEMA {self.schema} GRANT SELECT ON TABLES TO monitor")

    def execute(self, sql):
        with closing(psycopg2.connect(os.environ["PG_DSN"])) as database:
            with database, database.cursor() as cursor:
                cursor.execute(f"SET search_path TO {self.schema}; {sql}")

    def table(self, name):
        return f"{self.schema}.{name}"

    def configuration(self):
        return {"connector": "postgres", "dsn": os.environ["PG_MONITOR_DSN"]}


class Sqlite:
    name = "shop"
    stamp = "text"

    def __init__(self):
        self.file = os.path.join(scratch(), "shop.db")

    def execute(self, sql):
        with closing(sqlite3.connect(self.file, timeout=30)) as database:
            database.executescript(sql.replace("now()", "strftime('%Y-%m-%d %H:%M:%f', 'now')"))

    def table(self, name):
        return name

    def configuration(self):
        return {"connector": "sqlite", "path": self.file}


class Mariadb:
    name = "depot"
    stamp = "timestamp(6)"

    def __init__(self):
        self.database = f"t{uuid.uuid4().hex[:12]}"
        self.server = {"host": os.environ["MARIADB_HOST"], "port": int(os.environ["MARIADB_PORT"])}
        self.user = {"user": os.environ["MARIADB_USER"], "password": os.environ["MARIADB_PASSWORD"]}
        self.execute(f"CREATE DATABASE {self.database}", None)

    def execute(self, sql, database=""):
        with closing(pymysql.connect(**self.server, **self.user, autocommit=True,
                                     database=self.database if database == "" else database)) as session:
            with session.cursor() as cursor:
                for statement in filter(str.strip, sql.replace("now()", "now(6)").split(";")):
                    cursor.execute(statement)

    def table(self, name):
        return name

    def configuration(self):
        return {"connector": "mariadb", **self.server, **self.user, "database": self.database}


ORDERS = ", ".join(f"({i}, 'N{30 * (i % 2 + 1)}', now())" for i in range(1, 7))


class Orders:
    """Orders whose due days stand in a table of terms, the daemon that reads both, and what a consumer sees."""

    def __init__(self, source=None, rows=ORDERS, **more):
        self.source = source or Postgres()
        self.source.execute(f"""
            CREATE TABLE terms(code varchar(10) PRIMARY KEY, net_days integer, note text);
            CREATE TABLE web_order(id integer PRIMARY KEY, terms_code varchar(10), updated_at {self.source.stamp});
            CREATE INDEX changed ON web_order(updated_at, id);
            INSERT INTO terms VALUES('N30', 30, ''), ('N60', 60, '');
            INSERT INTO web_order {rows if rows.startswith('SELECT') else 'VALUES' + rows};""")
        stream = {"table": self.source.table("web_order"), "key": ["id"], "every": "50ms",
                  "watermark": {"column": "updated_at", "overlap": OVERLAP}, "entity": "sales_order",
                  "fields": {"number": "id", "attributes": {
                      "due_days": {"lookup": "terms", "from": ["terms_code"], "take": "net_days"}}}, **more}
        self.configuration = {**self.source.configuration(), "time_zone": "UTC", "streams": {"orders": stream},
                              "lookups": {"terms": {"table": self.source.table("terms"), "key": ["code"],
                                                    "every": "200ms"}}}
        self.daemon = Daemon({self.source.name: self.configuration})
        self.log = None
        self.events, self.now = [], {}
        self.history = defaultdict(list)    # number -> due days of all its events
        self.rejected = {}      # the row's key -> reason of its dead letter

    def start(self):
        self.daemon.start().ready()
        self.log = self.log or Log(self.daemon.brokers, [f"{self.daemon.prefix}.{topic}"
                                                         for topic in ("sales_order", "dead_letter")])
        return self

    def read(self, past_open=True):
        for message in self.log.drain(keep=False, past_open=past_open):
            if message.topic().endswith("dead_letter"):
                headers = {name: value.decode() for name, value in message.headers() or []}
                key = message.key().decode().rsplit("/", 1)[1]
                self.rejected.pop(key, None)
                if message.value() is not None:
                    self.rejected[key] = headers["reason"]
                continue
            event = Event(message)
            self.events.append(event)
            if event.after:
                value = event.after.get("attributes", {}).get("due_days")
                self.now[event.after["number"]] = value
                self.history[event.after["number"]].append(value)
        return self.now

    def shows(self, days, seconds=60):
        """Waits until the orders have these due days."""
        until(lambda: self.read() == days, seconds,
              lambda: f"{dict(list(self.now.items())[:10])} instead of {dict(list(days.items())[:10])}, "
                      f"{self.rejected} {self.daemon.readiness()}")

    def rejects(self, reasons):
        """Waits until these rows are dead letters whose reasons hold these words."""
        def does():
            self.read()
            return (self.rejected.keys() == reasons.keys()
                    and all(words in self.rejected[key] for key, words in reasons.items()))
        until(does, 30, lambda: f"dead letters: {self.rejected} instead of {reasons}")

    def happened(self):
        """Number, type and cause of the events since the last call, once nothing more can come of what was read."""
        self.daemon.polls(3)
        self.read()
        events, self.events = self.events, []
        return sorted((e.after["number"], e.headers["ce_type"].split(".")[1], e.headers["ce_cause"]) for e in events)


def days(**changed):
    return {str(i): 60 if i % 2 else 30 for i in range(1, 7)} | {key[1:]: value for key, value in changed.items()}


def entry_changes(source=None):
    orders = Orders(source).start()
    orders.shows(days())
    expect(Counter(cause for _, _, cause in orders.happened()) == {"load": 6}, "the first load")
    orders.source.execute("UPDATE terms SET net_days = 31 WHERE code = 'N30'; UPDATE terms SET note = 'no matter'")
    orders.shows(days(_2=31, _4=31, _6=31))
    told = orders.happened()
    expect(told == [(n, "updated", "reread") for n in "246"], lambda: f"{told}")
    # a change of a row and one of the entry: each says what it is
    orders.source.execute("UPDATE web_order SET terms_code = 'N60', updated_at = now() WHERE id = 2")
    orders.shows(days(_2=60, _4=31, _6=31))
    told = orders.happened()
    expect(told == [("2", "updated", "change")], lambda: f"{told}")
    return orders


def entry_comes_and_goes():
    orders = Orders(rows="(1, 'N30', now()), (2, 'N99', now()), (3, NULL, now())").start()
    orders.shows({"1": 30, "3": None})
    orders.rejects({"2": "'N99' is not in look-up 'terms'"})
    orders.happened()
    orders.source.execute("INSERT INTO terms VALUES('N99', 99, '')")
    orders.shows({"1": 30, "2": 99, "3": None})
    orders.rejects({})
    told = orders.happened()
    expect(told == [("2", "created", "reread")], lambda: f"{told}")
    # what is missing then keeps its last good state
    orders.source.execute("DELETE FROM terms WHERE code = 'N30'")
    orders.rejects({"1": "'N30' is not in look-up 'terms'"})
    expect(orders.read() == {"1": 30, "2": 99, "3": None} and orders.happened() == [], "a miss publishes nothing")
    orders.source.execute("INSERT INTO terms VALUES('N30', 30, '')")
    orders.rejects({})
    told = orders.happened()
    expect(told == [], lambda: f"{told}")


def changed_while_down():
    orders = Orders().start()
    orders.shows(days())
    orders.happened()
    expect(orders.daemon.stop() == 0, "the daemon does not stop")
    orders.source.execute("UPDATE terms SET net_days = 31 WHERE code = 'N30'")
    orders.start().shows(days(_2=31, _4=31, _6=31))
    told = orders.happened()
    expect(told == [(n, "updated", "reread") for n in "246"], lambda: f"{told}")
    orders.daemon.kill()
    orders.source.execute("UPDATE terms SET net_days = 61 WHERE code = 'N60'")
    orders.start().shows(days(_1=61, _2=31, _3=61, _4=31, _5=61, _6=31))
    told = orders.happened()
    expect(told == [(n, "updated", "reread") for n in "135"], lambda: f"{told}")
    orders.daemon.kill()
    told = orders.start().happened()
    expect(told == [], lambda: f"a restart alone publishes {told}")


def killed_while_rereading():
    """The rows are many pages, each a transaction of its own; the kills come between and in them."""
    number = 60_000
    orders = Orders(rows=f"SELECT n, 'N30', now() - interval '1 day' FROM generate_series(1, {number}) n").start()

    def everything(value):
        return dict.fromkeys(map(str, range(1, number + 1)), value)
    orders.shows(everything(30), 90)
    expect(orders.daemon.stop() == 0, "the daemon does not stop")
    for net_days, failpoint, then in ((31, "commit.compared:3", 31), (32, "kafka.after_commit:3", 32),
                                      (33, "commit.half_produced:2", 32)):
        orders.source.execute(f"UPDATE terms SET net_days = {net_days} WHERE code = 'N30'")
        orders.daemon.start(failpoint=failpoint)
        expect(orders.daemon.exit_code(60) == -9, lambda: f"not killed: {orders.daemon.last_words()}")
        until(lambda: net_days in orders.read(past_open=False).values(), 30, "the kill came before any row was read again")
        expect(len(set(orders.now.values())) == 2, "the kill came after all rows were read again")
        # the last time it says again what it said before, while half of the rows say something else
        orders.source.execute(f"UPDATE terms SET net_days = {then} WHERE code = 'N30'")
        orders.daemon.start().ready()
        orders.shows(everything(then), 90)
        orders.daemon.kill()
    orders.read(past_open=False)
    wrong = {key: told for key, told in orders.history.items() if told not in ([30, 31, 32], [30, 31, 32, 33, 32])}
    expect(not wrong, lambda: f"{len(wrong)} orders were told otherwise, as {list(wrong.items())[:3]}")
    turned = sum(len(told) == 5 for told in orders.history.values())
    return f"{turned} of {number} turned back"


def too_large():
    orders = Orders()
    orders.source.execute("CREATE TABLE large(code integer PRIMARY KEY, note text);"
                          "INSERT INTO large SELECT n, repeat(md5(n::text), 40) FROM generate_series(1, 60000) n")
    orders.configuration["lookups"]["large"] = {"table": orders.source.table("large"), "key": ["code"], "every": "1s"}
    orders.configuration["streams"]["notes"] = {
        **orders.configuration["streams"]["orders"], "space": "notes",
        "fields": {"number": "id", "attributes": {"note": {"lookup": "large", "from": "id", "take": "note"}}}}
    orders.daemon.write_configuration()
    orders.daemon.start().unready("64 MB", 60)
    said = orders.daemon.unready("one: true")
    expect("parked" in said, lambda: f"{said}")
    orders.log = Log(orders.daemon.brokers, [f"{orders.daemon.prefix}.sales_order"])
    orders.shows(days())
    orders.source.execute("DELETE FROM large WHERE code > 1000")
    orders.daemon.ready()


def waits_for_it():
    """A stream whose look-up cannot be read yet waits and says so; the others of the source do not."""
    orders = Orders()
    orders.configuration["streams"]["plain"] = {**orders.configuration["streams"]["orders"], "space": "plain",
                                                "fields": {"number": "id"}}
    orders.configuration["lock_timeout"] = "200ms"
    orders.daemon.write_configuration()
    with closing(psycopg2.connect(os.environ["PG_DSN"])) as holder, holder.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {orders.source.table('terms')} IN ACCESS EXCLUSIVE MODE")
        orders.daemon.start().unready("waits for look-up 'terms': ")
        orders.log = Log(orders.daemon.brokers, [f"{orders.daemon.prefix}.sales_order"])
        orders.shows(dict.fromkeys("123456"))
        orders.daemon.unready("waits for look-up 'terms': ")
    orders.daemon.ready()
    until(lambda: orders.read() and len({event.key for event in orders.events}) == 12, 30, lambda: f"{orders.events}")
    expect(len(orders.events) == 12, lambda: f"{orders.events}")


def wrong_column():
    orders = Orders(Sqlite())
    take = orders.configuration["streams"]["orders"]["fields"]["attributes"]["due_days"]
    take["take"] = "net_dayz"
    orders.daemon.write_configuration()
    with open(orders.daemon.path, encoding="utf-8") as file:
        line = next(i for i, text in enumerate(file, 1) if "net_dayz" in text)
    says = f"tributary.yaml:{line}:"
    suggestion = "no column 'net_dayz' in terms, did you mean 'net_days'?"
    for command in (["lint", "--online"], ["dry-run"]):
        done = subprocess.run([BINARY, *command, "-c", orders.daemon.path], capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        expect(done.returncode == 1 and any(says in one and suggestion in one for one in said.splitlines()),
               lambda: f"{command}: {done.returncode}, {said}")
    expect(orders.daemon.start().exit_code(60) == 78, "a stream that never ran starts with a look-up that does not fit")
    said = orders.daemon.output()
    expect(suggestion in said and says in said, lambda: said)
    take["take"] = "net_days"
    orders.daemon.write_configuration()
    orders.start().shows(days())
    # later on it parks, and comes back when the table fits again
    orders.source.execute("ALTER TABLE terms RENAME COLUMN net_days TO days")
    orders.daemon.unready("net_days")
    orders.source.execute("ALTER TABLE terms RENAME COLUMN days TO net_days")
    orders.daemon.ready()
    dry = subprocess.run([BINARY, "dry-run", "-c", orders.daemon.path], capture_output=True, text=True, check=False)
    expect(dry.returncode == 0 and "6 events, 0 rejects" in dry.stdout, lambda: f"{dry.stdout}{dry.stderr}")


def without_a_watermark():
    orders = Orders(Sqlite())
    del orders.configuration["streams"]["orders"]["watermark"]
    orders.daemon.write_configuration()
    orders.start().shows(days())
    orders.happened()
    orders.source.execute("UPDATE terms SET net_days = 31 WHERE code = 'N30'")
    orders.shows(days(_2=31, _4=31, _6=31))
    told = orders.happened()
    expect(told == [(n, "updated", "reread") for n in "246"], lambda: f"{told}")


ROWS, ENTRIES = 60_000, 50


class Many(Orders):
    """60,000 orders that nobody changes, and 50 terms. Half of the orders use the first one, the rest the others evenly.
    Each has two lines, whose tax stands in a second look-up; line 7 of each hundred orders has a rate of its own."""

    def __init__(self, source=None, lines=False, **more):
        stamp = "'2026-01-01 10:00:00'"
        rows = ", ".join(f"({n}, '{self.code(n)}', {stamp})" for n in range(1, ROWS + 1))
        super().__init__(source, rows, **more)
        execute = self.source.execute
        execute("CREATE INDEX by_terms ON web_order(terms_code)")
        execute("DELETE FROM terms; INSERT INTO terms VALUES"
                + ", ".join(f"('N{code}', {code}, '')" for code in range(1, ENTRIES + 1)))
        if not lines:
            return
        execute("CREATE TABLE vat(code integer PRIMARY KEY, rate integer); INSERT INTO vat VALUES(1, 19), (2, 7), (3, 5)")
        execute("CREATE TABLE line(order_id integer, no integer, vat_code varchar(5), PRIMARY KEY(order_id, no));"
                "CREATE INDEX by_vat ON line(vat_code); INSERT INTO line VALUES"
                + ", ".join(f"({n}, {no}, '{2 if n % 100 == no == 7 else 1}')"
                            for n in range(1, ROWS + 1) for no in (1, 7)))
        orders = self.configuration["streams"]["orders"]
        orders["include"] = {"lines": {"table": self.source.table("line"), "on": {"order_id": "id"}, "key": ["no"]}}
        orders["fields"]["lines"] = {"each": "lines", "fields": {"number": "no", "attributes": {
            "rate": {"lookup": "vat", "from": "vat_code", "take": "rate"}}}}
        self.configuration["lookups"]["vat"] = {"table": self.source.table("vat"), "key": ["code"], "every": "200ms"}
        self.daemon.write_configuration()

    @staticmethod
    def code(number):
        return "N1" if number % 2 else f"N{number // 2 % (ENTRIES - 1) + 2}"

    @classmethod
    def users(cls, code):
        return {str(n) for n in range(1, ROWS + 1) if cls.code(n) == code}

    def loaded(self):
        self.start()
        until(lambda: len(self.read()) == ROWS, 120, lambda: f"{len(self.now)} orders {self.daemon.readiness()}")
        self.happened()
        return self

    def tells(self, value, users, seconds=90):
        """Waits until these orders have this value."""
        def does():
            now = self.read()
            return all(now[number] == value for number in users)
        until(does, seconds, lambda: self.daemon.last_words())

    def rows_read(self):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.daemon.get("/metrics")[1].splitlines()
                   if line.startswith("tributary_rows_read_total"))

    def reread_only(self, users, what):
        """What happened is a difference in each of these, and nothing but their rows was read."""
        told = self.happened()
        expect(Counter(told) == Counter((number, "updated", "reread") for number in users),
               lambda: f"{what}: {len(told)} events, {Counter(t[1:] for t in told)} of {len(users)} orders")


def one_of_many(source=None):
    orders = Many(source).loaded()
    seven, eight = orders.users("N7"), orders.users("N8")
    before = orders.rows_read()
    orders.source.execute("UPDATE terms SET net_days = 700 WHERE code = 'N7'")
    orders.tells(700, seven)
    orders.reread_only(seven, "an entry that changed")
    expect(orders.rows_read() - before == len(seven), lambda: f"{orders.rows_read() - before} rows read")
    orders.source.execute("DELETE FROM terms WHERE code = 'N8'")
    orders.rejects(dict.fromkeys(eight, "'N8' is not in look-up 'terms'"))
    expect(orders.happened() == [], "a miss publishes nothing")
    orders.source.execute("INSERT INTO terms VALUES('N8', 800, '')")
    orders.rejects({})
    orders.reread_only(eight, "an entry that came back")
    expect(orders.rows_read() - before == len(seven) + 2 * len(eight), lambda: f"{orders.rows_read() - before} rows read")
    return f"{len(seven)} of {ROWS} rows"


def one_of_the_children(source=None):
    orders = Many(source, lines=True).loaded()
    users = {str(n) for n in range(1, ROWS + 1) if n % 100 == 7}
    before = orders.rows_read()
    orders.source.execute("UPDATE vat SET rate = 8 WHERE code = 2")
    until(lambda: sum(e.headers["ce_cause"] == "reread" for e in orders.read() and orders.events) >= len(users), 60,
          lambda: orders.daemon.last_words())
    expect(all([line["attributes"]["rate"] for line in e.after["lines"]] == [19, 8] for e in orders.events),
           lambda: f"{orders.events[0].after}")
    orders.reread_only(users, "an entry that children use")
    expect(orders.rows_read() - before == len(users), lambda: f"{orders.rows_read() - before} rows read")
    # the same entry of an integer is not found among texts that only look alike
    orders.source.execute("UPDATE vat SET rate = 6 WHERE code = 3")
    orders.daemon.polls(10)
    expect(orders.happened() == [] and orders.rows_read() - before == len(users), "an entry nobody uses reads rows")


def killed_while_searching(source=None):
    """Half of the rows use the entry: several pages. The next change comes while they are searched for."""
    orders = Many(source).loaded()
    users = orders.users("N1")
    expect(orders.daemon.stop() == 0, "the daemon does not stop")
    for net_days, failpoint in ((31, "commit.compared:2"), (32, "kafka.after_commit:2"), (33, "commit.half_produced:2")):
        orders.daemon.start(failpoint=failpoint).ready()
        orders.source.execute(f"UPDATE terms SET net_days = {net_days} WHERE code = 'N1'")
        expect(orders.daemon.exit_code(60) == -9, lambda: f"not killed: {orders.daemon.last_words()}")
        orders.daemon.start().ready()
        orders.tells(net_days, users)
        read = orders.rows_read()
        expect(read < len(users), lambda: f"{read} rows read again after a kill within {len(users)}")
        orders.daemon.kill()
    orders.daemon.start().ready()
    orders.source.execute("UPDATE terms SET net_days = 34 WHERE code = 'N1'")
    until(lambda: 34 in orders.read().values(), 60, "nothing is read again")
    orders.source.execute("UPDATE terms SET net_days = 35 WHERE code = 'N1' OR code = 'N2'")
    orders.tells(35, users | orders.users("N2"))
    orders.happened()
    wrong = {key: told for key, told in orders.history.items()
             if key in users and told not in ([1, 31, 32, 33, 34, 35], [1, 31, 32, 33, 35])}
    expect(not wrong, lambda: f"{len(wrong)} orders were told otherwise, as {list(wrong.items())[:3]}")
    others = {key: told for key, told in orders.history.items()
              if key not in users and told != ([2, 35] if orders.code(int(key)) == "N2" else told[:1])}
    expect(not others, lambda: f"{len(others)} orders were told otherwise, as {list(others.items())[:3]}")


def asks_for_an_index(source):
    orders = Orders(source)

    def lint():
        done = subprocess.run([BINARY, "lint", "--online", "-c", orders.daemon.path], capture_output=True, text=True,
                              check=False)
        expect(done.returncode == 0, lambda: f"{done.stdout}{done.stderr}")
        return [line for line in (done.stdout + done.stderr).splitlines() if "'terms_code'" in line]
    said = lint()
    expect(len(said) == 1 and "used an entry of a look-up" in said[0], lambda: f"{said}")
    orders.source.execute(said[0].rsplit("; ", 1)[1])
    expect(lint() == [], "the index that lint asks for does not satisfy it")


TESTS = {
    "an entry that changes republishes the entities that used it, once": lambda: entry_changes() and "PostgreSQL",
    "the same on SQLite": lambda: entry_changes(Sqlite()) and "",
    "the same on MariaDB": lambda: entry_changes(Mariadb()) and "",
    "the same of a table without a watermark": without_a_watermark,
    "a miss is a dead letter that clears when the entry appears": entry_comes_and_goes,
    "an entry that changed while the daemon was down or killed is found at its start": changed_while_down,
    "a kill in the middle of a reread loses nothing and repeats nothing": killed_while_rereading,
    "of 60,000 rows only those that used an entry are read again when it changes, goes or comes":
        lambda: one_of_many(),
    "the same rows on SQLite": lambda: one_of_many(Sqlite()),
    "the same rows on MariaDB": lambda: one_of_many(Mariadb()),
    "only the parents of the children that used an entry are read again": one_of_the_children,
    "the same parents on SQLite": lambda: one_of_the_children(Sqlite()),
    "the same parents on MariaDB": lambda: one_of_the_children(Mariadb()),
    "a kill among the rows of an entry loses nothing, repeats nothing and goes on there": killed_while_searching,
    "the same kills on SQLite": lambda: killed_while_searching(Sqlite()),
    "the same kills on MariaDB": lambda: killed_while_searching(Mariadb()),
    "lint asks for the index that makes the search cheap": lambda: asks_for_an_index(Postgres()),
    "lint asks for it on SQLite": lambda: asks_for_an_index(Sqlite()),
    "lint asks for it on MariaDB": lambda: asks_for_an_index(Mariadb()),
    "a look-up of more than 64 MB is refused with what to do, the rest runs": too_large,
    "a column the look-up has not is told at its place, and refuses the first start": wrong_column,
    "a stream waits for a look-up that cannot be read, the rest runs": waits_for_it,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
