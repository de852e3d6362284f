#!/usr/bin/python3
"""The erpnext connector with its ready mappings against a site whose users are at work: what a consumer holds in the end
is what the site holds, through kills of the daemon.

The site is tests/lab/erpnext, a stub that answers as captures of a real 15.84 do.
"""

import os
import random
import subprocess
import sys
import time
import urllib.parse
from decimal import Decimal

from daemon import BINARY, PATIENCE, ROOT, Daemon, Failure, Suite, expect, scratch, until
from erp_ledger import Entities, differences, loaded, published
from erp_stub import Stub
from erpnext_workload import ErpnextSource, Session
from ledger import DeadLetters
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
KILLS = 10
ENTITIES = {"customers": "customer", "products": "product", "orders": "sales_order", "shipments": "shipment",
            "invoices": "invoice", "payments": "payment", "stock": "stock_level"}
MAPPINGS = {"customers": "customer", "products": "product", "orders": "order", "shipments": "shipment",
            "invoices": "invoice", "payments": "payment", "stock": "stock"}
COMPARED = {"every": "2s", "at_most": "50%", "always": 1000}


class Server(Stub):
    def __init__(self, **settings):
        super().__init__("erpnext", SEED, **settings)

    def source(self, streams, user="ERPNEXT", **options):
        return {"erp": {"connector": "erpnext", "url": self["ERPNEXT_URL"], "user": self[f"{user}_KEY"],
                        "password": self[f"{user}_SECRET"],
                        "defaults": {"time_zone": self["ERPNEXT_ZONE"], "country": "DE", "phone_region": "DE"},
                        "streams": streams, **options}}


def pace(sweep=None, deletes=COMPARED):
    """A ready mapping at the pace of a test; no user of the stub keeps a transaction open for as long as the overlap."""
    more = {"sweep": {"every": sweep}} if sweep else {}
    return {"every": "300ms", "watermark": {"overlap": "10s"}, "announcements": "200ms", "deletes": deletes, **more}


def stream(name, **options):
    parts = {"with": {"contacts": pace(**options), "addresses": pace(**options)}} if name == "customers" else {}
    return {"use": f"erpnext/{MAPPINGS[name]}", **pace(**options), **parts}


def all_streams(**options):
    return {name: stream(name, **options) for name in ENTITIES}


def key_of(text):
    """The parts of a row's key."""
    return tuple(urllib.parse.unquote(part) for part in text.split("/"))


# what the site's rows should have become, derived from docs/events.md and the connector's README

def money(amount, currency="EUR"):
    return {"amount": Decimal(str(amount)), "currency": currency}


def shown_money(value):
    return value and {"amount": Decimal(value["amount"]), "currency": value["currency"]}


def digits(number):
    return "".join(c for c in number if c.isdigit())


ORDER_STATUS = {"On Hold": "on_hold", "To Bill": "delivered", "Completed": "completed", "Closed": "completed"}
BY_DOCSTATUS = {0: "draft", 2: "cancelled"}


class Truth:
    """What the site holds, read back whole by an administrator."""

    def __init__(self, session):
        self.session = session
        self.customers = self.keys("Customer")
        self.orders = self.keys("Sales Order")

    def rows(self, doctype):
        return self.session.resource("GET", doctype, query={"fields": ["*"], "limit_page_length": 0, "order_by": "name asc"})

    def children(self, doctype, parent):
        found = {}
        for row in self.session.method("frappe.client.get_list", doctype=doctype, parent=parent, fields=["*"],
                                       limit_page_length=0, order_by="parent asc, idx asc"):
            if row["parenttype"] == parent:
                found.setdefault(row["parent"], []).append(row)
        return found

    def keys(self, doctype):
        return {row["name"]: (row["name"], row["creation"]) for row in self.rows(doctype)}

    def linked(self, parent):
        """Customer -> the documents that are linked to it."""
        found = {}
        for document, links in self.children("Dynamic Link", parent).items():
            for link in links:
                if link["link_doctype"] == "Customer":
                    found.setdefault(link["link_name"], set()).add(document)
        return found

    def customer(self):
        contacts, addresses = self.linked("Contact"), self.linked("Address")
        phones, emails = self.children("Contact Phone", "Contact"), self.children("Contact Email", "Contact")
        cities = {row["name"]: row["city"] for row in self.rows("Address") if not row["disabled"]}
        return {(row["name"], row["creation"]): {
            "name": row["customer_name"], "number": row["name"], "tax_number": row["tax_id"] or None,
            "status": "inactive" if row["disabled"] else "active",
            "phones": sorted({digits(one["phone"]) for contact in contacts.get(row["name"], ())
                              for one in phones.get(contact, ())}),
            "emails": sorted({one["email_id"] for contact in contacts.get(row["name"], ())
                              for one in emails.get(contact, ())}),
            "cities": sorted({cities[address] for address in addresses.get(row["name"], ()) if address in cities})}
            for row in self.rows("Customer")}

    def product(self):
        return {(row["name"],): {"sku": row["name"], "name": row["item_name"], "unit": row["stock_uom"],
                                 "status": "inactive" if row["disabled"] else "active"} for row in self.rows("Item")}

    def sales_order(self):
        lines = self.children("Sales Order Item", "Sales Order")
        return {(row["name"], row["creation"]): {
            "number": row["name"], "customer": self.customers[row["customer"]],
            "status": BY_DOCSTATUS.get(row["docstatus"]) or ORDER_STATUS.get(row["status"], "confirmed"),
            "ordered_at": row["transaction_date"], "total": money(row["rounded_total"] or row["grand_total"]),
            "lines": {str(line["idx"]): ((line["item_code"],), Decimal(str(line["qty"])), line["uom"],
                                         money(line["net_amount"])) for line in lines.get(row["name"], ())}}
            for row in self.rows("Sales Order")}

    def first_order(self, lines, field):
        return self.orders.get(lines[0][field]) if lines else None

    def shipment(self):
        lines = self.children("Delivery Note Item", "Delivery Note")
        return {(row["name"], row["creation"]): {
            "number": row["name"], "customer": self.customers[row["customer"]],
            "order": self.first_order(lines.get(row["name"]), "against_sales_order"),
            "status": BY_DOCSTATUS.get(row["docstatus"], "shipped"),
            "shipped_at": row["posting_date"] if row["docstatus"] == 1 else None,
            "lines": {str(line["idx"]): ((line["item_code"],), Decimal(str(line["qty"])))
                      for line in lines.get(row["name"], ())}} for row in self.rows("Delivery Note")}

    def invoice(self):
        lines = self.children("Sales Invoice Item", "Sales Invoice")
        return {(row["name"], row["creation"]): {
            "number": row["name"], "customer": self.customers[row["customer"]],
            "order": self.first_order(lines.get(row["name"]), "sales_order"),
            "status": BY_DOCSTATUS.get(row["docstatus"]) or ("open" if row["outstanding_amount"] else "paid"),
            "in ERPNext": row["status"], "issued_on": row["posting_date"], "due_on": row["due_date"],
            "total": money(row["rounded_total"] or row["grand_total"]), "open": money(row["outstanding_amount"])}
            for row in self.rows("Sales Invoice")}

    def payment(self):
        invoices = self.keys("Sales Invoice")
        references = self.children("Payment Entry Reference", "Payment Entry")
        return {(row["name"], row["creation"]): {
            "number": row["name"], "customer": self.customers[row["party"]], "paid_on": row["posting_date"],
            "amount": money(row["paid_amount"]),
            "invoices": sorted((invoices[one["reference_name"]], Decimal(str(one["allocated_amount"])))
                               for one in references.get(row["name"], ()) if one["reference_doctype"] == "Sales Invoice")}
            for row in self.rows("Payment Entry") if row["docstatus"] == 1}

    def stock_level(self):
        return {(row["name"],): {"product": (row["item_code"],), "location": row["warehouse"],
                                 "on_hand": Decimal(str(row["actual_qty"])), "reserved": Decimal(str(row["reserved_qty"])),
                                 "unit": row["stock_uom"]} for row in self.rows("Bin")}


class Shown:
    """The same of what a consumer holds."""

    def __init__(self, consumer):
        self.consumer = consumer

    def key(self, identity):
        """Of the row that the entity was made of; of one that was never seen its id."""
        key = self.consumer.keys.get(identity)
        return identity if key is None else key_of(key)

    def customer(self, after):
        return {"name": after["name"], "number": after["number"], "tax_number": after.get("tax_number"),
                "status": after["status"], "phones": sorted({digits(one["number"]) for one in after.get("phones", ())}),
                "emails": sorted({one["address"] for one in after.get("emails", ())}),
                "cities": sorted({one["city"] for one in after.get("addresses", ())})}

    def product(self, after):
        return {"sku": after["sku"], "name": after["name"], "unit": after["unit"], "status": after["status"]}

    def sales_order(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]), "status": after["status"],
                "ordered_at": after["ordered_at"], "total": shown_money(after["total"]),
                "lines": {line["number"]: (self.key(line["product_id"]), Decimal(line["quantity"]), line["unit"],
                                           shown_money(line["net"])) for line in after["lines"]}}

    def shipment(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]),
                "order": self.key(after.get("order_id")), "status": after["status"],
                "shipped_at": after.get("shipped_at"),
                "lines": {line["number"]: (self.key(line["product_id"]), Decimal(line["quantity"]))
                          for line in after["lines"]}}

    def invoice(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]),
                "order": self.key(after.get("order_id")), "status": after["status"],
                "in ERPNext": after["attributes"]["erpnext_status"], "issued_on": after["issued_on"],
                "due_on": after["due_on"], "total": shown_money(after["total"]), "open": shown_money(after["open"])}

    def payment(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]), "paid_on": after["paid_on"],
                "amount": shown_money(after["amount"]),
                "invoices": sorted((self.key(one["invoice_id"]), Decimal(one["amount"]["amount"]))
                                   for one in after.get("allocations", ()))}

    def stock_level(self, after):
        return {"product": self.key(after["product_id"]), "location": after["location"],
                "on_hand": Decimal(after["on_hand"]), "reserved": Decimal(after["reserved"]), "unit": after["unit"]}


def held_by(consumer):
    shown = Shown(consumer)
    return {entity: {shown.key(identity): getattr(shown, entity)(after) for identity, after in consumer.last[entity].items()}
            for entity in ENTITIES.values()}


def truth_of(session):
    truth = Truth(session)
    return {entity: getattr(truth, entity)() for entity in ENTITIES.values()}


def settled(daemon, consumer, session, seconds=120):
    published(daemon, consumer, held_by, truth_of(session), seconds)


class Office:
    """What happens now and then, to customers and items that the other users leave alone: a step for each kill."""

    def __init__(self, session):
        self.session = session

    def rename(self, doctype, old, new, merge=0):
        self.session.method("frappe.client.rename_doc", doctype=doctype, old_name=old, new_name=new, merge=merge)

    def step(self, number):
        match number:
            case 0:
                self.rename("Customer", "Customer 2 GmbH", "Zweite & Söhne / GmbH")
            case 1:
                self.rename("Customer", "Customer 4 GmbH", "Customer 6 GmbH", 1)
            case 2:
                self.rename("Item", "SKU-003", "SKU-003X")
            case 3:
                contact = self.session.resource("GET", "Contact/Anna Muster-Customer 8 GmbH")
                self.session.resource("PUT", f"Contact/{contact['name']}", {
                    "email_ids": [{**contact["email_ids"][0], "email_id": "new@example.com"}]})
            case 4:
                self.session.resource("DELETE", "Contact/Anna Muster-Customer 10 GmbH")
            case 5:
                self.session.resource("PUT", "Address/Customer 12 GmbH-Shipping", {"city": "Köln"})
            case 6:
                self.session.http.call("POST", "/lab/jobs/overdue", {})
            case 7:
                self.session.resource("DELETE", "Address/Customer 14 GmbH-Shipping")
            case 8:
                self.rename("Customer", "Zweite & Söhne / GmbH", "Dritte GmbH")


def through_kills(server, user="ERPNEXT", writers=2, **options):
    rng, session, source = random.Random(SEED), Session(), ErpnextSource()
    daemon = Daemon(server.source(all_streams(**options), user), directory=scratch()).start().ready()
    consumer, office = loaded(daemon, ENTITIES.values()), Office(session)
    source.begin()
    source.products.remove("SKU-003")      # the office's
    at_work = [Writer(source, SEED + number, pause=0.02) for number in range(writers)]
    for writer in at_work:
        writer.thread.start()
    for kill in range(KILLS):
        before = consumer.read()
        office.step(kill)
        until(lambda before=before: consumer.read() > before + 15, 60,
              lambda: f"nothing is published: {[w.error for w in at_work]} {daemon.readiness()} {daemon.last_words()}")
        time.sleep(rng.uniform(0, 0.5))     # the moment of the kill is random
        daemon.kill()
        daemon.start().ready()
    for writer in at_work:
        writer.__exit__()
    settled(daemon, consumer, session)
    unresolved = DeadLetters(daemon).unresolved()
    expect(not unresolved, lambda: f"rejects: {unresolved}")
    expect(server[f"{user}_SECRET"] not in daemon.output(), "a secret is in the log")
    count = consumer.read()
    daemon.kill()
    committed = sum(writer.committed for writer in at_work)
    return f"seed {SEED}, {KILLS} kills, {committed} changes, {count} events"


def announced():
    with Server() as server:
        return through_kills(server, sweep="2s")


def compared():
    """Nobody tells this user what was deleted, renamed or merged."""
    with Server() as server:
        return through_kills(server, user="ERPNEXT_SALES", sweep="2s")


def told_at_once():
    """Deletes, renames and merges show within seconds though nothing is compared for an hour."""
    with Server() as server:
        session = Session()
        daemon = Daemon(server.source(all_streams(deletes={"every": "1h"})), directory=scratch()).start().ready()
        consumer = loaded(daemon, ENTITIES.values())
        settled(daemon, consumer, session)
        source, office = ErpnextSource(), Office(session)
        customer = source.create_customer(session, "row 1 rev 1")
        for number in (0, 1, 2, 4, 7):
            office.step(number)
        first = source.create_order(session, customer, [("SKU-001", 2)])
        session.resource("DELETE", f"Sales Order/{first[0]}")
        second = source.create_order(session, "Customer 8 GmbH", [("SKU-002", 1)])
        expect(first[0] == second[0] and first[1] != second[1], "the number is given again")
        settled(daemon, consumer, session, 60)
        daemon.kill()


def twice_the_same_hour():
    """Orders of the night in which clocks go back."""
    with Server(ERPNEXT_ORDERS="0") as server:
        session, source = Session(), ErpnextSource()
        session.http.call("POST", "/lab/clock", {"at": "2026-10-25T00:20:00"})
        daemon = Daemon(server.source(all_streams()), directory=scratch()).start().ready()
        consumer = Entities(daemon, ENTITIES.values())
        until(lambda: consumer.read() and not differences(held_by(consumer), truth_of(session)), 60, "not loaded")
        for moment in ("00:30:00", "00:59:50", "01:00:10", "01:10:00", "01:30:00", "02:00:30"):
            session.http.call("POST", "/lab/clock", {"at": f"2026-10-25T{moment}"})
            source.create_order(session, "Customer 1 GmbH", [("SKU-001", 1)])
            settled(daemon, consumer, session, 60)
        daemon.kill()


def hidden_later():
    """A user who is restricted between two starts: what he does not see any more is not deleted."""
    with Server() as server:
        session = Session()
        daemon = Daemon(server.source(all_streams()), directory=scratch()).start().ready()
        consumer = loaded(daemon, ENTITIES.values())
        settled(daemon, consumer, session)
        daemon.kill()
        daemon.configuration["sources"] = server.source(all_streams(), user="ERPNEXT_LIMITED")
        daemon.write_configuration()
        daemon.start().ready()
        until(lambda: "rows_hidden" in daemon.get("/v1/sources")[1] or "hidden" in daemon.readiness()[1], 60,
              lambda: f"nobody says that rows are hidden: {daemon.readiness()}")
        time.sleep(5)       # two more comparisons would have deleted them
        consumer.read()
        expect(not differences(held_by(consumer), truth_of(session)), "what is hidden is still there")
        daemon.kill()


def command(name, daemon, *options):
    done = subprocess.run([BINARY, name, "-c", daemon.path, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60 * PATIENCE, check=False)
    return done.returncode, done.stdout


def asked_online(server, streams, code, *words, **options):
    daemon = Daemon(server.source(streams, **options), directory=scratch())
    status, said = command("lint", daemon, "--online")
    expect(status == code and all(word in said for word in words), lambda: f"{status}, not {code} with {words}: {said}")
    expect("-secret" not in said, lambda: f"a secret shows: {said}")


def lint_online():
    customer = {"doctype": "Customer", "key": ["name", "creation"], "watermark": {"column": "modified"},
                "entity": "customer", "fields": {"name": "customer_name"}}
    lines = {"doctype": "Sales Order", "key": ["name", "creation"], "watermark": {"column": "modified"},
             "include": {"lines": {"field": "items", "doctype": "Sales Order Item", "key": ["idx"]}},
             "entity": "sales_order", "fields": {"number": "name", "lines": {"each": "lines", "fields": {"number": "idx",
                                                                                                      "quantity": "qtty"}}}}
    with Server() as server:
        asked_online(server, all_streams(), 0, "no errors")
        asked_online(server, {"c": {**customer, "fields": {"name": "customer_nam"}}}, 1, "did you mean 'customer_name'?")
        asked_online(server, {"c": {**customer, "doctype": "Custommer"}}, 1, "no doctype 'Custommer'")
        asked_online(server, {"c": lines}, 1, "'qtty'", "did you mean 'qty'?")
        asked_online(server, {"c": customer}, 1, "no right to read 'Customer'", user="ERPNEXT_NOROLE")
        asked_online(server, {"c": {**customer, "where": '[["nope", "=", 1]]'}}, 1, "nope")
        asked_online(server, {"c": {**customer, "where": '["nope"]'}}, 1, "expected filters in JSON")
        asked_online(server, {"c": customer}, 0, "hidden from the user", user="ERPNEXT_LIMITED")
        asked_online(server, {"c": customer}, 0, "may not read Deleted Document", user="ERPNEXT_SALES")
        asked_online(server, {"c": customer}, 1, "401", password="wrong-secret")


def cases():
    sample = os.path.join(ROOT, "connectors/erpnext/sample/erpnext.yaml")
    done = subprocess.run([BINARY, "test", "-c", sample, os.path.join(ROOT, "connectors/erpnext/tests/cases.yaml")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
                          stdin=subprocess.DEVNULL)
    expect(done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout)


def dry_run():
    with Server() as server:
        daemon = Daemon(server.source(all_streams()), directory=scratch())
        status, said = command("dry-run", daemon)
        expect(status == 0 and "sales_order.created" in said and "100 % Łódź" in said, lambda: f"{status}: {said}")


TESTS = {
    "users at work, what a consumer holds is what the site holds, through kills": announced,
    "the same for a user who is told of no deletes and renames": compared,
    "deletes, renames, merges and numbers given again show without a comparison": told_at_once,
    "orders of the hour that comes twice": twice_the_same_hour,
    "what is hidden from the user later is not deleted": hidden_later,
    "lint --online says what doctype, field or right is missing": lint_online,
    "the ready mappings make of captured documents what the docs say": cases,
    "dry-run prints what would be published": dry_run,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
