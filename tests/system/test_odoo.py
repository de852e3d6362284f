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

from daemon import BINARY, PATIENCE, ROOT, Daemon, Failure, Suite, expect, scratch, until
from erp_ledger import Entities, arrived, loaded, published
from erp_stub import Stub
from ledger import DeadLetters, Ledger
from odoo_truth import held_by, truth_of
from odoo_workload import OdooSource, Session
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
KILLS = 10
ENTITIES = {"customers": "customer", "products": "product", "orders": "sales_order", "shipments": "shipment",
            "invoices": "invoice", "payments": "payment", "stock": "stock_level"}
MAPPINGS = {"customers": "customer", "products": "product", "orders": "order", "shipments": "shipment",
            "invoices": "invoice", "payments": "payment", "stock": "stock"}
COMPARED = {"every": "1s", "at_most": "50%", "always": 1000}


class Server(Stub):
    def __init__(self, **settings):
        super().__init__("odoo", SEED, **settings)

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


def settled(daemon, entities, session):
    published(daemon, entities, held_by, truth_of(session, entities.last))


def through_kills(server, writers=2, **options):
    rng, session, source = random.Random(SEED), Session(), OdooSource()
    daemon = Daemon(server.source(all_streams(), **options), directory=scratch()).start().ready()
    entities = loaded(daemon, ENTITIES.values())
    source.begin()
    at_work = [Writer(source, SEED + number, pause=0.02) for number in range(writers)]
    for writer in at_work:
        writer.thread.start()
    for _ in range(KILLS):
        before = entities.read(past_open=False)
        until(lambda before=before: entities.read(past_open=False) > before + 15, 60,
              lambda: f"nothing is published: {daemon.readiness()} {daemon.last_words()}")
        time.sleep(rng.uniform(0, 0.5))     # the moment of the kill is random
        daemon.kill()
        daemon.start().ready()
    for writer in at_work:
        writer.__exit__()
    settled(daemon, entities, session)
    expect(entities.deletes > 0, "nothing was deleted")
    unresolved = DeadLetters(daemon).unresolved()
    expect(not unresolved, lambda: f"rejects: {unresolved}")
    for secret in (server["ODOO_API_KEY"], server["ODOO_PASSWORD"]):
        expect(secret not in daemon.output(), "a secret is in the log")
    daemon.kill()
    entities.close()
    committed = sum(writer.committed for writer in at_work)
    return f"seed {SEED}, {KILLS} kills, {committed} changes, {entities.count} events, {entities.deletes} deletes"


def json_2():
    with Server() as server:
        return through_kills(server)


def json_rpc():
    with Server() as server:
        return through_kills(server, password=server["ODOO_PASSWORD"], page=7)


def ledger():
    """Each change of a name is an event of its own number: none comes twice, late or back."""
    with Server() as server:
        rng, source = random.Random(SEED), OdooSource()
        # what changes without a new number is not looked at, and neither is who was there before
        customers = stream("customers", overlap="5s", every="50ms", where='[["name", "=like", "row %"]]', fields={
            "number": "id", "attributes": {"rev": {"from": "ref", "type": "integer"}}, "phones": None, "status": None})
        customers["with"] = {"contacts": None}
        daemon = Daemon(server.source({"customers": customers}), directory=scratch()).start().ready()
        book = Ledger(daemon)
        source.begin()
        with Writer(source, SEED, pause=0.005) as writer:
            for _ in range(KILLS):
                before = len(book.read(past_open=False))
                until(lambda before=before: len(book.read(past_open=False)) > before + 10, 60,
                      lambda: f"nothing is published: {daemon.readiness()}")
                time.sleep(rng.uniform(0, 0.3))     # the moment of the kill is random
                daemon.kill()
                daemon.start().ready()
        book.settled(source)
        note = book.holds(source)
        daemon.kill()
        book.log.close()
        return f"seed {SEED}, {KILLS} kills, {writer.committed} changes, {note}"


def one_of(session, model, domain, **more):
    return session.execute(model, "search", domain, limit=1, order="id", **more)[0]


def change_customers(session):
    call = session.execute
    # a person: an address that documents name takes them along, which only a sweep sees
    contact = one_of(session, "res.partner", [["parent_id", "!=", False], ["type", "=", "contact"]])
    parent = call("res.partner", "read", [contact], ["parent_id"], load="")[0]["parent_id"]
    other = one_of(session, "res.partner", [["is_company", "=", True], ["id", "!=", parent]])
    call("res.partner", "write", [parent], {"name": "Renamed & Co", "email": "new@renamed.example"})
    call("res.partner", "write", [contact], {"parent_id": other, "phone": "+49 30 55501"})
    person = call("res.partner", "create", {"name": "Anna", "parent_id": parent, "phone": "+49 30 55502"})
    left = call("res.partner", "create", {"name": "Otto", "parent_id": parent, "email": "otto@renamed.example"})
    branch = call("res.partner", "create", {"name": "Branch", "parent_id": parent, "is_company": True, "phone": "+49 30 55503"})
    gone = call("res.partner", "create", {"name": "Gone", "is_company": True})
    yield
    call("res.partner", "action_archive", [person])
    call("res.partner", "write", [left], {"parent_id": False})      # stands for himself from now on
    call("res.partner", "write", [branch], {"is_company": False})   # is a contact from now on
    call("res.partner", "unlink", [gone])
    yield


def change_orders(session):
    call = session.execute
    goods = call("product.product", "search", [["type", "=", "consu"]], limit=2, order="id")
    customer = one_of(session, "res.partner", [["is_company", "=", True]])
    order = call("sale.order", "create", {"partner_id": customer, "order_line": [
        [0, 0, {"product_id": product, "product_uom_qty": 4, "price_unit": 19.99, "discount": 12.5}] for product in goods]})
    dropped = call("sale.order", "create", {"partner_id": customer, "order_line": [
        [0, 0, {"product_id": product, "product_uom_qty": 1}] for product in goods]})
    first, second = call("sale.order", "read", [order], ["order_line"])[0]["order_line"]
    yield
    call("sale.order.line", "write", [first], {"product_uom_qty": 5})
    call("sale.order.line", "unlink", call("sale.order", "read", [dropped], ["order_line"])[0]["order_line"][:1])
    call("sale.order", "action_confirm", [order])
    yield
    call("sale.order", "unlink", [dropped])
    picking = one_of(session, "stock.picking", [["sale_id", "=", order]])
    move = one_of(session, "stock.move", [["sale_line_id", "=", first]])
    call("stock.move", "write", [move], {"quantity": 2, "picked": True})
    call("stock.picking", "button_validate", [picking], context={"skip_backorder": True})
    yield
    rest = one_of(session, "stock.picking", [["backorder_id", "=", picking]])
    call("stock.picking", "button_validate", [rest], context={"skip_backorder": True})
    wizard = call("sale.advance.payment.inv", "create", {"sale_order_ids": [[6, 0, [order]]]})
    invoice = call("sale.advance.payment.inv", "create_invoices", [wizard])["res_id"]
    yield
    call("account.move", "action_post", [invoice])
    call("account.move.reversal", "refund_moves", [call("account.move.reversal", "create", {
        "move_ids": [[6, 0, [invoice]]]})])
    call("sale.order.line", "write", [second], {"name": "only the text"})
    yield


def change_stock(session):
    call = session.execute
    quant = one_of(session, "stock.quant", [["location_id", "=", 5]])
    product = call("stock.quant", "read", [quant], ["product_id"])[0]["product_id"][0]
    template = call("product.product", "read", [product], ["product_tmpl_id"])[0]["product_tmpl_id"][0]
    call("product.template", "write", [template], {"name": "Renamed chair", "list_price": 12.34})
    call("product.product", "write", [product], {"standard_price": 3.21, "default_code": False})
    call("stock.quant", "write", [quant], {"quantity": 0, "reserved_quantity": 0})
    yield
    session.http.call("POST", "/lab/jobs/scheduler", {})      # deletes the row of nothing
    yield
    call("stock.quant", "create", {"product_id": product, "quantity": 8})
    call("product.product", "action_archive", [product])
    yield


def every_kind_of_change():
    """Step by step, each of them settled before the next."""
    with Server() as server:
        session = Session()
        daemon = Daemon(server.source(all_streams()), directory=scratch()).start().ready()
        entities = Entities(daemon, ENTITIES.values())
        settled(daemon, entities, session)
        steps = 0
        for story in (change_customers, change_orders, change_stock):
            for _ in story(session):
                settled(daemon, entities, session)
                steps += 1
        expect(not DeadLetters(daemon).unresolved(), lambda: f"rejects: {DeadLetters(daemon).unresolved()}")
        daemon.kill()
        entities.close()
        return f"{steps} steps, {entities.count} events"


def cases():
    sample = os.path.join(ROOT, "connectors/odoo/sample/shop.yaml")
    done = subprocess.run([BINARY, "test", "-c", sample, os.path.join(ROOT, "connectors/odoo/tests/cases.yaml")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
                          stdin=subprocess.DEVNULL)
    expect(done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout)


def odoo_14():
    """Its fields have other names, and there is no JSON-2."""
    with Server(ODOO_VERSION="14") as server:
        daemon = Daemon(server.source(all_streams(), password=server["ODOO_PASSWORD"]), directory=scratch()).start().ready()
        entities = Entities(daemon, ENTITIES.values())
        held = entities.last
        until(lambda: entities.read() and all(held.values()), 60,
              lambda: f"nothing of {[entity for entity in held if not held[entity]]}: {daemon.readiness()}")
        arrived(daemon, entities, held_by, truth_of(Session14(), ("customer", "product", "payment")), 60)
        expect(any(line.get("unit") == "Units" for order in held["sales_order"].values() for line in order["lines"]),
               "units of lines are read under their old name")
        expect(any(shipment["status"] == "shipped" and shipment["lines"] for shipment in held["shipment"].values()),
               "quantities of moves are read under their old name")
        expect(not DeadLetters(daemon).unresolved(), "rejects")
        daemon.kill()
        entities.close()
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
        entities = Entities(daemon, ["customer"])
        session, users = Session(), OdooSource()
        arrived(daemon, entities, held_by, truth_of(session, entities.last), 60)

        def shows(key):
            entities.read()
            return key in held_by(entities)["customer"]
        with users.connect().transaction(True, 0):
            pass
        slow = Session()
        with slow.transaction(True, 4):     # seconds it stays open
            late = slow.execute("res.partner", "create", {"name": "late"})
            soon = session.execute("res.partner", "create", {"name": "soon"})
            until(lambda: shows(soon), 30, "the quick one does not come")
            daemon.polls(3)
        until(lambda: shows(late), 30, lambda: f"the late one is lost: {daemon.readiness()}")
        daemon.kill()
        entities.close()


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
        # an override of a ready mapping is a mistake of the file, not of the mapping
        asked_online(server, {"orders": {"use": "odoo/order", "fields": {"channel": "partner_id.country_id.cod"}},
                              "customers": {"use": "odoo/customer"}}, 1, "tributary.yaml:", "no field 'cod' in res.country")
        asked_online(server, {"c": customer}, 1, "does not take this user", password="wrong-password")
        asked_online(server, {"c": customer}, 1, "does not exist", database="nodb", api="json_rpc")
        asked_online(server, {"c": customer}, 1, "database", database="nodb", api="json_2")


def dry_run():
    with Server() as server:
        daemon = Daemon(server.source(all_streams()), directory=scratch())
        status, said = command("dry-run", daemon)
        expect(status == 0 and "sales_order.created" in said and "Müller & Söhne GmbH" in said, lambda: f"{status}: {said}")


TESTS = {
    "the ready mappings make of captured records what docs/events.md says": cases,
    "every kind of change comes out, also those that leave no stamp where one would look": every_kind_of_change,
    "a ledger of names holds through kills": ledger,
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
