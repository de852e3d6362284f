"""Users of Odoo (tests/lab/odoo), over JSON-RPC with an administrator's password."""

import os

from erp_workload import ErpSource, Http, StubSession, failure

EVERYTHING = {"active_test": False}
TRUTH = {"customer": ("res.partner", ["name", "phone", "active", "is_company", "parent_id", "ref"]),
         "sales_order": ("sale.order", ["name", "state", "partner_id", "delivery_status", "invoice_status", "amount_total",
                                        "client_order_ref"]),
         "sales_order_line": ("sale.order.line", ["order_id", "product_id", "product_uom_qty", "qty_delivered",
                                                  "qty_invoiced", "price_total"]),
         "shipment": ("stock.picking", ["name", "state", "sale_id"]),
         "invoice": ("account.move", ["name", "move_type", "state", "payment_state", "partner_id", "amount_total",
                                      "amount_residual"]),
         "payment": ("account.payment", ["name", "state", "partner_id", "amount", "invoice_ids"]),
         "stock_level": ("stock.quant", ["product_id", "location_id", "quantity", "reserved_quantity"])}


class Session(StubSession):
    def __init__(self):
        super().__init__(Http(os.environ["ODOO_URL"], {}))
        self.who = [os.environ["ODOO_DATABASE"], 2, os.environ["ODOO_ADMIN_PASSWORD"]]

    def execute(self, model, method, *args, **named):
        body = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": {
            "service": "object", "method": "execute_kw", "args": [*self.who, model, method, list(args), named]}}
        answer = self.http.call("POST", "/jsonrpc", body, headers=self.held)[1]
        if "error" in answer:
            raise failure(f"{model}.{method}: {answer['error']['data']['name']}: {answer['error']['data']['message']}")
        return answer.get("result")


def revision(name):
    """The R of `row N rev R`, in a field of its own as well: what a ledger's mapping reads."""
    return name.rsplit(" ", 1)[1]


class OdooSource(ErpSource):
    name = "odoo"
    can_hold = True

    def connect(self):
        return Session()

    def read_products(self, session):
        return session.execute("product.product", "search", [["type", "=", "consu"]], order="id")

    def create_customer(self, session, name):
        return session.execute("res.partner", "create", {"name": name, "is_company": True, "phone": "+49 30 100",
                                                         "ref": revision(name)})

    def rename_customer(self, session, key, name):
        session.execute("res.partner", "write", [key], {"name": name, "ref": revision(name)})

    def change_phone(self, session, key, phone):
        session.execute("res.partner", "write", [key], {"phone": phone})

    def archive_customer(self, session, key):
        session.execute("res.partner", "action_archive", [key])

    def create_order(self, session, customer, lines):
        return session.execute("sale.order", "create", {"partner_id": customer, "order_line": [
            [0, 0, {"product_id": product, "product_uom_qty": quantity}] for product, quantity in lines]})

    def confirm(self, session, key):
        session.execute("sale.order", "action_confirm", [key])

    def deliver(self, session, key):
        pickings = session.execute("stock.picking", "search", [["sale_id", "=", key], ["state", "=", "assigned"]])
        session.execute("stock.picking", "button_validate", pickings, context={"skip_backorder": True})

    def invoice(self, session, key):
        wizard = session.execute("sale.advance.payment.inv", "create", {"sale_order_ids": [[6, 0, [key]]]})
        invoice = session.execute("sale.advance.payment.inv", "create_invoices", [wizard])["res_id"]
        session.execute("account.move", "action_post", [invoice])

    def pay(self, session, key):
        invoices = session.execute("sale.order", "read", [key], ["invoice_ids"])[0]["invoice_ids"]
        wizard = session.execute("account.payment.register", "create", {},
                                 context={"active_model": "account.move", "active_ids": invoices})
        session.execute("account.payment.register", "action_create_payments", [wizard])

    def cancel(self, session, key):
        session.execute("sale.order", "action_cancel", [key])

    def delete(self, session, key):
        session.execute("sale.order", "unlink", [key])

    def truth(self, session):
        """entity -> id -> fields, archived rows too."""
        return {entity: {row["id"]: row for row in session.execute(model, "search_read", [], fields=fields, order="id",
                                                                   context=EVERYTHING)}
                for entity, (model, fields) in TRUTH.items()}
