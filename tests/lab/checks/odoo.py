"""The stub of Odoo against captures of a real 19.0, and the traps for a reader."""

import time

from check_labs import Server, captures, expect, is_quick, kind, logs_nothing, starts_quickly, survives_a_kill
from odoo_workload import Session

SECRET = "<password or API key>"
ANY = {"active_test": False}
# what a capture's ids mean here: the confirmed order, the partner with invoices, a draft
STAND_INS = {"sale.order": {25: "confirmed", 32: "confirmed", 27: "draft"}, "res.partner": {50: "invoiced"}}


def ids(session, wanted):
    if wanted == "invoiced":
        return session.execute("account.move", "search_read", [["move_type", "=", "out_invoice"]], fields=["partner_id"],
                               limit=1)[0]["partner_id"][0]
    if wanted == "draft":
        partner = session.execute("res.partner", "search", [["is_company", "=", True]], limit=1)[0]
        return session.execute("sale.order", "create", {"partner_id": partner})
    return session.execute("sale.order", "search", [["state", "=", "sale"]], limit=1)[0]


def stand_ins(server, model, argument):
    """The capture's ids in an argument replaced by this server's."""
    if isinstance(argument, list):
        return [stand_ins(server, model, one) for one in argument]
    if argument == "2026-01-01 00:00:00":      # the sample company is a year older
        return "2025-01-01 00:00:00"
    wanted = STAND_INS.get(model, {}).get(argument) if isinstance(argument, int) else None
    return ids(Session(), wanted) if wanted else argument


def replay_rpc(server, name, exchange):
    request = exchange["request"]
    body = request["body"]
    if body and body["params"]["service"] == "object":
        database, user, _, model, method, args, *named = body["params"]["args"]
        password = {2: "admin", 5: server.env["ODOO_PASSWORD"]}[user] if "bad_password" not in name else "wrong"
        args = args if method == "create" else stand_ins(server, model, args)
        if name == "order_confirm":
            args = [[ids(Session(), "draft")]]
        elif name == "unlink_draft":
            server.unlinked = args[0]
        elif name == "read_after_unlink":
            args = [server.unlinked, *args[1:]]
        if name == "create_order":
            args[0]["partner_id"] = ids(Session(), "invoiced")
        body["params"]["args"] = [database, user, password, model, method, args, *named]
    elif body and body["params"]["method"] == "authenticate":
        body["params"]["args"][2] = "wrong" if "bad_password" in name else "admin"
    return server.http().call("POST", request["path"], body)


def same_error(name, got, captured):
    expect({k: v for k, v in got.items() if k != "debug"} == {k: v for k, v in captured.items() if k != "debug"},
           f"{name}: {got}")


def rpc_as_captured(server):
    exchanges = {**captures("odoo", "rpc.json"), **captures("odoo", "errors.json")}
    for name, exchange in exchanges.items():
        status, answer = replay_rpc(server, name, exchange)
        captured = exchange["response"]
        expect(status == exchange["status"] and answer.keys() == captured.keys(), f"{name}: {status} {answer}")
        if "error" in captured:
            expect(answer["error"]["code"] == captured["error"]["code"]
                   and answer["error"]["message"] == captured["error"]["message"], name)
            same_error(name, answer["error"]["data"], captured["error"]["data"])
        elif isinstance(captured.get("result"), dict) or captured.get("result") in (True, False, []):
            expect(answer["result"] == captured["result"], f"{name}: {answer}")
        else:
            same_kinds(name, answer.get("result"), captured.get("result"))
    return f"{len(exchanges)} exchanges"


def json2_as_captured(server):
    exchanges = captures("odoo", "json2.json")
    for name, exchange in exchanges.items():
        request = exchange["request"]
        model = request["path"].split("/")[3]
        headers = {k: v.replace("<api key>", server.env["ODOO_ADMIN_API_KEY"]) for k, v in request["headers"].items()}
        body = {**request["body"], **({"ids": stand_ins(server, model, request["body"]["ids"])} if "ids" in request["body"]
                                      else {})}
        status, answer = server.http(headers).call("POST", request["path"], body, expected={exchange["status"]})
        expect(status == exchange["status"], f"{name}: {status}")
        if isinstance(exchange["response"], dict):
            same_error(name, answer, exchange["response"])
        elif isinstance(exchange["response"], list):
            same_kinds(name, answer, exchange["response"])
        else:
            expect(answer == exchange["response"], f"{name}: {answer}")
    return f"{len(exchanges)} exchanges"


def same_kinds(name, rows, captured):
    if not isinstance(captured, list):
        expect(kind(rows) == kind(captured), f"{name}: {rows}")
        return
    expect(rows and rows[0].keys() == captured[0].keys(), f"{name}: {rows[:1]}")
    for field in captured[0]:
        # false is null in every kind but a boolean's
        seen = {str(kind(row[field])) for row in rows} - {"bool"}
        known = {str(kind(row[field])) for row in captured} - {"bool"}
        lists = {"list", "['list']"}
        expect(seen <= known or not known or (seen | known) <= lists, f"{name}.{field}: {seen}, captured {known}")


def records_as_captured(_server):
    session = Session()
    for model, captured in captures("odoo", "records.json").items():
        rows = session.execute(model, "search_read", [], fields=list(captured[0]), limit=500, context=ANY)
        if model not in ("product.template", "purchase.order", "purchase.order.line"):
            same_kinds(model, rows, captured)


def fields_as_captured(_server):
    session = Session()
    for model, fields in captures("odoo", "fields.json").items():
        says = session.execute(model, "fields_get", list(fields), attributes=["type", "relation", "store", "required",
                                                                              "selection", "string", "readonly"])
        expect(says == fields, lambda model=model, says=says,
               fields=fields: f"{model}: {[k for k in fields if says.get(k) != fields[k]]}")


def walk(session, model, page):
    """The keyset a reader would try first: on the values it was given."""
    seen, mark = set(), None
    while True:
        after = [] if mark is None else ["|", ["write_date", ">", mark[0]], "&", ["write_date", "=", mark[0]],
                                         ["id", ">", mark[1]]]
        rows = session.execute(model, "search_read", after, fields=["write_date"], order="write_date, id", limit=page,
                               context=ANY)
        seen.update(row["id"] for row in rows)
        if len(rows) < page:
            return seen
        mark = rows[-1]["write_date"], rows[-1]["id"]


def careful_walk(session, model, page):
    """A second that is not complete is drained by id before the walk goes on after it."""
    seen, start = set(), "2000-01-01 00:00:00"
    while True:
        rows = session.execute(model, "search_read", [["write_date", ">=", start]], fields=["write_date"],
                               order="write_date, id", limit=page, context=ANY)
        if len(rows) < page:
            return seen | {row["id"] for row in rows}
        last = rows[-1]["write_date"]
        seen.update(row["id"] for row in rows if row["write_date"] < last)
        start = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.mktime(time.strptime(last,
                                                                                         "%Y-%m-%d %H:%M:%S")) - time.timezone + 1))
        after, number = True, 0
        while after:
            after = session.execute(model, "search", [["write_date", ">=", last], ["write_date", "<", start],
                                                      ["id", ">", number]], order="id", limit=page, context=ANY)
            seen.update(after)
            number = after[-1] if after else 0


def seconds_lose_rows(_server):
    session, notes = Session(), []
    for model in ("res.partner", "sale.order.line", "stock.move"):
        everything = set(session.execute(model, "search", [], context=ANY))
        lost = len(everything - walk(session, model, 3))
        expect(lost > 0, f"{model}: the naive walk lost nothing")
        expect(careful_walk(session, model, 3) == everything, f"{model}: the careful walk lost rows")
        notes.append(f"{model} {lost} of {len(everything)}")
    return "naive walk lost " + ", ".join(notes)


def late_transactions(server):
    held, quick = Session(), Session()
    name = server.control("transactions")["transaction"]
    held.held = {"X-Lab-Transaction": name}
    late = held.execute("res.partner", "create", {"name": "late"})
    soon = quick.execute("res.partner", "create", {"name": "soon"})
    expect(quick.execute("res.partner", "search", [["id", "in", [late, soon]]]) == [soon], "what is not committed shows")
    server.control(f"transactions/{name}/commit")
    order = quick.execute("res.partner", "search", [["id", "in", [late, soon]]], order="write_date, id")
    expect(order == [late, soon], f"the late one does not carry its transaction's start: {order}")
    name = server.control("transactions")["transaction"]
    held.held = {"X-Lab-Transaction": name}
    never = held.execute("res.partner", "create", {"name": "never"})
    server.control(f"transactions/{name}/rollback")
    expect(not quick.execute("res.partner", "search", [["id", "=", never]]), "a rollback left something")
    expect(quick.execute("res.partner", "create", {"name": "next"}) > never, "a rollback gave its id back")


def archived_and_deleted(_server):
    session = Session()
    key = session.execute("res.partner", "create", {"name": "short-lived", "is_company": True})
    child = session.execute("res.partner", "create", {"name": "Lager", "type": "delivery", "parent_id": key})
    session.execute("res.partner", "action_archive", [key])
    expect(not session.execute("res.partner", "search", [["id", "=", key]]), "an archived row shows")
    expect(session.execute("res.partner", "search", [["id", "=", key]], context=ANY) == [key],
           "active_test does not bring it back")
    expect(session.execute("res.partner", "search", [["id", "=", child]]) == [child], "the child went with it")
    session.execute("res.partner", "unlink", [key])
    expect(session.execute("res.partner", "read", [key], ["name"]) == [], "a deleted row is still read")


def new_order(session):
    """Ids of an order with two goods, its lines, its customer, and that one's contact."""
    partner = session.execute("res.partner", "create", {"name": "Bump GmbH", "is_company": True})
    contact = session.execute("res.partner", "create", {"name": "Anna", "parent_id": partner})
    product = session.execute("product.product", "search", [["type", "=", "consu"]], limit=1)[0]
    order = session.execute("sale.order", "create", {"partner_id": partner,
                                                     "order_line": [[0, 0,
                                                                     {"product_id": product, "product_uom_qty": 2}]] * 2})
    first, second = session.execute("sale.order", "read", [order], ["order_line"])[0]["order_line"]
    template = session.execute("product.product", "read", [product], ["product_tmpl_id"])[0]["product_tmpl_id"][0]
    return {"order": ("sale.order", order), "first": ("sale.order.line", first), "second": ("sale.order.line", second),
            "partner": ("res.partner", partner), "contact": ("res.partner", contact),
            "product": ("product.product", product),
            "template": ("product.template", template)}


def invoice_of(session, order):
    return session.execute("sale.order", "read", [order], ["invoice_ids"])[0]["invoice_ids"]


# what is done -> whose write_date moves; everything else of new_order's must not
MOVES = [
    ("write the same name", lambda s, n: s.execute("res.partner", "write", [n["contact"]], {"name": "Anna"}), {"contact"}),
    ("a contact's phone", lambda s, n: s.execute("res.partner", "write", [n["contact"]], {"phone": "1"}), {"contact"}),
    ("a company is renamed", lambda s, n: s.execute("res.partner", "write", [n["partner"]], {"name": "Other GmbH"}),
     {"partner", "contact"}),
    ("a line's text", lambda s, n: s.execute("sale.order.line", "write", [n["first"]], {"name": "text"}), {"first"}),
    ("a line's quantity", lambda s, n: s.execute("sale.order.line", "write", [n["first"]], {"product_uom_qty": 3}),
     {"first", "order"}),
    ("the header", lambda s, n: s.execute("sale.order", "write", [n["order"]], {"client_order_ref": "x"}), {"order"}),
    ("a variant's code", lambda s, n: s.execute("product.product", "write", [n["product"]], {"default_code": "NEW"}),
     {"product", "template"}),
    ("a variant's cost", lambda s, n: s.execute("product.product", "write", [n["product"]], {"standard_price": 2}),
     {"product"}),
    ("a template's price", lambda s, n: s.execute("product.template", "write", [n["template"]], {"list_price": 5}),
     {"product", "template"}),
    ("confirm", lambda s, n: s.execute("sale.order", "action_confirm", [n["order"]]), {"order", "first", "second"}),
    ("deliver", lambda s, n: s.execute("stock.picking", "button_validate",
                                       s.execute("stock.picking", "search", [["sale_id", "=", n["order"]]])),
     {"order", "first", "second"}),
    ("a draft invoice", lambda s, n: s.execute("sale.advance.payment.inv", "create_invoices", [s.execute(
        "sale.advance.payment.inv", "create", {"sale_order_ids": [[6, 0, [n["order"]]]]})]), {"order", "first", "second"}),
    ("post the invoice", lambda s, n: s.execute("account.move", "action_post", invoice_of(s, n["order"])),
     {"partner", "first", "second"}),
    ("pay", lambda s, n: s.execute("account.payment.register", "action_create_payments", [s.execute(
        "account.payment.register", "create", {}, context={"active_ids": invoice_of(s, n["order"])})]), {"partner"}),
    ("archive the customer", lambda s, n: s.execute("res.partner", "action_archive", [n["partner"]]), {"partner"})]


def whose_stamp_moves(server):
    session = Session()
    rows = new_order(session)
    numbers = {name: number for name, (_, number) in rows.items()}

    def stamps():
        return {name: session.execute(model, "search_read", [["id", "=", number]], fields=["write_date"],
                                      context=ANY)[0]["write_date"]
                for name, (model, number) in rows.items()}
    for minute, (title, change, moved) in enumerate(MOVES, 1):
        server.control("clock", at=f"2026-01-01T00:{minute:02}:00", frozen=True)
        before = stamps()
        change(session, numbers)
        after = stamps()
        expect({name for name in rows if after[name] != before[name]} == moved, f"{title}: {before} -> {after}")
    server.control("clock")


def users_and_companies(server):
    session = Session()
    everything = session.execute("res.partner", "search_count", [], context=ANY)
    narrowed = session.execute("res.partner", "search_count", [], context={**ANY, "allowed_company_ids": [1]})
    expect(narrowed < everything, "a company's rows are not hidden")
    portal = server.http({"Authorization": f"bearer {server.env['ODOO_PORTAL_API_KEY']}"})
    expect(portal.call("POST", "/json/2/res.partner/search_count", {"domain": []})[1] == 1, "a portal user sees others")
    names = [session.execute("product.product", "search_read", [], fields=["name"], limit=1, order="id",
                             context={"lang": lang})[0]["name"]
             for lang in ("en_US", "de_DE")]
    expect(names[0] != names[1], f"names do not follow the language: {names}")


def older_versions(_server):
    for version, line_field, payment in ((14, "product_uom", "posted"), (18, "product_uom", "paid")):
        with Server("odoo", ODOO_VERSION=str(version)) as old:
            expect(old.http().call("POST", "/json/2/res.partner/search", {}, expected={404})[0] == 404, "JSON-2 before 19")
            session = Session()
            fields = session.execute("sale.order.line", "fields_get", attributes=["type"])
            expect(line_field in fields and "product_uom_id" not in fields, f"{version}: {sorted(fields)}")
            expect(session.execute("account.payment", "search_read", [], fields=["state"], limit=1)[0]["state"] == payment,
                   version)
    _server.start()      # the environment is this server's again


def page(_server):
    return len(Session().execute("sale.order.line", "search_read", [["write_date", ">=", "2025-01-01 00:00:00"]],
                                 fields=["order_id", "product_id", "name", "product_uom_qty", "price_unit", "write_date"],
                                 order="write_date, id", limit=200))


TESTS = {
    "JSON-RPC and its errors are as captured": rpc_as_captured,
    "JSON-2 and its errors are as captured": json2_as_captured,
    "records have the captured fields and kinds": records_as_captured,
    "fields_get says what was captured": fields_as_captured,
    "a keyset on whole seconds loses rows, the careful walk none": seconds_lose_rows,
    "a transaction becomes visible late, with the stamp of its start": late_transactions,
    "archived rows are hidden, deleted ones leave nothing": archived_and_deleted,
    "each change moves the stamps it moves in Odoo, and no others": whose_stamp_moves,
    "companies, users and languages": users_and_companies,
    "older versions lack JSON-2 and have their own field names": older_versions,
    "a kill loses nothing": survives_a_kill(
        lambda server: Session().execute("res.partner", "search_read", [], fields=["name", "write_date"], order="id",
                                         context=ANY),
        lambda server: Session().execute("res.partner", "create", {"name": "just before"})),
    "2,000 rows a second": is_quick(page),
    "a new one is there at once": starts_quickly,
    "its log stays empty": logs_nothing,
}
