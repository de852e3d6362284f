"""The sample company, the same for the same seed: partners with addresses, products, orders in every state.

Made through the same rules and buttons as users' changes, at a clock of its own in spring 2025; every seventh moment stands
still for a while, so that many rows share one second and some one microsecond.
"""

import datetime
import random

import invoicing
import rules
import workflow
from records import Env
from stub.store import Transaction

START = datetime.datetime(2025, 3, 3, 8, 0, 0)
NAMES = ["Müller & Söhne GmbH", "ООО Ромашка", "O'Neill \"Supplies\" Ltd", "Łódź Handel", "株式会社サンプル", "Étoile, SARL",
         "Gemini Furniture"]
CITIES = ["Köln", "Москва", "Dublin", "Łódź", "大阪", "Paris", "Bremen"]
NAMED = {"crm.team": {1: "Sales", 4: "Pre-Sales"}, "account.journal": {1: "Sales", 6: "Bank"},
         "account.account": {5: "Account Receivable", 26: "Product Sales"}, "crm.stage": {1: "New"},
         "ir.rule": {1: "Multi-company"}}
ROWS = {"res.company": {1: {"name": "My Company (San Francisco)", "currency_id": 1},
                        3: {"name": "My Company (Chicago)", "currency_id": 1}},
        "res.country": {57: {"name": "Germany", "code": "DE"}, 75: {"name": "France", "code": "FR"},
                        101: {"name": "Ireland", "code": "IE"}, 113: {"name": "Japan", "code": "JP"},
                        178: {"name": "Poland", "code": "PL"}, 190: {"name": "Russian Federation", "code": "RU"}},
        "res.country.state": {9: {"name": "California", "code": "CA", "country_id": 233}},
        "stock.picking.type": {1: {"name": "YourCompany: Receipts", "code": "incoming"},
                               2: {"name": "YourCompany: Delivery Orders", "code": "outgoing"}},
        "res.users": {2: {"name": "Mitchell Admin", "login": "admin"}, 5: {"name": "Feed", "login": "feed"},
                      7: {"name": "Portal", "login": "portal"}},
        "res.lang": {1: {"name": "English (US)", "code": "en_US"}, 2: {"name": "German / Deutsch", "code": "de_DE"}},
        "res.currency": {1: {"name": "USD", "symbol": "$", "rounding": 0.01, "decimal_places": 2},
                         2: {"name": "VEF", "symbol": "Bs.F", "rounding": 0.01, "decimal_places": 2, "active": False}},
        "uom.uom": {1: {"name": "Units", "name@de_DE": "Einheit(en)", "factor": 1.0, "relative_factor": 1.0},
                    2: {"name": "Pack of 6", "factor": 6.0, "relative_factor": 6.0, "relative_uom_id": 1}},
        "product.category": {1: {"complete_name": "Goods"}, 5: {"complete_name": "Furniture / Office"}},
        "stock.location": {1: {"complete_name": "Vendors", "name": "Vendors", "usage": "supplier"},
                           2: {"complete_name": "Customers", "name": "Customers", "usage": "customer"},
                           5: {"complete_name": "WH/Stock", "name": "Stock", "usage": "internal", "warehouse_id": 1},
                           27: {"complete_name": "My Co/Stock", "name": "Stock", "usage": "internal", "warehouse_id": 2}},
        "stock.warehouse": {1: {"name": "YourCompany", "code": "WH", "lot_stock_id": 5, "company_id": 1},
                            2: {"name": "My Company (Chicago)", "code": "My Co", "lot_stock_id": 27, "company_id": 3}}}
FIRST_PARTNER = 8     # those before belong to the companies and users themselves


class Seeder:
    def __init__(self, store, schema, user, seed):
        self.store, self.schema, self.user, self.rng = store, schema, user, random.Random(seed)
        self.moment = START
        self.transaction = Transaction(store, START)
        self.steps = 0

    def env(self):
        """The next moment's call, in a transaction of its own."""
        self.steps += 1
        if self.steps % 7 > 3:
            self.moment += datetime.timedelta(microseconds=self.rng.choice([0, 1, 250_000, 400_000, 90_000_000]))
        else:
            self.moment += datetime.timedelta(microseconds=self.rng.randint(1, 500_000))
        self.store.clock.frozen = self.moment
        self.transaction.end(True)
        self.transaction = Transaction(self.store)
        return Env(self.schema, self.transaction, self.user, {}, rules)

    def fixed(self):
        env = self.env()
        for model, names in NAMED.items():
            for key, name in names.items():
                self._put(env, model, key, {"name": name})
        for model, rows in ROWS.items():
            for key, row in rows.items():
                self._put(env, model, key, row)
        self.store.sequences["res.partner"] = FIRST_PARTNER
        for key, lead in enumerate(("Club Office Furnitures", "Design Software"), 1):
            env.insert("crm.lead", name=lead, type="lead", stage_id=1, probability=0.0, expected_revenue=0.0, user_id=2,
                       team_id=1,
                       won_status="pending", email_from=f"lead{key}@example.com")

    def _put(self, env, model, key, row):
        active = {"active": True} if "active" in self.schema.models[model] else {}
        self.transaction.put(model, key, {"id": key, "create_date": env.stamp, "write_date": env.stamp, **active, **row})

    def partner(self, i):
        name, city = (NAMES[i],
                      CITIES[i]) if i < len(NAMES) else (f"Customer {i} {self.rng.choice(['AG', 'Ltd', 'SA', 'BV'])}",
                                                         self.rng.choice(CITIES))
        key = self.env().create("res.partner", {
            "name": name, "is_company": True, "ref": f"C-{i}", "email": f"orders@c{i}.example",
            "phone": f"+49 221 471 {1000 + i}",
            "street": f"Hauptstraße {i + 1}", "city": city, "zip": f"{10000 + i}",
            "country_id": self.rng.choice([57, 75, 101, 178]),
            **({"company_id": 3} if i % 20 == 19 else {})})
        if i % 3 == 0:
            self.env().create("res.partner", {"name": "Lager", "type": "delivery", "parent_id": key, "street": "Rampe 1",
                                              "city": "Bremen"})
        if i % 4 == 0:
            self.env().create("res.partner", {"name": f"Anna Muster {i}", "parent_id": key, "phone": f"+49 30 99{i:04}",
                                              "email": f"anna{i}@c{i}.example"})
        if i % 15 == 14:
            self.env().write("res.partner", [key], {"active": False})
        return key

    def product(self, i):
        env = self.env()
        template = env.create("product.template", {
            "name": f"Office Chair {i}", "default_code": f"FURN_{i:04}", "list_price": self.rng.randint(199, 99999) / 100,
            "type": "service" if i % 10 == 9 else "consu", "categ_id": 5})
        env.touch("product.template", [template], **{"name@de_DE": f"Bürostuhl {i}",
                                                     "about": "Comfortable chair for daily work"})
        product, = self.transaction.children("product.product", "product_tmpl_id", template)
        env.touch("product.product", [product], standard_price=self.rng.randint(100, 999) / 10)
        if i % 10 != 9:
            env.insert("stock.quant", product_id=product, location_id=5, quantity=float(self.rng.randint(5000, 9000)),
                       reserved_quantity=0.0, in_date=env.stamp, company_id=1)
        return product

    def order(self, i, partners, products):
        lines = [[0, 0, {"product_id": self.rng.choice(products), "product_uom_qty": self.rng.randint(1, 20),
                         "discount": self.rng.choice([0, 0, 12.5])}] for _ in range(self.rng.randint(1, 4))]
        if i % 9 == 0:
            lines.append([0, 0, {"display_type": "line_note", "name": "Please deliver before noon"}])
        order = self.env().create("sale.order", {"partner_id": self.rng.choice(partners), "client_order_ref": f"PO-{i}",
                                                 "order_line": lines})
        upto = self.rng.choice([0, 1, 1, 2, 3, 4, 4])
        if upto == 0:
            return
        workflow.confirm(self.env(), [order])
        pickings = self.transaction.children("stock.picking", "sale_id", order)
        if upto >= 2 and pickings:
            workflow.validate(self.env(), pickings)
            if upto >= 3:
                self.invoice(order, paid=upto == 4)
        elif i % 5 == 0:
            workflow.cancel(self.env(), [order])

    def invoice(self, order, paid):
        env = self.env()
        wizard = env.create("sale.advance.payment.inv", {"sale_order_ids": [order]})
        move = invoicing.create_invoices(env, [wizard])["res_id"]
        invoicing.post(self.env(), [move])
        if paid:
            env = self.env()
            env.context = {"active_ids": [move]}
            invoicing.pay(env, [env.create("account.payment.register", {})])

    def scatter(self):
        """Rows written again in no order of their ids, dozens within one second: what a reader by whole seconds loses."""
        for model in ("res.partner", "sale.order.line", "stock.move", "account.move"):
            keys = sorted(key for key, _ in self.transaction.rows(model))
            for key in self.rng.sample(keys, len(keys) * 2 // 5):
                self.moment += datetime.timedelta(microseconds=self.rng.randint(1, 60_000))
                self.transaction.start = self.moment
                Env(self.schema, self.transaction, self.user, {}, rules).touch(model, [key])


def fill(store, schema, user, seed, orders):
    with store.changed:
        seeder = Seeder(store, schema, user, seed)
        seeder.fixed()
        partners = [seeder.partner(i) for i in range(max(60, orders // 10))]
        products = [seeder.product(i) for i in range(40)]
        for i in range(orders):
            seeder.order(i, partners, products)
        seeder.scatter()
        seeder.transaction.end(True)
        store.clock.set(None, False)
