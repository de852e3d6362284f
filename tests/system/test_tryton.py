#!/usr/bin/python3
"""tryton against a real Tryton server on PostgreSQL, whose users are at work: what a read_committed consumer of a real broker
holds in the end is what the server holds, through kills of the daemon.

TRYTON_URL names a server that is running already (tests/lab/tryton); else one is started and stopped here.
"""

import atexit
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal

from daemon import BINARY, LAB, PATIENCE, Daemon, Failure, Suite, expect, scratch, until
from erp_ledger import Entities, arrived, differences, silent
from tryton_workload import TrytonSource, decimal
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
KILLS = 10
ENTITIES = ("customer", "product", "sales_order", "shipment", "invoice", "payment", "stock_level")
STREAMS = {"customers": "customer", "products": "product", "orders": "order", "shipments": "shipment",
           "invoices": "invoice", "payments": "payment", "stock": "stock", "dunnings": "dunning"}
# what EVENTS.md says about states that Tryton's documentation describes
ORDER = {("quotation", None): "open", ("confirmed", None): "confirmed", ("processing", "sent"): "shipped",
         ("processing", None): "confirmed", ("done", None): "completed", ("cancelled", None): "cancelled",
         ("draft", None): "draft"}
SHIPMENT = {"draft": "draft", "waiting": "draft", "assigned": "picking", "picked": "picking", "packed": "picking",
            "done": "shipped", "cancelled": "cancelled"}
INVOICE = {"draft": "draft", "validated": "draft", "posted": "open", "paid": "paid", "cancelled": "cancelled"}


def server():
    """The environment of a running Tryton."""
    if "TRYTON_URL" in os.environ:
        return
    place = os.path.join(os.environ.get("TRIBUTARY_LAB_DIR") or scratch(), "tryton")
    atexit.register(subprocess.run, [os.path.join(LAB, "tryton"), "stop", place], check=False)
    started = subprocess.run([os.path.join(LAB, "tryton"), "start", place], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    os.environ.update(line.split("=", 1) for line in started.stdout.splitlines() if "=" in line)


def configuration(**source):
    every = {"customers": "300ms", "orders": "200ms", "stock": "2s"}
    streams = {name: {"use": f"tryton/{use}", "every": every.get(name, "500ms")} for name, use in STREAMS.items()}
    for name in ("customers", "orders"):
        streams[name]["deletes"] = {"every": "2s", "at_most": "100%", "always": 10_000}
    return {"erp": {"connector": "tryton", "url": os.environ["TRYTON_URL"], "user": os.environ["TRYTON_USER"],
                    "password": os.environ["TRYTON_PASSWORD"],
                    "defaults": {"time_zone": "UTC", "phone_region": "DE", "country": "DE", "currency": "EUR"},
                    "streams": streams, **source}}


def money(value):
    return Decimal(value["amount"]) if value else None


def number(value):
    return Decimal(value["decimal"])


def plain(value):
    return Decimal(repr(value)).normalize()


def truth(session):
    """What the topics have to hold, read back with the rights of an administrator: entity -> number -> facts."""
    def rows(model, domain, *fields, **context):
        return session.model(model, "search_read", domain, 0, None, [["id", "ASC"]], list(fields), active_test=False, **context)
    sales = rows("sale.sale", [["number", "!=", None]], "number", "state", "shipment_state", "total_amount", "party.code",
                 "lines.quantity", "lines.unit_price", "lines.product.code")
    location, = rows("stock.location", [["type", "=", "warehouse"]], "code")
    def stock(**context):
        return {row["code"]: plain(row["quantity"]) for row in rows(
            "product.product", [["type", "=", "goods"]], "code", "quantity", locations=[location["id"]], **context)}
    there, left = stock(), stock(stock_assign=True)
    return {
        "customer": {row["code"]: (row["name"], "active" if row["active"] else "inactive", sorted(
            way["value"].replace(" ", "") for way in row["contact_mechanisms."]
            if way["type"] in ("phone", "mobile") and way["active"]))
            for row in rows("party.party", [], "name", "code", "active", "contact_mechanisms.value", "contact_mechanisms.type",
                            "contact_mechanisms.active")},
        "product": {row["code"]: row["template."]["name"] for row in rows("product.product", [], "code", "template.name")},
        "sales_order": {row["number"]: (
            ORDER.get((row["state"], row["shipment_state"])) or ORDER[row["state"], None], row["party."]["code"],
            number(row["total_amount"]),
            sorted((line["product."]["code"], plain(line["quantity"]), number(line["unit_price"])) for line in row["lines."]))
            for row in sales},
        "shipment": {row["number"]: (SHIPMENT[row["state"]], row["customer."]["code"])
                     for row in rows("stock.shipment.out", [], "number", "state", "customer.code")},
        "invoice": {row["number"]: (INVOICE[row["state"]], number(row["total_amount"]), number(row["amount_to_pay"]))
                    for row in rows("account.invoice", [["type", "=", "out"], ["number", "!=", None]], "number", "state",
                                    "total_amount", "amount_to_pay")},
        "payment": {row["move."]["number"]: number(row["credit"]) for row in rows(
            "account.move.line", [["invoice_payments", "!=", None]], "move.number", "credit")},
        "stock_level": {code: (quantity, quantity - left[code]) for code, quantity in there.items()},
    }


def held(topics):
    """The same facts as the topics tell them."""
    last = topics.last
    def of(entity, key, field):
        return last[entity].get(key, {}).get(field)
    return {
        "customer": {row["number"]: (row["name"], row["status"], sorted(phone["number"] for phone in row.get("phones", [])))
                     for row in last["customer"].values()},
        "product": {row["sku"]: row["name"] for row in last["product"].values()},
        "sales_order": {row["number"]: (
            row["status"], of("customer", row["customer_id"], "number"), money(row["total"]),
            sorted((of("product", line["product_id"], "sku"), Decimal(line["quantity"]), money(line["price"]))
                   for line in row.get("lines", []))) for row in last["sales_order"].values()},
        "shipment": {row["number"]: (row["status"], of("customer", row["customer_id"], "number"))
                     for row in last["shipment"].values()},
        "invoice": {row["number"]: (row["status"], money(row["total"]), money(row["open"]))
                    for row in last["invoice"].values()},
        "payment": {row["number"]: money(row["amount"]) for row in last["payment"].values()},
        "stock_level": {of("product", row["product_id"], "sku"): (Decimal(row["on_hand"]), Decimal(row["reserved"]))
                        for row in last["stock_level"].values()},
    }


def published(daemon, topics, session, seconds=120):
    """Waits until the topics hold what the server does; nobody may be writing any more."""
    wanted = truth(session)
    arrived(daemon, topics, held, wanted, seconds)
    return wanted


class Clerk:
    """Changes that the workload's users do not make: to a line alone, to a contact alone, deletes of what was published."""

    def __init__(self, source):
        self.source, self.session = source, source.connect()

    def quoted_order(self):
        customer = self.source.create_customer(self.session, "row 0 rev 0")
        order = self.source.create_order(self.session, customer, [(self.source.products[0], 3), (self.source.products[1], 1)])
        self.session.model("sale.sale", "quote", [order])
        return customer, order

    def edit(self):
        """A line changes and its order does not: no stamp of the order's moves."""
        _, order = self.quoted_order()
        self.session.model("sale.sale", "draft", [order])
        line = self.session.read("sale.sale", order, "lines")["lines"][0]
        self.session.model("sale.line", "write", [line], {"quantity": 7.0, "unit_price": decimal("9.9900")})

    def tidy(self):
        """A numbered order goes, and so does a phone by itself."""
        customer, order = self.quoted_order()
        self.session.model("sale.sale", "draft", [order])
        self.session.model("sale.sale", "cancel", [order])
        self.session.model("sale.sale", "delete", [order])
        phone = self.session.read("party.party", customer, "contact_mechanisms")["contact_mechanisms"]
        self.session.model("party.contact_mechanism", "delete", phone)


def through_kills():
    rng = random.Random(SEED)
    source = TrytonSource()
    source.begin()
    daemon = Daemon(configuration(), directory=scratch()).start().ready()
    topics = Entities(daemon, ENTITIES)
    clerk = Clerk(source)
    with Writer(source, SEED) as first, Writer(source, SEED + 1) as second:
        for kill in range(KILLS):
            before = topics.read()
            until(lambda before=before: topics.read() > before + 10, 60, "nothing is published")
            clerk.edit() if kill % 2 else clerk.tidy()
            time.sleep(rng.uniform(0, 0.5))     # the moment of the kill is random
            daemon.kill()
            daemon.start().ready()
    wanted = published(daemon, topics, clerk.session)
    daemon.comparisons(2)
    silent(daemon, topics)
    expect(not differences(held(topics), wanted), lambda: f"{differences(held(topics), wanted)[:3]}")
    for secret in (os.environ["TRYTON_PASSWORD"],):
        expect(secret not in daemon.output(), "the password is in the log")
    expect("Session " not in daemon.output(), "a session is in the log")
    daemon.kill()
    topics.close()
    sizes = ", ".join(f"{len(rows)} {entity}s" for entity, rows in wanted.items())
    return f"seed {SEED}, {KILLS} kills, {first.committed + second.committed} changes, {topics.count} events hold: {sizes}"


def command(name, change=lambda erp: None, *options):
    sources = configuration()
    change(sources["erp"])
    daemon = Daemon(sources, directory=scratch())
    done = subprocess.run([BINARY, name, "-c", daemon.path, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, encoding="utf-8", timeout=120 * PATIENCE, check=False)
    expect(os.environ["TRYTON_PASSWORD"] not in done.stdout, lambda: f"{name} shows the password: {done.stdout}")
    return done.returncode, done.stdout


def asked_online(change, code, *words):
    status, said = command("lint", change, "--online")
    expect(status == code and all(word in said for word in words), lambda: f"{status}, not {code} with {words}: {said}")


def lint_online():
    asked_online(lambda erp: None, 0, "no errors")
    asked_online(lambda erp: erp["streams"]["orders"].update(model="sale.sael"), 1, "no model 'sale.sael', did you mean 'sale.sale'?")
    asked_online(lambda erp: erp["streams"]["orders"].update(fields={"ordered_at": "sale_dat"}), 1,
                 "no column 'sale_dat' in sale.sale, or the user may not read what it leads to, did you mean 'sale_date'?")
    asked_online(lambda erp: erp["streams"]["orders"].update(fields={"channel": "party.nmae"}), 1,
                 "no field 'nmae' in party.party, or the user may not read what it leads to, did you mean 'name'?")
    asked_online(lambda erp: erp["streams"].update(direct={
        "model": "account.payment", "key": ["id"], "entity": "payment", "space": "direct", "fields": {"number": "id"}}), 1,
        "no right to read 'account.payment'", "Models Access")
    asked_online(lambda erp: erp["streams"]["shipments"].update(include={
        "moves": {"field": "outgoing_moves"}}), 1, "cannot be asked for by field 'outgoing_moves'")
    asked_online(lambda erp: erp["streams"]["invoices"].update(where='[["nosuch", "=", 1]]'), 1, "where", "nosuch")
    asked_online(lambda erp: erp.update(password="wrong"), 1, "401")
    asked_online(lambda erp: erp.update(url=os.environ["TRYTON_URL"].replace("/erp/", "/nodb")), 1, "name of a database")


def dry_run():
    def change(erp):
        erp["lookups"] = {"terms": {"model": "account.invoice.payment_term", "key": ["id"]}}
        erp["streams"]["orders"]["fields"] = {"attributes": {"terms": {"lookup": "terms", "from": "payment_term", "take": "name"}}}
        erp["streams"]["buyers"] = {
            "model": "party.party", "key": ["id"], "entity": "customer", "space": "buyers",
            "include": {"sale": {"model": "sale.sale", "on": {"party": "id"}, "key": ["id"], "one": "true"}},
            "fields": {"name": "name", "attributes": {"first_order": "sale.number", "first_currency": "sale.currency.code"}}}
    status, said = command("dry-run", change)
    for word in ("Müller & Söhne GmbH", '"terms":"Direct"', '"first_currency":"EUR","first_order":"1"'):
        expect(status == 0 and word in said, lambda word=word: f"{status}, no {word}: {said[-3000:]}")


def alone(followed=True):
    """No comparison of keys helps, and orders and parties themselves are read back for a second only."""
    sources = configuration()
    stamps = {"column": "write_date", "overlap": "1s"}
    for name, children in (("orders", ["lines"]), ("customers", ["contact_mechanisms", "addresses", "identifiers"])):
        stream = sources["erp"]["streams"][name]
        del stream["deletes"]
        stream["watermark"] = stamps
        stream["include"] = {child: {"watermark": stamps if followed else None} for child in children}
    daemon = Daemon(sources, directory=scratch()).start().ready()
    topics = Entities(daemon, ENTITIES)
    clerk = Clerk(TrytonSource())
    clerk.source.products = clerk.source.read_products(clerk.session)
    customer, order = clerk.quoted_order()
    clerk.session.model("sale.sale", "draft", [order])
    published(daemon, topics, clerk.session)
    daemon.polls(20)    # what was written before is behind the overlap
    line = clerk.session.read("sale.sale", order, "lines")["lines"][0]
    clerk.session.model("sale.line", "write", [line], {"quantity": 5.0})
    clerk.source.change_phone(clerk.session, customer, "+49 30 123456")
    published(daemon, topics, clerk.session, 30)
    daemon.kill()
    topics.close()


def sample_company():
    """tests/lab/tryton.app/seed.py says what was bought, delivered, posted and paid; EVENTS.md what that is called."""
    sources = configuration()
    sources["erp"]["streams"]["opportunities"] = {"use": "tryton/opportunity"}
    daemon = Daemon(sources, directory=scratch()).start().ready()
    topics = Entities(daemon, ENTITIES)
    published(daemon, topics, TrytonSource().connect())
    ids = {entity: {row[field]: key for key, row in topics.last[entity].items()} for entity, field in
           (("customer", "name"), ("product", "sku"), ("sales_order", "number"), ("invoice", "number"))}
    customers, skus, orders, invoices = ids["customer"], ids["product"], ids["sales_order"], ids["invoice"]

    def document(entity, key):
        return topics.last[entity][key]

    def of(entity, field, value):
        found, = [row for row in topics.last[entity].values() if row.get(field) == value]
        return found

    def holds(shown, wanted):
        for field, value in wanted.items():
            expect(shown.get(field) == value, lambda: f"{field}: {shown.get(field)}, not {value}, in {shown}")

    def euros(amount):
        return {"amount": amount, "currency": "EUR"}

    def lines(order):
        return [(line["product_id"], line["quantity"], line["unit"], line["price"], line["net"]) for line in order["lines"]]
    mueller, romashka, third = customers["Müller & Söhne GmbH"], customers["ООО Ромашка"], customers["Customer Three"]
    until(lambda: topics.read() and "opportunity_state" in document("customer", mueller).get("attributes", {}) and
          "dunning_state" in document("customer", romashka).get("attributes", {}), 30, "no dunning or opportunity")
    holds(document("customer", mueller), {
        "number": "3", "status": "active", "phones": [{"number": "+492214710999", "label": "phone"}],
        "emails": [{"address": "einkauf@mueller.example"}],
        "addresses": [{"street": "Street 1", "city": "Köln", "postal_code": "50667", "country": "DE"}]})
    holds(document("customer", mueller)["attributes"], {
        "opportunity_state": "opportunity", "opportunity_amount": "5000", "opportunity_currency": "EUR",
        "opportunity_description": "Big deal"})
    holds(document("customer", romashka)["attributes"], {
        "dunning_level": 1, "dunning_state": "draft", "dunning_amount": "298.37", "dunning_blocked": False})
    holds(document("product", skus["W-001"]), {"name": "Widget 1", "group": "Goods", "unit": "u", "price": euros("11.25"),
                                               "status": "active", "attributes": {"type": "goods"}})
    holds(document("sales_order", orders["1"]), {"customer_id": mueller, "status": "completed", "total": euros("59.67")})
    expect(lines(document("sales_order", orders["1"])) == [
        (skus["W-000"], "2", "u", euros("10.25"), euros("20.5")), (skus["W-001"], "3", "u", euros("11.25"), euros("33.75"))],
        lambda: f"{document('sales_order', orders['1'])}")
    holds(document("sales_order", orders["2"]), {"customer_id": romashka, "status": "confirmed", "total": euros("298.37")})
    holds(document("sales_order", orders["3"]), {"customer_id": third, "status": "open", "total": euros("11.27")})
    expect("ordered_at" not in document("sales_order", orders["3"]), "a quotation is no order of a day yet")
    holds(of("shipment", "order_id", orders["1"]), {"customer_id": mueller, "status": "shipped"})
    holds(of("shipment", "order_id", orders["2"]), {"status": "picking"})
    expect([(line["product_id"], line["quantity"], line["unit"]) for line in of("shipment", "order_id", orders["2"])["lines"]] == [
        (skus["W-000"], "10", "u"), (skus["W-001"], "15", "u")], "what is picked is what was ordered")
    paid, due = of("invoice", "order_id", orders["1"]), of("invoice", "order_id", orders["2"])
    holds(paid, {"customer_id": mueller, "status": "paid", "total": euros("59.67"), "open": euros("0")})
    holds(due, {"customer_id": romashka, "status": "open", "total": euros("298.37"), "open": euros("298.37"),
                "due_on": due["issued_on"]})
    issued = date.today() - timedelta(days=60)
    expect(abs((date.fromisoformat(due["issued_on"]) - issued).days) <= 1, lambda: f"{due['issued_on']}, not {issued}")
    payment = of("payment", "allocations", [{"invoice_id": invoices[paid["number"]], "amount": euros("59.67")}])
    holds(payment, {"customer_id": mueller, "amount": euros("59.67"), "paid_on": paid["issued_on"]})
    levels = {row["product_id"]: row for row in topics.last["stock_level"].values()}
    holds(levels[skus["W-004"]], {"location": "WH", "unit": "u", "reserved": "0"})
    holds(levels[skus["W-000"]], {"reserved": "10"})    # assigned to the second order's shipment
    holds(levels[skus["W-001"]], {"reserved": "15"})
    daemon.kill()
    topics.close()


def lab_file(*parts):
    return os.path.join(os.path.dirname(os.environ["TRYTON_PID_FILE"]), *parts)


def in_database(sql):
    """Behind Tryton's back, for what its users cannot do."""
    with open(lab_file("pg", "env"), encoding="utf-8") as file:
        pg = dict(line.strip().split("=", 1) for line in file if "=" in line)
    return subprocess.Popen([os.path.join(pg["PG_BIN"], "psql"), "-qh", "127.0.0.1", "-p", pg["PG_PORT"], "-U", "postgres",
                             os.environ["TRYTON_DATABASE"], "-c", sql], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def end_sessions():
    """As a restart of Tryton with an empty cache of sessions, or their end after five minutes, would."""
    expect(in_database("delete from ir_session").wait() == 0, "the sessions cannot be deleted")


def late_commit():
    """A stamp is its transaction's start: rows show up seconds after the time they carry."""
    daemon = Daemon(configuration(), directory=scratch()).start().ready()
    topics = Entities(daemon, ENTITIES)
    session = TrytonSource().connect()
    party, = session.model("party.party", "create", [{"name": "on time"}])
    published(daemon, topics, session)
    late = in_database(f"begin; update party_party set name = 'late', write_date = now() at time zone 'UTC' where id = {party}; "
                       "select pg_sleep(5); commit")
    # others change meanwhile: a bound that follows the newest stamp would be past the late one
    session.model("party.party", "create", [{"name": "meanwhile"}])
    until(lambda: topics.read() and any(row["name"] == "meanwhile" for row in topics.last["customer"].values()), 30, "nothing comes")
    expect(late.poll() is None, "the transaction was to be open all the time")
    expect(late.wait() == 0, "the transaction cannot be made")
    published(daemon, topics, session, 30)
    daemon.kill()
    topics.close()


def away_and_back():
    sources = configuration()
    for name in ("stock", "dunnings"):
        del sources["erp"]["streams"][name]
    daemon = Daemon(sources, directory=scratch()).start().ready()
    topics = Entities(daemon, ENTITIES)

    def arrives(name):
        TrytonSource().connect().model("party.party", "create", [{"name": name}])
        until(lambda: topics.read() and any(row["name"] == name for row in topics.last["customer"].values()), 60,
              lambda: f"{name} does not arrive: {daemon.readiness()}")
    arrives("before")
    end_sessions()
    arrives("behind the end of all sessions")
    subprocess.run([os.path.join(LAB, "tryton"), "kill", lab_file()], check=True)
    until(lambda: "unreachable" in daemon.get("/v1/sources?expand=status")[1], 60, "nobody notices that the server is away")
    # another database's port is not this one's
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG_")}
    subprocess.run([os.path.join(LAB, "tryton"), "start", lab_file()], stdout=subprocess.DEVNULL, check=True, env=clean)
    arrives("behind a restart")
    expect(daemon.alive(), "an outage ended the daemon")
    daemon.kill()
    topics.close()


def refusals():
    with open(lab_file("log"), encoding="utf-8", errors="replace") as file:
        return sum(" 401 " in line for line in file)


def locked_out():
    """Tryton refuses a name after six failures: a daemon with a wrong password must not lock its own user out."""
    before = refusals()
    daemon = Daemon(configuration(user="nobody", password="c4n4ry"), directory=scratch()).start()

    def told():
        feeds = daemon.feeds()
        return len(feeds) == len(STREAMS) and all(feed.get("code") == "bad_credentials" and feed["pull_errors"] > 2 for feed in feeds)
    until(told, 60, lambda: f"not every stream says why: {daemon.feeds()}")
    expect(refusals() == before + 1, lambda: f"{refusals() - before} log-ins")
    expect("c4n4ry" not in daemon.output(), "the password is in the log")
    daemon.kill()


TESTS = {
    "the sample company becomes the documents that its facts say": sample_company,
    "a line and a phone that change alone are found by their own stamps": alone,
    "a transaction that commits long after its stamp is read": late_commit,
    "sessions that end and a server that is away are gone through": away_and_back,
    "a wrong password is tried once for all streams": locked_out,
    "lint --online says which model, field, right, database or password is wrong": lint_online,
    "dry-run prints what would be published": dry_run,
    "the ledger holds through kills while users are at work": through_kills,
}

if __name__ == "__main__":
    try:
        server()
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
