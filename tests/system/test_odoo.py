#!/usr/bin/python3
"""The odoo connector with its ready mappings against a server whose users are at work: what a consumer holds in the end
is what the server holds, through kills of the daemon.

The server is tests/lab/odoo, a stub that answers as captures of a real 19.0 do.
"""

import os
import random
import subprocess
import sys
import time
from decimal import Decimal

from daemon import BINARY, LAB, PATIENCE, Daemon, Failure, Suite, expect, scratch, until
from ledger import POISON, DeadLetters, Event, Log
from odoo_workload import EVERYTHING, OdooSource, Session
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
KILLS = 10
ENTITIES = {"customers": "customer", "products": "product", "orders": "sales_order", "shipments": "shipment",
            "invoices": "invoice", "payments": "payment", "stock": "stock_level"}
MAPPINGS = {"customers": "customer", "products": "product", "orders": "order", "shipments": "shipment",
            "invoices": "invoice", "payments": "payment", "stock": "stock"}
COMPARED = {"every": "1s", "at_most": "50%", "always": 1000}


class Server:
    """A stub of its own; the workload finds it by the environment."""

    def __init__(self, **settings):
        self.directory = os.path.join(scratch(), "odoo")
        self.lab("start", **{"ODOO_ORDERS": "40", "ODOO_SEED": str(SEED), **settings})

    def lab(self, action, **settings):
        # a variable of an earlier server would name its port
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_")}
        done = subprocess.run([os.path.join(LAB, "odoo"), action, self.directory], env={**environment, **settings},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        expect(done.returncode == 0, lambda: f"odoo {action}: {done.stderr[-500:]}")
        self.environment = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        os.environ.update(self.environment)

    def __getitem__(self, name):
        return self.environment[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab("kill")

    def source(self, streams, **options):
        return {"shop": {"connector": "odoo", "url": self["ODOO_URL"], "database": self["ODOO_DATABASE"],
                         "user": self["ODOO_USER"], "password": self["ODOO_API_KEY"],
                         "defaults": {"country": "DE", "phone_region": "DE"}, "streams": streams, **options}}


def stream(name, overlap="5s", deletes=COMPARED, every="300ms", **more):
    """A ready mapping at the pace of a test; no user of the stub keeps a transaction open for as long as the overlap."""
    children = {"orders": {"lines": {"watermark": {"overlap": overlap}}},
                "shipments": {"lines": {"watermark": {"overlap": overlap}}}}.get(name)
    return {"use": f"odoo/{MAPPINGS[name]}", "every": every, "watermark": {"overlap": overlap}, "deletes": deletes,
            **({"include": children} if children else {}),
            **({"with": {"contacts": {"watermark": {"overlap": overlap}}}} if name == "customers" else {}), **more}


def all_streams(**options):
    return {name: stream(name, **options) for name in ENTITIES}


class Consumer:
    """The last document of each entity, by the key its row has in Odoo."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.logs = {entity: Log(daemon.brokers, [f"{daemon.prefix}.{entity}"]) for entity in ENTITIES.values()}
        self.events = {entity: [] for entity in self.logs}
        self.keys = {}          # entity id -> key
        self.ids = {}           # entity, key -> entity id
        self.documents = {entity: {} for entity in self.logs}

    def close(self):
        for log in self.logs.values():
            log.close()

    def read(self, past_open=True):
        for entity, log in self.logs.items():
            for message in log.drain(60, False, past_open):
                self.take(entity, Event(message))
        return sum(len(events) for events in self.events.values())

    def take(self, entity, event):
        events = self.events[entity]
        events.append(event)
        if event.body is None:
            return
        if event.body["before"] is None:
            self.keys[event.key] = int(event.body["origin"][0]["key"])
        key = self.keys[event.key]
        if event.after is None:
            self.documents[entity].pop(key)
        else:
            self.documents[entity][key] = event.after

    def key(self, identity):
        return None if identity is None else self.keys.get(identity, identity)

    def broken(self):
        """What holds of every event, whatever it is about."""
        broken, ids = [], set()
        for entity, events in self.events.items():
            last = {}
            for event in events:
                ce_id = event.headers["ce_id"]
                if ce_id in ids:
                    broken.append(f"{entity}: no ce_id twice: {event}")
                ids.add(ce_id)
                before = last.get(event.key)
                if before is not None and (event.commit, event.index) <= (before.commit, before.index):
                    broken.append(f"{entity}: (commit, index) rises strictly: {event}")
                if event.body is None:
                    if before is None or before.after is not None:
                        broken.append(f"{entity}: a tombstone follows its delete: {event}")
                    continue
                if event.body["before"] != (before.after if before is not None else None):
                    broken.append(f"{entity}: before is the previous after: {event}")
                if event.after is not None and event.body["before"] == event.after:
                    broken.append(f"{entity}: an event without a change: {event}")
                last[event.key] = event
        return broken


# what the server's rows should have become, derived from docs/events.md and the connector's README

def money(amount, currency="USD"):
    return None if amount is None else {"amount": Decimal(str(amount)), "currency": currency}


def shown_money(value):
    return None if value is None else {"amount": Decimal(value["amount"]), "currency": value["currency"]}


def digits(number):
    return "".join(c for c in number if c.isdigit())


class Truth:
    """What the server holds, read back whole by its administrator."""

    def __init__(self, session):
        self.session = session
        self.partners = self.rows("res.partner", ["name", "is_company", "parent_id", "commercial_partner_id", "phone",
                                                  "email", "active", "ref", "type", "street", "city"])

    def rows(self, model, fields, domain=()):
        found = self.session.execute(model, "search_read", list(domain), fields=fields, order="id", load="",
                                     context=EVERYTHING)
        return {row["id"]: row for row in found}

    def customer(self):
        return {key: self._customer(row) for key, row in self.partners.items() if row["is_company"] or not row["parent_id"]}

    def _customer(self, row):
        people = [person for person in self.partners.values()
                  if person["commercial_partner_id"] == row["id"] != person["id"] and person["active"]]
        return {"name": row["name"], "type": "organisation" if row["is_company"] else "person", "number": row["ref"] or None,
                "status": "active" if row["active"] else "inactive",
                "phones": sorted({digits(one["phone"]) for one in [row, *people] if one["phone"]}),
                "emails": sorted({one["email"] for one in [row, *people] if one["email"]}),
                "cities": sorted({one["city"] for one in [row, *people] if one["city"]})}

    def product(self):
        rows = self.rows("product.product", ["default_code", "name", "lst_price", "standard_price", "active"])
        return {key: {"sku": row["default_code"] or str(key), "name": row["name"], "price": money(row["lst_price"]),
                      "cost": money(row["standard_price"]), "status": "active" if row["active"] else "inactive"}
                for key, row in rows.items()}

    def of(self, partner):
        return self.partners[partner]["commercial_partner_id"] if partner else None

    def sales_order(self):
        lines = self.rows("sale.order.line", ["order_id", "product_id", "product_uom_qty", "price_unit", "price_subtotal",
                                              "display_type", "qty_delivered", "qty_invoiced"])
        orders = self.rows("sale.order", ["name", "state", "partner_id", "delivery_status", "invoice_status",
                                          "amount_total", "client_order_ref"])
        return {key: {"number": row["name"], "customer": self.of(row["partner_id"]), "status": order_status(row),
                      "total": money(row["amount_total"]),
                      "lines": {str(line["id"]): (line["product_id"], Decimal(str(line["product_uom_qty"])),
                                                  money(line["price_unit"]), money(line["price_subtotal"]),
                                                  Decimal(str(line["qty_delivered"])), Decimal(str(line["qty_invoiced"])))
                                for line in lines.values() if line["order_id"] == key and not line["display_type"]}}
                for key, row in orders.items()}

    def shipment(self):
        orders = self.rows("sale.order", ["name"])
        moves = self.rows("stock.move", ["picking_id", "product_id", "product_uom_qty", "quantity", "state"])
        pickings = self.rows("stock.picking", ["name", "state", "sale_id", "partner_id", "date_done"],
                             [["picking_type_code", "=", "outgoing"]])
        states = {"assigned": "picking", "done": "shipped", "cancel": "cancelled"}
        return {key: {"number": row["name"], "status": states.get(row["state"], "draft"), "order": row["sale_id"] if row["sale_id"] in orders else None,
                      "customer": self.of(row["partner_id"]),
                      "shipped_at": row["date_done"] and row["date_done"].replace(" ", "T") + "Z" or None,
                      "lines": {str(move["id"]): (move["product_id"], Decimal(str(
                          move["quantity"] if move["state"] == "done" else move["product_uom_qty"])))
                          for move in moves.values() if move["picking_id"] == key}}
                for key, row in pickings.items()}

    def invoice(self):
        orders = {row["name"]: key for key, row in self.rows("sale.order", ["name"]).items()}
        moves = self.rows("account.move", ["name", "move_type", "state", "payment_state", "partner_id", "amount_total",
                                           "amount_residual", "invoice_origin", "invoice_date"],
                          [["move_type", "in", ["out_invoice", "out_refund"]]])
        return {key: {"number": row["name"] or f"* {key}", "customer": self.of(row["partner_id"]),
                      "order": orders.get(row["invoice_origin"]), "status": invoice_status(row),
                      "issued_on": row["invoice_date"] or None,
                      "total": money(row["amount_total"]), "open": money(row["amount_residual"])}
                for key, row in moves.items()}

    def payment(self):
        rows = self.rows("account.payment", ["name", "partner_id", "amount", "date", "invoice_ids"])
        return {key: {"number": row["name"], "customer": self.of(row["partner_id"]), "amount": money(row["amount"]),
                      "paid_on": row["date"], "invoices": sorted(row["invoice_ids"])} for key, row in rows.items()}

    def stock_level(self):
        rows = self.rows("stock.quant", ["product_id", "quantity", "reserved_quantity"],
                         [["location_id", "in", [5, 27]]])
        return {key: {"product": row["product_id"], "location": "WH/Stock", "on_hand": Decimal(str(row["quantity"])),
                      "reserved": Decimal(str(row["reserved_quantity"]))} for key, row in rows.items()}


def order_status(row):
    if row["state"] != "sale":
        return {"draft": "draft", "sent": "open", "cancel": "cancelled"}[row["state"]]
    if row["delivery_status"] == "full":
        return "completed" if row["invoice_status"] == "invoiced" else "delivered"
    return {"partial": "shipped", "started": "picking"}.get(row["delivery_status"], "confirmed")


def invoice_status(row):
    if row["state"] != "posted":
        return {"draft": "draft", "cancel": "cancelled"}[row["state"]]
    return "paid" if row["payment_state"] in ("paid", "in_payment", "reversed") else "open"


class Shown:
    """The same of what a consumer holds."""

    def __init__(self, consumer):
        self.consumer, self.key = consumer, consumer.key

    def customer(self, after):
        return {"name": after["name"], "type": after["type"], "number": after.get("number"), "status": after["status"],
                "phones": sorted({digits(one["number"]) for one in after.get("phones", ())}),
                "emails": sorted({one["address"] for one in after.get("emails", ())}),
                "cities": sorted({one["city"] for one in after.get("addresses", ()) if "city" in one})}

    def product(self, after):
        return {"sku": after["sku"], "name": after["name"], "price": shown_money(after["price"]),
                "cost": shown_money(after["cost"]), "status": after["status"]}

    def sales_order(self, after):
        return {"number": after["number"], "customer": self.key(after.get("customer_id")), "status": after["status"],
                "total": shown_money(after["total"]),
                "lines": {line["number"]: (self.key(line["product_id"]), Decimal(line["quantity"]),
                                           shown_money(line["price"]), shown_money(line["net"]),
                                           Decimal(line["attributes"]["delivered"]),
                                           Decimal(line["attributes"]["invoiced"])) for line in after.get("lines", ())}}

    def shipment(self, after):
        # a delivery outlives its order, and may be seen by who never saw that
        order = self.key(after.get("order_id"))
        return {"number": after["number"], "status": after["status"],
                "order": order if order in self.consumer.documents["sales_order"] else None,
                "customer": self.key(after.get("customer_id")), "shipped_at": after.get("shipped_at"),
                "lines": {line["number"]: (self.key(line["product_id"]), Decimal(line["quantity"]))
                          for line in after.get("lines", ())}}

    def invoice(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]),
                "order": self.key(after.get("order_id")), "status": after["status"], "issued_on": after.get("issued_on"),
                "total": shown_money(after["total"]), "open": shown_money(after["open"])}

    def payment(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]),
                "amount": shown_money(after["amount"]), "paid_on": after["paid_on"],
                "invoices": sorted(self.key(one["invoice_id"]) for one in after.get("allocations", ()))}

    def stock_level(self, after):
        return {"product": self.key(after["product_id"]), "location": after["location"],
                "on_hand": Decimal(after["on_hand"]), "reserved": Decimal(after["reserved"])}


def differences(consumer, session, entities):
    """What a consumer holds otherwise than the server."""
    truth, shown, found = Truth(session), Shown(consumer), []
    for entity in entities:
        expected = getattr(truth, entity)()
        held = {key: getattr(shown, entity)(after) for key, after in consumer.documents[entity].items()}
        found += [f"{entity} {key}: held {held.get(key)}, the server has {expected.get(key)}"
                  for key in sorted(expected.keys() | held.keys()) if held.get(key) != expected.get(key)]
    return found


def settled(daemon, consumer, session, entities=tuple(ENTITIES.values()), seconds=120):
    last = []

    def same():
        expect(daemon.alive(), lambda: f"the daemon ended: {daemon.last_words()}")
        consumer.read()
        last[:] = differences(consumer, session, entities)
        return not last
    until(same, seconds, lambda: f"{len(last)} differ: {'; '.join(last[:3])}; {daemon.readiness()}")
    count = consumer.read()
    daemon.polls(3)
    expect(consumer.read() == count, "polling again is silent")


def through_kills(server, writers=2, **options):
    rng, session, source = random.Random(SEED), Session(), OdooSource()
    daemon = Daemon(server.source(all_streams(), **options), directory=scratch()).start().ready()
    consumer = Consumer(daemon)
    until(lambda: consumer.read() > 200, 60, lambda: f"nothing is loaded: {daemon.readiness()} {daemon.last_words()}")
    source.begin()
    at_work = [Writer(source, SEED + number, pause=0.02) for number in range(writers)]
    for writer in at_work:
        writer.thread.start()
    for _ in range(KILLS):
        before = consumer.read(past_open=False)
        until(lambda before=before: consumer.read(past_open=False) > before + 15, 60,
              lambda: f"nothing is published: {daemon.readiness()} {daemon.last_words()}")
        time.sleep(rng.uniform(0, 0.5))     # the moment of the kill is random
        daemon.kill()
        daemon.start().ready()
    for writer in at_work:
        writer.__exit__()
    settled(daemon, consumer, session)
    broken = consumer.broken()
    expect(not broken, lambda: f"{len(broken)} broken: {'; '.join(broken[:5])}")
    names = [event.after["name"] for event in consumer.events["customer"] if event.after]
    expect(not [name for name in names if name.startswith("row ") and int(name.rsplit(" ", 1)[1]) >= POISON],
           "a row that was rolled back")
    deleted = sum(1 for events in consumer.events.values() for event in events if event.body and event.after is None)
    expect(deleted > 0, "nothing was deleted")
    unresolved = DeadLetters(daemon).unresolved()
    expect(not unresolved, lambda: f"rejects: {unresolved}")
    for secret in (server["ODOO_API_KEY"], server["ODOO_PASSWORD"]):
        expect(secret not in daemon.output(), "a secret is in the log")
    count = consumer.read()
    daemon.kill()
    consumer.close()
    committed = sum(writer.committed for writer in at_work)
    return f"seed {SEED}, {KILLS} kills, {committed} changes, {count} events, {deleted} deletes"


def json_2():
    with Server() as server:
        return through_kills(server)


def json_rpc():
    with Server() as server:
        return through_kills(server, password=server["ODOO_PASSWORD"], page=7)


def odoo_14():
    """Its fields have other names, and there is no JSON-2."""
    with Server(ODOO_VERSION="14") as server:
        daemon = Daemon(server.source(all_streams(), password=server["ODOO_PASSWORD"]), directory=scratch()).start().ready()
        consumer = Consumer(daemon)
        held = consumer.documents
        until(lambda: consumer.read() and all(held.values()), 60,
              lambda: f"nothing of {[entity for entity in held if not held[entity]]}: {daemon.readiness()}")
        settled_14 = until(lambda: consumer.read() and not differences(consumer, Session14(), ["customer", "product",
                                                                                                "payment"]), 60,
                           lambda: f"{differences(consumer, Session14(), ['customer', 'product', 'payment'])[:3]}")
        expect(settled_14, "Odoo 14")
        expect(any(line.get("unit") == "Units" for order in held["sales_order"].values() for line in order["lines"]),
               "units of lines are read under their old name")
        expect(any(shipment["status"] == "shipped" and shipment["lines"] for shipment in held["shipment"].values()),
               "quantities of moves are read under their old name")
        expect(not DeadLetters(daemon).unresolved(), "rejects")
        daemon.kill()
        consumer.close()
        return f"{sum(len(documents) for documents in held.values())} entities"


class Session14(Session):
    """What the test reads back, in 14's words."""

    def execute(self, model, method, *args, **named):
        named.pop("load", None)
        if "invoice_ids" in named.get("fields", ()):
            named["fields"] = ["reconciled_invoice_ids" if field == "invoice_ids" else field for field in named["fields"]]
        rows = super().execute(model, method, *args, **named)
        for row in rows if isinstance(rows, list) else ():
            row.update({name: value[0] for name, value in row.items()
                        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)})
            if "reconciled_invoice_ids" in row:
                row["invoice_ids"] = row["reconciled_invoice_ids"]
        return rows


def late_commit(overlap, deletes):
    """A customer is created in a transaction that stays open while others come and go."""
    with Server() as server:
        customers = stream("customers", overlap=overlap, deletes=deletes)
        daemon = Daemon(server.source({"customers": customers}), directory=scratch()).start().ready()
        consumer = Consumer(daemon)
        session, users = Session(), OdooSource()
        until(lambda: consumer.read() and not differences(consumer, session, ["customer"]), 60, "not loaded")
        with users.connect().transaction(True, 0):
            pass
        slow = Session()
        with slow.transaction(True, 4):     # seconds it stays open
            late = slow.execute("res.partner", "create", {"name": "late"})
            soon = session.execute("res.partner", "create", {"name": "soon"})
            until(lambda: consumer.read() and soon in consumer.documents["customer"], 30, "the quick one does not come")
            daemon.polls(3)
        until(lambda: consumer.read() and late in consumer.documents["customer"], 30,
              lambda: f"the late one is lost: {daemon.readiness()}")
        daemon.kill()
        consumer.close()


def late_by_overlap():
    late_commit("150s", None)


def late_by_comparison():
    late_commit("0s", COMPARED)


def command(name, daemon, *options):
    done = subprocess.run([BINARY, name, "-c", daemon.path, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60 * PATIENCE, check=False)
    return done.returncode, done.stdout


def asked_online(server, streams, code, *words, **options):
    daemon = Daemon(server.source(streams, **options), directory=scratch())
    status, said = command("lint", daemon, "--online")
    expect(status == code and all(word in said for word in words), lambda: f"{status}, not {code} with {words}: {said}")
    expect(server["ODOO_API_KEY"] not in said and "wrong-password" not in said, lambda: f"a secret shows: {said}")


def lint_online():
    customer = {"model": "res.partner", "key": ["id"], "watermark": {"column": "write_date", "overlap": "150s"},
                "entity": "customer", "fields": {"name": "name"}}
    with Server() as server:
        asked_online(server, all_streams(), 0, "no errors")
        asked_online(server, {"c": {**customer, "fields": {"name": "nmae"}}}, 1, "'nmae'", "did you mean 'name'?")
        asked_online(server, {"c": {**customer, "model": "res.patner"}}, 1, "no model 'res.patner'")
        asked_online(server, {"c": {**customer, "model": "ir.rule"}}, 1, "no right to read 'ir.rule'")
        asked_online(server, {"c": {**customer, "where": '[["nope", "=", 1]]'}}, 1, "nope")
        asked_online(server, {"c": {**customer, "where": '["&", ["id", "=", 1]]'}}, 1, "expected a domain")
        asked_online(server, {"c": {**customer, "fields": {"name": "country_id.nmae"}}}, 1, "nmae")
        asked_online(server, {"c": customer}, 1, "does not take this user", password="wrong-password")
        asked_online(server, {"c": customer}, 1, "does not exist", database="nodb", api="json_rpc")
        asked_online(server, {"c": customer}, 1, "database", database="nodb", api="json_2")


def dry_run():
    with Server() as server:
        daemon = Daemon(server.source(all_streams()), directory=scratch())
        status, said = command("dry-run", daemon)
        expect(status == 0 and "sales_order.created" in said and "Müller & Söhne GmbH" in said, lambda: f"{status}: {said}")


TESTS = {
    "over JSON-2, users at work, what a consumer holds is what the server holds, through kills": json_2,
    "over JSON-RPC in small pages, users at work, the same": json_rpc,
    "Odoo 14 is read under its own field names": odoo_14,
    "a transaction that commits late is read back for": late_by_overlap,
    "one that commits later than that is found by comparing keys": late_by_comparison,
    "lint --online says what model, field or right is missing": lint_online,
    "dry-run prints what would be published": dry_run,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
