"""The stub of ERPNext against captures of a real 15, and the traps for a reader."""

import json

from check_labs import captures, expect, is_quick, kind, logs_nothing, starts_quickly, survives_a_kill
from erpnext_workload import MAKE, PAYMENT, Session

USERS = {"all roles": ("ERPNEXT_KEY", "ERPNEXT_SECRET"), "no role": ("ERPNEXT_NOROLE_KEY", "ERPNEXT_NOROLE_SECRET")}
KEYSET = {"order_by": "modified asc, name asc"}


def authorization(server, user):
    if user == "none":
        return {}
    if user in USERS:
        key, secret = USERS[user]
        return {"Authorization": f"token {server.env[key]}:{server.env[secret]}"}
    return {"Authorization": f"token {server.env['ERPNEXT_KEY']}:wrong"}


def replay(server, exchange):
    request = exchange["request"]
    query = {k: v if isinstance(v, (str, int)) else json.dumps(v) for k, v in request.get("params", {}).items()}
    return server.http(authorization(server, exchange["user"])).call(request["method"], request["path"],
                                                                     request.get("body"), query,
                                                                     expected={exchange["status"]})


def new_order(session, customer="Customer 1 GmbH", lines=(("SKU-001", 10), ("SKU-002", 3))):
    return session.resource("POST", "Sales Order", {"customer": customer, "delivery_date": "2030-01-01",
                                                    "items": [{"item_code": item, "qty": qty} for item, qty in lines]})


def prepared(server):
    """What the captured exchanges speak of: a cancelled order that was amended, under names of this site."""
    session = Session()
    order = new_order(session)
    session.method("frappe.client.submit", doc=order)
    session.method("frappe.client.cancel", doctype="Sales Order", name=order["name"])
    amended = session.resource("POST", "Sales Order", {"customer": order["customer"], "delivery_date": "2030-01-01",
                                                       "amended_from": order["name"],
                                                       "items": [{"item_code": "SKU-001", "qty": 1}]})
    session.method("frappe.client.submit", doc=amended)
    expect(amended["name"] == f"{order['name']}-1", amended["name"])
    fresh = new_order(session)
    return {"SAL-ORD-2026-00003-1": amended["name"], "SAL-ORD-2026-00003": order["name"],
            "SAL-ORD-2026-00005": fresh["name"],
            "SAL-ORD-2026-00002": fresh["name"], "2026-11-22 18:54:43.080296": fresh["modified"],
            "2026-11-22 18:42:40.186926, ": "2020-01-01 00:00:00.000000, "}


def renamed(value, names):
    text = json.dumps(value, ensure_ascii=False)
    for old, new in names.items():
        text = text.replace(old, new)
    return json.loads(text)


def simplified(response):
    """Without tracebacks, SQL of the database's own wording, and the order of two stamps in one message."""
    kept = {k: v for k, v in response.items() if k not in ("exc", "_debug_messages")}
    for key in ("exception", "_server_messages"):
        if "has been modified after" in str(kept.get(key)):
            kept[key] = str(kept[key]).split("(", maxsplit=1)[0]
    if "no attribute" in str(kept.get("exception")):
        kept = {k: kept[k] for k in ("exc_type",)}
    for error in kept.get("errors", []):
        error.pop("exception", None)
    return kept


def errors_as_captured(server):
    names = prepared(server)
    count = 0
    for name, exchange in captures("erpnext", "errors.json").items():
        exchange = renamed(exchange, names)
        if exchange["status"] in (429, 503):
            server.control("refuse", status=exchange["status"], times=1)
        status, answer = replay(server, exchange)
        expect(status == exchange["status"], f"{name}: {status} {answer}")
        got, captured = simplified(answer), simplified(exchange["response"])
        expect(got == captured, lambda name=name, got=got, captured=captured: f"{name}:\n   got {got}\n  want {captured}")
        count += 1
    return f"{count} exchanges"


def lists_as_captured(server):
    names = prepared(server)
    session = Session()
    session.method("frappe.client.rename_doc", doctype="Customer", old_name="Customer 2 GmbH", new_name="Zweite GmbH")
    order = new_order(session, "Zweite GmbH")
    session.resource("DELETE", f"Sales Order/{order['name']}")
    order = new_order(session, "Zweite GmbH")
    names = {**names, "SAL-ORD-2026-00002": order["name"], "2026-11-22 18:41:44.381153": "2025-01-01 00:00:00.000000"}
    for name, exchange in captures("erpnext", "lists.json").items():
        status, answer = replay(server, renamed(exchange, names))
        key, = exchange["response"]
        expect(status == exchange["status"] and answer.keys() == {key}, f"{name}: {status} {answer}")
        captured, got = exchange["response"][key], answer[key]
        if isinstance(captured, list):
            expect(got and got[0].keys() == captured[0].keys(), f"{name}: {got[:1]}")
            expect(fits(got, captured), f"{name}: {got[:2]}, captured {captured[:1]}")
        else:
            expect(kind(got) == kind(captured), f"{name}: {got}")


def fits(rows, captured):
    for field in captured[0]:
        known = {kind(row[field]) for row in captured} - {"NoneType"}
        if known and not {kind(row[field]) for row in rows} - {"NoneType"} <= known:
            return False
    return True


def documents_as_captured(_server):
    """Every key that is captured is there, with its kind; what is null in a list is missing in a document."""
    session = Session()
    for doctype, captured in captures("erpnext", "records.json")["documents"].items():
        names = [row["name"] for row in session.resource("GET", doctype, query={**KEYSET, "limit_page_length": 0})]
        documents = [session.resource("GET", f"{doctype}/{name}") for name in names if not set(name) & set("/#%")]
        together = {}
        for document in documents:
            expect(None not in document.values(), f"{doctype}: a null in {document}")
            together.update(document)
        missing = captured.keys() - together.keys()
        expect(not missing, f"{doctype} lacks {missing}")
        for key, value in captured.items():
            if not isinstance(value, list):
                expect(kind(together[key]) == kind(value), f"{doctype}.{key}: {together[key]!r}, captured {value!r}")
            elif value and together[key]:
                short = value[0].keys() - together[key][0].keys()
                expect(not short, f"{doctype}.{key} lacks {short}")


def an_order_from_draft_to_paid(server):
    """The captured timeline: the status after each step, and which documents' `modified` moved."""
    session = Session()
    names, before = {}, {}

    def follow(method, doctype, quantity=None, **arguments):
        document = session.method(method, **arguments)
        if quantity:
            document["items"] = [{**document["items"][0], "qty": quantity,
                                  "amount": round(quantity * document["items"][0]["rate"], 2)}]
        names[doctype] = session.resource("POST", doctype, document)["name"]

    def submit(doctype):
        session.method("frappe.client.submit", doc={"doctype": doctype, "name": names[doctype]})

    def payment(amount):
        document = session.method(PAYMENT, dt="Sales Invoice", dn=names["Sales Invoice"])
        amount = amount or document["paid_amount"]
        document["references"][0]["allocated_amount"] = amount
        names["Payment Entry"] = session.submit_new({**document, "paid_amount": amount})
    steps = [lambda: names.update({"Sales Order": new_order(session)["name"]}), lambda: submit("Sales Order"),
             lambda: follow(f"{MAKE}delivery_note", "Delivery Note", 4, source_name=names["Sales Order"]),
             lambda: submit("Delivery Note"),
             lambda: follow(f"{MAKE}sales_invoice", "Sales Invoice", source_name=names["Sales Order"]),
             lambda: submit("Sales Invoice"),
             lambda: session.submit_new(session.method(f"{MAKE}delivery_note", source_name=names["Sales Order"])),
             lambda: payment(50), lambda: payment(None)]
    timeline = captures("erpnext", "records.json")["timeline"]
    for minute, (step, captured) in enumerate(zip(steps, timeline, strict=True)):
        server.control("clock", at=f"2026-01-05T08:{minute:02}:00", frozen=True)
        step()
        for doctype in [key for key in captured if key != "after" and key in names]:
            document = session.resource("GET", f"{doctype}/{names[doctype]}")
            for field in captured[doctype].keys() - {"modified", "outstanding_amount", "per_delivered"}:
                expect(document[field] == captured[doctype][field],
                       f"{captured['after']}: {doctype}.{field} is {document[field]}")
            moved = document["modified"].startswith(f"2026-01-05 09:{minute:02}")
            earlier = timeline[minute - 1].get(doctype, {}).get("modified")
            expect(doctype == "Payment Entry" or moved == (captured[doctype]["modified"] != earlier),
                   f"{captured['after']}: {doctype} moved: {moved}")
        before.update(captured)
    server.control("clock")


def keyset_walks(_server):
    session = Session()
    names = {row["name"] for row in session.resource("GET", "Sales Order Item",
                                                     query={"parent": "Sales Order", "limit_page_length": 0})}
    seen, plain, mark, last = set(), set(), ("2000-01-01", ""), "2000-01-01"
    while True:
        rows = session.resource("GET", "Sales Order Item", query={
            "parent": "Sales Order", "fields": ["name", "modified"], "filters": [["modified", ">=", mark[0]]],
            "or_filters": [["modified", ">", mark[0]], ["name", ">", mark[1]]], "limit_page_length": 7, **KEYSET})
        seen.update(row["name"] for row in rows)
        if len(rows) < 7:
            break
        mark = rows[-1]["modified"], rows[-1]["name"]
    while True:
        rows = session.resource("GET", "Sales Order Item", query={"parent": "Sales Order", "fields": ["name", "modified"],
                                                                  "filters": [["modified", ">", last]],
                                                                  "limit_page_length": 7, **KEYSET})
        plain.update(row["name"] for row in rows)
        if len(rows) < 7:
            break
        last = rows[-1]["modified"]
    expect(seen == names, f"the keyset lost {len(names - seen)} of {len(names)}")
    expect(plain < names, "the plain walk lost nothing")
    return f"the plain walk lost {len(names - plain)} of {len(names)}"


def names_come_back(_server):
    session = Session()
    first = new_order(session)
    session.resource("DELETE", f"Sales Order/{first['name']}")
    second = new_order(session, "Customer 8 GmbH")
    expect(second["name"] == first["name"] and second["creation"] > first["creation"], "the number was not given again")
    stones = session.resource("GET", "Deleted Document", query={"fields": ["deleted_name", "data"],
                                                                "filters": [["deleted_name", "=", first["name"]]]})
    expect(json.loads(stones[-1]["data"])["creation"] == first["creation"], f"no tombstone: {stones}")


def what_leaves_modified_alone(server):
    session = Session()
    order = new_order(session, "Customer 10 GmbH")
    session.method("frappe.client.rename_doc", doctype="Customer", old_name="Customer 10 GmbH", new_name="Zehnte GmbH")
    after = session.resource("GET", f"Sales Order/{order['name']}")
    expect(after["customer"] == "Zehnte GmbH" and after["modified"] == order["modified"], f"a rename: {after}")
    session.method("frappe.client.rename_doc", doctype="Customer", old_name="Customer 12 GmbH", new_name="Customer 16 GmbH",
                   merge=1)
    expect(session.resource("GET", "Deleted Document", query={"filters": [["deleted_name", "=", "Customer 12 GmbH"]]}),
           "a merge without tombstone")
    invoices = {row["name"]: row for row in session.resource("GET", "Sales Invoice",
                                                             query={"fields": ["*"],
                                                                    "filters": [["status", "=", "Unpaid"]]})}
    server.control("jobs/overdue")
    overdue = {row["name"]: row for row in session.resource("GET", "Sales Invoice",
                                                            query={"fields": ["*"],
                                                                   "filters": [["status", "=", "Overdue"]]})}
    expect(overdue and all(row["modified"] == invoices[name]["modified"] for name,
                           row in overdue.items() if name in invoices), "the job moved them")


def lists_that_are_wrong_with_200(_server):
    session = Session()

    def names(**query):
        return [row["name"] for row in session.resource("GET", "Customer", query=query)]
    everything = len(names(limit_page_length=0))
    expect(len(names()) == 20 and len(names(limit_page_length="abc")) == everything, "limits")
    for value in ("garbage", ""):
        expect(len(names(filters=[["modified", ">=", value]], limit_page_length=0)) == everything, f"a filter by {value!r}")
    expect(len(session.method("frappe.client.get_list", doctype="Customer", limit=3)) == 20, "get_list took `limit`")
    expect(names(filters=[["name", "=", "customer 1 gmbh"]]) == ["Customer 1 GmbH"], "case matters")


def hidden_rows(server):
    limited = server.http({"Authorization": f"token {server.env['ERPNEXT_LIMITED_KEY']}:{server.env['ERPNEXT_LIMITED_SECRET']}"})
    listed = limited.call("GET", "/api/resource/Customer", query={"limit_page_length": 0})[1]["data"]
    count = limited.call("GET", "/api/method/frappe.client.get_count", query={"doctype": "Customer"})[1]["message"]
    expect(len(listed) == 1 and count > 20, f"{len(listed)} listed, {count} counted")
    expect(limited.call("GET", "/api/resource/Customer/Customer 6 GmbH", expected={403})[0] == 403,
           "a hidden document opens")


def late_saves_and_the_autumn_hour(server):
    session, quick = Session(), Session()
    name = server.control("transactions")["transaction"]
    session.held = {"X-Lab-Transaction": name}
    late = session.resource("POST", "Customer", {"customer_name": "Late GmbH"})
    soon = quick.resource("POST", "Customer", {"customer_name": "Soon GmbH"})
    expect(late["modified"] < soon["modified"], "a late save is stamped at its end")
    expect(not quick.resource("GET", "Customer", query={"filters": [["name", "=", "Late GmbH"]]}),
           "what is not committed shows")
    server.control(f"transactions/{name}/commit")
    stamps = []
    for utc in ("2026-10-25T00:30:00", "2026-10-25T01:30:00"):
        server.control("clock", at=utc, frozen=True)
        stamps.append(quick.resource("PUT", "Customer/Late GmbH", {"tax_id": utc})["modified"])
    server.control("clock")
    expect(stamps == ["2026-10-25 02:30:00.000000"] * 2, f"{stamps}")


def page(_server):
    return len(Session().method("frappe.client.get_list", doctype="Sales Order Item", parent="Sales Order",
                                limit_page_length=200,
                                fields=["name", "parent", "idx", "item_code", "qty", "delivered_qty", "billed_amt",
                                        "modified"], order_by="parent asc, idx asc"))


TESTS = {
    "errors are as captured": errors_as_captured,
    "lists are as captured": lists_as_captured,
    "documents have the captured keys and kinds, and no nulls": documents_as_captured,
    "an order goes from draft to paid as captured": an_order_from_draft_to_paid,
    "the keyset loses nothing, `modified > last` does": keyset_walks,
    "names of deleted documents come back": names_come_back,
    "renames, merges and jobs leave `modified` alone": what_leaves_modified_alone,
    "lists answer 200 while wrong": lists_that_are_wrong_with_200,
    "User Permissions hide rows that get_count counts": hidden_rows,
    "saves show late, and the autumn hour comes twice": late_saves_and_the_autumn_hour,
    "a kill loses nothing": survives_a_kill(
        lambda server: Session().resource("GET", "Customer", query={"fields": ["*"], "limit_page_length": 0, **KEYSET}),
        lambda server: Session().resource("POST", "Customer", {"customer_name": "Just Before GmbH"})),
    "2,000 rows a second": is_quick(page),
    "a new one is there at once": starts_quickly,
    "its log stays empty": logs_nothing,
}
