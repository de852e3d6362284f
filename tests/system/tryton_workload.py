"""Users of a real Tryton (tests/lab/tryton), over its RPC as the administrator, who may press every button."""

import base64
import os

from erp_workload import ErpSource, Http, Session as AnySession, failure

CONTEXT = {"company": 1, "language": "en"}
CLASHES = 20
CLASH = ("could not serialize access", "could not obtain lock on row")
SHIPPING = ("assign_try", "pick", "pack", "done")
STAMPS = ["create_date", "write_date"]
TRUTH = {"customer": ("party.party", ["name", "code", "active", "contact_mechanisms.value", *STAMPS]),
         "product": ("product.product", ["code", "template.name", "list_price", *STAMPS]),
         "sales_order": ("sale.sale", ["number", "state", "shipment_state", "invoice_state", "party", "untaxed_amount",
                                       *STAMPS]),
         "sales_order_line": ("sale.line", ["sale", "product.code", "quantity", "unit_price", *STAMPS]),
         "shipment": ("stock.shipment.out", ["number", "state", "customer", *STAMPS]),
         "invoice": ("account.invoice", ["number", "state", "party", "total_amount", "amount_to_pay", *STAMPS])}


def decimal(text):
    return {"__class__": "Decimal", "decimal": text}


def logged_in(user, password):
    """The header of a new session; Basic would have the server check the password with every call, half a second of its CPU."""
    body = {"id": 1, "method": "common.db.login", "params": [user, {"password": password}]}
    number, key = Http(os.environ["TRYTON_URL"], {}).call("POST", "/", body)[1]["result"]
    return "Session " + base64.b64encode(f"{user}:{number}:{key}".encode()).decode()


class Session(AnySession):
    def __init__(self):
        secret = logged_in(os.environ["TRYTON_ADMIN_USER"], os.environ["TRYTON_ADMIN_PASSWORD"])
        self.http = Http(os.environ["TRYTON_URL"], {"Authorization": secret})

    def call(self, method, *params, **context):
        """Answers the warnings a user would click away, and presses again where somebody else was at the same rows: then the
        server has rolled everything back, and says so after retries of its own."""
        clashes = 0
        while True:
            answer = self.http.call("POST", "/", {"id": 1, "method": method, "params": [*params, {**CONTEXT, **context}]})[1]
            error = answer.get("error")
            if error is None:
                return answer["result"]
            if error[0].startswith(CLASH) and clashes < CLASHES:
                clashes += 1
                continue
            if error[0] != "UserWarning":
                raise failure(f"{method}: {error[:2]}")
            warned, *_ = error[1]
            self.call("model.res.user.warning.create", [{"user": 1, "name": warned, "always": False}])

    def model(self, model, method, *params, **context):
        return self.call(f"model.{model}.{method}", *params, **context)

    def read(self, model, key, *fields):
        return self.model(model, "read", [key], list(fields))[0]


class TrytonSource(ErpSource):
    name = "tryton"
    # what is confirmed is processed at once, and cannot be cancelled any more
    moves = {"draft": ["confirm", "confirm", "cancel", "delete"], "confirmed": ["deliver"], "delivered": ["invoice"],
             "invoiced": ["pay"],
             "cancelled": ["delete"]}

    def connect(self):
        return Session()

    def read_products(self, session):
        rows = session.model("product.product", "search_read", [["salable", "=", True]], 0, None, [["id", "ASC"]],
                             ["template.default_uom"])
        self.terms, = session.model("account.invoice.payment_term", "search", [], 0, 1, [["id", "ASC"]])
        self.method, = session.model("account.invoice.payment.method", "search", [], 0, 1, [["id", "ASC"]])
        return [(row["id"], row["template."]["default_uom"]) for row in rows]

    def create_customer(self, session, name):
        return session.model("party.party", "create", [{
            "name": name, "addresses": [["create", [{"street": "Street 1", "city": "Köln"}]]],
            "contact_mechanisms": [["create", [{"type": "phone", "value": "+49 30 100000"}]]]}])[0]

    def rename_customer(self, session, key, name):
        session.model("party.party", "write", [key], {"name": name})

    def change_phone(self, session, key, phone):
        mechanism = session.read("party.party", key, "contact_mechanisms")["contact_mechanisms"][0]
        session.model("party.contact_mechanism", "write", [mechanism], {"value": phone})

    def archive_customer(self, session, key):
        session.model("party.party", "write", [key], {"active": False})

    def create_order(self, session, customer, lines):
        address = session.read("party.party", customer, "addresses")["addresses"][0]
        return session.model("sale.sale", "create", [{
            "company": 1, "party": customer, "invoice_address": address, "shipment_address": address,
            "payment_term": self.terms,
            "invoice_method": "order", "lines": [["create", [
                {"product": product, "unit": unit, "quantity": float(quantity), "unit_price": decimal("10.2500")}
                for (product, unit), quantity in lines]]]}])[0]

    def confirm(self, session, key):
        session.model("sale.sale", "quote", [key])
        session.model("sale.sale", "confirm", [key])

    def deliver(self, session, key):
        for shipment in session.read("sale.sale", key, "shipments")["shipments"]:
            for button in SHIPPING:
                session.model("stock.shipment.out", button, [shipment])

    def invoice(self, session, key):
        session.model("account.invoice", "post", session.read("sale.sale", key, "invoices")["invoices"])

    def pay(self, session, key):
        for invoice in session.read("sale.sale", key, "invoices")["invoices"]:
            about = {"active_model": "account.invoice", "active_id": invoice, "active_ids": [invoice]}
            wizard, start, _ = session.call("wizard.account.invoice.pay.create", **about)
            asked = session.call("wizard.account.invoice.pay.execute", wizard, {}, start, **about)["view"]["defaults"]
            plain = {field: value for field,
                     value in asked.items() if not field.endswith(".")}     # names of what others point to
            session.call("wizard.account.invoice.pay.execute", wizard, {"start": {"description": None, **plain,
                                                                                  "payment_method": self.method}}, "choice",
                         **about)

    def cancel(self, session, key):
        session.model("sale.sale", "cancel", [key])

    def delete(self, session, key):
        if session.read("sale.sale", key, "state")["state"] != "cancelled":
            self.cancel(session, key)
        session.model("sale.sale", "delete", [key])

    def truth(self, session):
        """entity -> id -> fields, archived rows too."""
        return {entity: {row["id"]: row for row in session.model(model, "search_read", [], 0, None, [["id", "ASC"]], fields,
                                                                 active_test=False)}
                for entity, (model, fields) in TRUTH.items()}
