"""The real Tryton: the sample company is there, the reader may read it, and the traps are Tryton's own."""

import base64
import random
import threading

from check_labs import expect, survives_a_kill
from erp_workload import Http
from tryton_workload import CONTEXT, TRUTH, Session, TrytonSource, logged_in


def reader(server):
    """A call as the feed's user; the answer whole, with its error."""
    http = Http(server.env["TRYTON_URL"], {"Authorization": logged_in(server.env["TRYTON_USER"],
                                                                      server.env["TRYTON_PASSWORD"])})
    return lambda method, *params: http.call("POST", "/", {"id": 1, "method": method, "params": [*params, CONTEXT]})[1]


def sample_company(_server):
    states = {row["state"] for row in TrytonSource().truth(Session())["sales_order"].values()}
    expect({"draft", "quotation", "processing", "done", "cancelled"} <= states, f"{states}")


def reader_is_no_administrator(server):
    call = reader(server)
    for model, fields in TRUTH.values():
        answer = call(f"model.{model}.search_read", [], 0, 5, [["id", "ASC"]], fields)
        expect(answer.get("result"), f"{model}: {answer}")
    answer = call("model.party.category.create", [{"name": "x"}])
    expect(answer["error"] == ["UserError", ['You are not allowed to access "Category".', "", None]], f"{answer}")
    wrong = Http(server.env["TRYTON_URL"], {"Authorization": "Session " + base64.b64encode(b"x:1:y").decode()})
    expect(wrong.call("POST", "/", {"id": 1, "method": "model.party.party.search", "params": [[], {}]},
                      expected={401})[0] == 401, "a bad session")


def errors_in_answers(_server):
    answer = Session().http.call("POST", "/", {"id": 1, "method": "model.party.party.search_read",
                                               "params": [[], 0, 1, None, ["nosuch"], CONTEXT]})[1]
    expect(answer["error"][0] == "'nosuch'", f"{answer}")


def write_date_is_null_at_first(_server):
    session = Session()
    key = session.model("party.party", "create", [{"name": "Stamp GmbH"}])[0]
    before = session.read("party.party", key, "create_date", "write_date")
    session.model("party.party", "write", [key], {"name": "Stamps GmbH"})
    expect(before["write_date"] is None and session.read("party.party", key, "write_date")["write_date"], f"{before}")


def long_transactions_show_late(_server):
    """On PostgreSQL a stamp is its transaction's start: a long call is overtaken by a short one."""
    many, keys = [{"name": f"bulk {i}"} for i in range(1500)], []
    thread = threading.Thread(target=lambda: keys.extend(Session().model("party.party", "create", many)))
    thread.start()
    session, quick = Session(), []
    while thread.is_alive():
        quick += session.model("party.party", "create", [{"name": "quick"}])
    thread.join()
    stamps = {row["id"]: tuple(row["create_date"].get(part, 0) for part in ("year", "month", "day", "hour", "minute",
                                                                            "second", "microsecond"))
              for row in session.model("party.party", "search_read", [["id", "in", [keys[0], *quick]]], 0, None,
                                       [["id", "ASC"]], ["create_date"])}
    overtaken = [key for key in quick if stamps[key] > stamps[keys[0]]]
    expect(overtaken, "no short call overtook the long one")
    return f"{len(overtaken)} overtook it"


def sales_go_all_the_way(_server):
    source, session = TrytonSource(), Session()
    source.begin(customers=3)
    order = source.create_order(session, next(iter(source.customers)), [(source.products[0], 2), (source.products[1], 1)])
    for verb in ("confirm", "deliver", "invoice", "pay"):
        getattr(source, verb)(session, order)
    sale = session.read("sale.sale", order, "state", "shipment_state", "invoice_state")
    expect((sale["state"], sale["shipment_state"], sale["invoice_state"]) == ("done", "sent", "paid"), f"{sale}")
    source.delete(session, source.create_order(session, next(iter(source.customers)), [(source.products[0], 2)]))
    rng = random.Random(1)
    done = sum(source.transaction(session, rng) for _ in range(20))
    expect(all(row["rev"] == source.customers[int(key)][1] for key, row in source.rows().items()),
           "customers are not what the driver remembers")
    return f"{done} more changes"


TESTS = {
    "the sample company has sales in every state": sample_company,
    "the reader reads everything and is no administrator": reader_is_no_administrator,
    "errors come with 200": errors_in_answers,
    "write_date is null until the first change": write_date_is_null_at_first,
    "a long transaction shows late": long_transactions_show_late,
    "a sale goes all the way, and the driver knows what it did": sales_go_all_the_way,
    "a kill loses nothing": survives_a_kill(lambda server: sorted(TrytonSource().truth(Session())["customer"]),
                                            lambda server: Session().model("party.party", "create",
                                                                           [{"name": "just before"}])),
}
