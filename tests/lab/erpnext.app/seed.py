"""The sample site, the same for the same seed: customers with contacts and addresses, items, orders in every state.

Made through the same rules as users' changes, at a clock of its own in spring 2025, with moments that many rows share.
"""

import datetime
import random

import drafts
import selling
from documents import Site
from schema import DOCTYPES
from stub.store import Transaction

START = datetime.datetime(2025, 3, 3, 8, 0, 0)
SPECIAL = {3: "Müller & Söhne GmbH", 5: "ООО Ромашка", 7: "O'Neill / Supplies #7 Ltd", 9: "100 % Łódź", 11: "株式会社サンプル"}


class Seeder:
    def __init__(self, store, zone, seed):
        self.store, self.zone, self.rng = store, zone, random.Random(seed)
        self.moment, self.steps = START, 0
        self.transaction = Transaction(store)

    def site(self):
        """The next save; runs of them share one microsecond, as after an import."""
        self.steps += 1
        if self.steps % 40 < 25:
            self.moment += datetime.timedelta(microseconds=self.rng.randint(1, 900_000))
        self.transaction.end(True)
        self.transaction = Transaction(self.store, self.moment)
        return Site(self.transaction, "sync@example.com", self.zone, selling)

    def customer(self, i):
        name = SPECIAL.get(i, f"Customer {i} GmbH")
        self.site().insert("Customer", {"customer_name": name, "tax_id": f"DE{100000000 + i}",
                                        "disabled": int(i % 15 == 14)})
        link = [{"link_doctype": "Customer", "link_name": name, "link_title": name}]
        if i % 2 == 0:
            contact = self.site().insert("Contact", {
                "first_name": "Anna", "last_name": "Muster", "links": link,
                "email_ids": [{"email_id": f"anna{i}@c{i}.example", "is_primary": 1}],
                "phone_nos": [{"phone": f"+49 30 99{i:04}", "is_primary_phone": 1}]})
            address = self.site().insert("Address", {"address_title": name, "address_type": "Shipping",
                                                     "address_line1": f"Ringstr. {i}", "city": "Bonn",
                                                     "pincode": "53111", "country": "Germany", "is_shipping_address": 1,
                                                     "links": link})
            self.site().touch("Customer", name, customer_primary_contact=contact, customer_primary_address=address,
                              email_id=f"anna{i}@c{i}.example")
        return name

    def item(self, i):
        code = self.site().insert("Item", {"item_code": f"SKU-{i:03}", "item_name": f"Widget {i}", "item_group": "Products",
                                           "standard_rate": self.rng.randint(100, 9999) / 100, "valuation_rate": 30.0})
        self.site().insert("Item Price", {"item_code": code, "item_name": f"Widget {i}",
                                          "price_list_rate": self.rng.randint(100, 9999) / 100})
        self.site().insert("Bin", {"item_code": code, "warehouse": drafts.STORE, "actual_qty": 10000.0,
                                   "projected_qty": 10000.0,
                                   "stock_uom": "Nos", "valuation_rate": 30.0, "stock_value": 300000.0})
        return code

    def order(self, i, customers, items):
        name = self.site().insert("Sales Order", {
            "customer": self.rng.choice(customers), "delivery_date": "2025-04-01", "po_no": f"PO-{i}" if i % 3 else None,
            "items": [{"item_code": self.rng.choice(items), "qty": self.rng.randint(1, 20)}
                      for _ in range(self.rng.randint(1, 4))]})
        steps = self.rng.choice([0, 1, 1, 2, 3, 4, 4])
        if steps == 0:
            return
        selling.submit(self.site(), "Sales Order", name)
        if steps == 1 and i % 5 == 0:
            selling.cancel(self.site(), "Sales Order", name)
        if steps >= 2:
            self.follow(drafts.make_delivery_note(self.site(), name))
        if steps >= 3:
            invoice = self.follow(drafts.make_sales_invoice(self.site(), name))
            if steps >= 4:
                payment = drafts.get_payment_entry(self.site(), "Sales Invoice", invoice)
                self.follow({**payment, "reference_no": f"BANK-{i}", "reference_date": payment["posting_date"]})

    def follow(self, document):
        name = self.site().insert(document["doctype"], document)
        selling.submit(self.site(), document["doctype"], name)
        return name


def fill(store, zone, seed, orders):
    with store.changed:
        seeder = Seeder(store, zone, seed)
        for doctype, name in (("Company", "Lab Works"), ("Warehouse", drafts.STORE)):
            site = seeder.site()
            site.put(doctype, {**DOCTYPES[doctype], "name": name, "creation": site.stamp, "modified": site.stamp})
        for country, code in (("Germany", "de"), ("Poland", "pl")):
            seeder.site().insert("Country", {"country_name": country, "code": code})
        customers = [seeder.customer(i) for i in range(1, max(30, orders // 10) + 1)]
        items = [seeder.item(i) for i in range(1, 41)]
        for i in range(orders):
            seeder.order(i, customers, items)
        seeder.site().insert("Quotation", {"party_name": customers[0], "valid_till": "2025-04-30", "grand_total": 10.0})
        seeder.transaction.end(True)
