"""Users of ERPNext (tests/lab/erpnext), over its REST API with an API key."""

import json
import os

from erp_workload import ErpSource, Http, StubSession

MAKE = "erpnext.selling.doctype.sales_order.sales_order.make_"
PAYMENT = "erpnext.accounts.doctype.payment_entry.payment_entry.get_payment_entry"
TRUTH = {"customer": "Customer", "sales_order": "Sales Order", "shipment": "Delivery Note", "invoice": "Sales Invoice",
         "payment": "Payment Entry", "stock_level": "Bin", "contact": "Contact"}


class Session(StubSession):
    def __init__(self):
        secret = f"token {os.environ['ERPNEXT_KEY']}:{os.environ['ERPNEXT_SECRET']}"
        super().__init__(Http(os.environ["ERPNEXT_URL"], {"Authorization": secret}))

    def resource(self, method, path, body=None, query=None):
        query = query and {k: v if isinstance(v, (str, int)) else json.dumps(v) for k, v in query.items()}
        return self.http.call(method, f"/api/resource/{path}", body, query, self.held)[1]["data"]

    def method(self, name, /, **arguments):
        answer = self.http.call("POST", f"/api/method/{name}", arguments, headers=self.held)[1]
        return answer.get("message")

    def submit_new(self, document):
        return self.method("frappe.client.submit", doc=document)["name"]


class ErpnextSource(ErpSource):
    """`customer_name` carries the rev; the document's name stays what it was at the start."""

    name = "erpnext"
    can_hold = True

    def connect(self):
        return Session()

    def read_products(self, session):
        return [row["name"] for row in session.resource("GET", "Item", query={"limit_page_length": 0,
                                                                              "order_by": "name asc"})]

    def create_customer(self, session, name):
        key = session.resource("POST", "Customer", {"customer_name": name})["name"]
        session.resource("POST", "Contact", {
            "first_name": "Anna", "phone_nos": [{"phone": "+49 30 100", "is_primary_phone": 1}],
            "links": [{"link_doctype": "Customer", "link_name": key, "link_title": name}]})
        return key

    def rename_customer(self, session, key, name):
        session.resource("PUT", f"Customer/{key}", {"customer_name": name})

    def change_phone(self, session, key, phone):
        contact = session.resource("GET", f"Contact/Anna-{key}")
        session.resource("PUT", f"Contact/{contact['name']}", {"phone_nos": [{**contact["phone_nos"][0], "phone": phone}]})

    def archive_customer(self, session, key):
        session.resource("PUT", f"Customer/{key}", {"disabled": 1})

    def create_order(self, session, customer, lines):
        """Names come back after a deletion: the identity is the name with its creation."""
        order = session.resource("POST", "Sales Order", {"customer": customer, "delivery_date": "2030-01-01", "items": [
            {"item_code": product, "qty": quantity} for product, quantity in lines]})
        return order["name"], order["creation"]

    def confirm(self, session, key):
        session.method("frappe.client.submit", doc={"doctype": "Sales Order", "name": key[0]})

    def deliver(self, session, key):
        session.submit_new(session.method(f"{MAKE}delivery_note", source_name=key[0]))

    def invoice(self, session, key):
        session.submit_new(session.method(f"{MAKE}sales_invoice", source_name=key[0]))

    def pay(self, session, key):
        lines = session.method("frappe.client.get_list", doctype="Sales Invoice Item", parent="Sales Invoice",
                               fields=["parent"],
                               filters=[["sales_order", "=", key[0]], ["docstatus", "=", 1]], limit_page_length=1)
        session.submit_new(session.method(PAYMENT, dt="Sales Invoice", dn=lines[0]["parent"]))

    def cancel(self, session, key):
        order = session.resource("GET", f"Sales Order/{key[0]}")
        if order["docstatus"] == 0:      # a draft is submitted first: only what is submitted can be cancelled
            self.confirm(session, key)
        session.method("frappe.client.cancel", doctype="Sales Order", name=key[0])

    def delete(self, session, key):
        session.resource("DELETE", f"Sales Order/{key[0]}")

    def truth(self, session):
        """entity -> name -> fields; orders under (name, creation), lines with them."""
        found = {}
        for entity, doctype in TRUTH.items():
            rows = session.resource("GET", doctype, query={"fields": ["*"], "limit_page_length": 0})
            found[entity] = {(row["name"], row["creation"]) if entity == "sales_order" else row["name"]: row for row in rows}
            if entity == "customer":
                for row in rows:
                    row["name"], row["key"] = row["customer_name"], row["name"]
        lines = session.method("frappe.client.get_list", doctype="Sales Order Item", parent="Sales Order", fields=["*"],
                               limit_page_length=0)
        found["sales_order_line"] = {row["name"]: row for row in lines}
        return found
