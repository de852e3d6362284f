"""What Odoo's rows should have become, derived from docs/events.md and the connector's README, and what a consumer holds.

Both as plain dictionaries that can be compared: entity -> key -> facts.
"""

from decimal import Decimal

from odoo_workload import EVERYTHING


def money(amount, currency="USD"):
    return None if amount is None else {"amount": Decimal(str(amount)), "currency": currency}


def shown_money(value):
    return None if value is None else {"amount": Decimal(value["amount"]), "currency": value["currency"]}


def digits(number):
    return "".join(c for c in number if c.isdigit())


class Truth:
    """What the server holds, read back whole by its administrator."""

    def __init__(self, session):
        self.session = session
        self.partners = self.rows("res.partner", ["name", "is_company", "parent_id", "commercial_partner_id", "phone",
                                                  "email", "active", "ref", "type", "street", "city"])

    def rows(self, model, fields, domain=()):
        found = self.session.execute(model, "search_read", list(domain), fields=fields, order="id", load="",
                                     context=EVERYTHING)
        return {row["id"]: row for row in found}

    def customer(self):
        return {key: self._customer(row) for key, row in self.partners.items() if row["is_company"] or not row["parent_id"]}

    def _customer(self, row):
        people = [person for person in self.partners.values()
                  if person["commercial_partner_id"] == row["id"] != person["id"] and person["active"]]
        return {"name": row["name"], "type": "organisation" if row["is_company"] else "person", "number": row["ref"] or None,
                "status": "active" if row["active"] else "inactive",
                "phones": sorted({digits(one["phone"]) for one in [row, *people] if one["phone"]}),
                "emails": sorted({one["email"] for one in [row, *people] if one["email"]}),
                "cities": sorted({one["city"] for one in [row, *people] if one["city"]})}

    def product(self):
        rows = self.rows("product.product", ["default_code", "name", "lst_price", "standard_price", "active"])
        return {key: {"sku": row["default_code"] or str(key), "name": row["name"], "price": money(row["lst_price"]),
                      "cost": money(row["standard_price"]), "status": "active" if row["active"] else "inactive"}
                for key, row in rows.items()}

    def of(self, partner):
        return self.partners[partner]["commercial_partner_id"] if partner else None

    def sales_order(self):
        lines = self.rows("sale.order.line", ["order_id", "product_id", "product_uom_qty", "price_unit", "price_subtotal",
                                              "display_type", "qty_delivered", "qty_invoiced"])
        orders = self.rows("sale.order", ["name", "state", "partner_id", "delivery_status", "invoice_status",
                                          "amount_total", "client_order_ref"])
        return {key: {"number": row["name"], "customer": self.of(row["partner_id"]), "status": order_status(row),
                      "total": money(row["amount_total"]),
                      "lines": {str(line["id"]): (line["product_id"], Decimal(str(line["product_uom_qty"])),
                                                  money(line["price_unit"]), money(line["price_subtotal"]),
                                                  Decimal(str(line["qty_delivered"])), Decimal(str(line["qty_invoiced"])))
                                for line in lines.values() if line["order_id"] == key and not line["display_type"]}}
                for key, row in orders.items()}

    def shipment(self):
        orders = self.rows("sale.order", ["name"])
        moves = self.rows("stock.move", ["picking_id", "product_id", "product_uom_qty", "quantity", "state"])
        pickings = self.rows("stock.picking", ["name", "state", "sale_id", "partner_id", "date_done"],
                             [["picking_type_code", "=", "outgoing"]])
        states = {"assigned": "picking", "done": "shipped", "cancel": "cancelled"}
        return {key: {"number": row["name"], "status": states.get(row["state"], "draft"), "order": row["sale_id"] if row["sale_id"] in orders else None,
                      "customer": self.of(row["partner_id"]),
                      "shipped_at": row["date_done"] and row["date_done"].replace(" ", "T") + "Z" or None,
                      "lines": {str(move["id"]): (move["product_id"], Decimal(str(
                          move["quantity"] if move["state"] == "done" else move["product_uom_qty"])))
                          for move in moves.values() if move["picking_id"] == key}}
                for key, row in pickings.items()}

    def invoice(self):
        orders = {row["name"]: key for key, row in self.rows("sale.order", ["name"]).items()}
        moves = self.rows("account.move", ["name", "move_type", "state", "payment_state", "partner_id", "amount_total",
                                           "amount_residual", "invoice_origin", "invoice_date"],
                          [["move_type", "in", ["out_invoice", "out_refund"]]])
        return {key: {"number": row["name"] or f"* {key}", "customer": self.of(row["partner_id"]),
                      "order": orders.get(row["invoice_origin"]), "status": invoice_status(row),
                      "issued_on": row["invoice_date"] or None,
                      "total": money(signed(row, "amount_total")), "open": money(signed(row, "amount_residual"))}
                for key, row in moves.items()}

    def payment(self):
        rows = self.rows("account.payment", ["name", "partner_id", "amount", "date", "invoice_ids"])
        return {key: {"number": row["name"], "customer": self.of(row["partner_id"]), "amount": money(row["amount"]),
                      "paid_on": row["date"], "invoices": sorted(row["invoice_ids"])} for key, row in rows.items()}

    def stock_level(self):
        rows = self.rows("stock.quant", ["product_id", "quantity", "reserved_quantity"],
                         [["location_id", "in", [5, 27]]])
        # by what stays: Odoo gives the next goods of an empty place another row
        return {row["product_id"]: {"location": "WH/Stock", "on_hand": Decimal(str(row["quantity"])),
                                    "reserved": Decimal(str(row["reserved_quantity"]))} for row in rows.values()}


def order_status(row):
    if row["state"] != "sale":
        return {"draft": "draft", "sent": "open", "cancel": "cancelled"}[row["state"]]
    if row["delivery_status"] == "full":
        return "completed" if row["invoice_status"] == "invoiced" else "delivered"
    return {"partial": "shipped", "started": "picking"}.get(row["delivery_status"], "confirmed")


def signed(row, field):
    """A credit note's amounts are negative."""
    return -row[field] if row["move_type"] == "out_refund" else row[field]


def invoice_status(row):
    if row["state"] != "posted":
        return {"draft": "draft", "cancel": "cancelled"}[row["state"]]
    return "paid" if row["payment_state"] in ("paid", "in_payment", "reversed") else "open"


class Shown:
    """The same of what a consumer holds."""

    def __init__(self, entities):
        self.entities = entities

    def key(self, identity):
        """Of the row that the entity was made of; of one that was never seen its id."""
        key = self.entities.keys.get(identity)
        return identity if key is None else int(key)

    def customer(self, after):
        return {"name": after["name"], "type": after["type"], "number": after.get("number"), "status": after["status"],
                "phones": sorted({digits(one["number"]) for one in after.get("phones", ())}),
                "emails": sorted({one["address"] for one in after.get("emails", ())}),
                "cities": sorted({one["city"] for one in after.get("addresses", ()) if "city" in one})}

    def product(self, after):
        return {"sku": after["sku"], "name": after["name"], "price": shown_money(after["price"]),
                "cost": shown_money(after["cost"]), "status": after["status"]}

    def sales_order(self, after):
        return {"number": after["number"], "customer": self.key(after.get("customer_id")), "status": after["status"],
                "total": shown_money(after["total"]),
                "lines": {line["number"]: (self.key(line["product_id"]), Decimal(line["quantity"]),
                                           shown_money(line["price"]), shown_money(line["net"]),
                                           Decimal(line["attributes"]["delivered"]),
                                           Decimal(line["attributes"]["invoiced"])) for line in after.get("lines", ())}}

    def shipment(self, after):
        # a delivery outlives its order, and may be seen by who never saw that
        order = after.get("order_id")
        return {"number": after["number"], "status": after["status"],
                "order": self.key(order) if order in self.entities.last["sales_order"] else None,
                "customer": self.key(after.get("customer_id")), "shipped_at": after.get("shipped_at"),
                "lines": {line["number"]: (self.key(line["product_id"]), Decimal(line["quantity"]))
                          for line in after.get("lines", ())}}

    def invoice(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]),
                "order": self.key(after.get("order_id")), "status": after["status"], "issued_on": after.get("issued_on"),
                "total": shown_money(after["total"]), "open": shown_money(after["open"])}

    def payment(self, after):
        return {"number": after["number"], "customer": self.key(after["customer_id"]),
                "amount": shown_money(after["amount"]), "paid_on": after["paid_on"],
                "invoices": sorted(self.key(one["invoice_id"]) for one in after.get("allocations", ()))}

    def stock_level(self, after):
        return {"location": after["location"],
                "on_hand": Decimal(after["on_hand"]), "reserved": Decimal(after["reserved"])}


def held_by(entities):
    shown = Shown(entities)
    return {entity: {shown.key(after["product_id"] if entity == "stock_level" else identity): getattr(shown, entity)(after)
                     for identity, after in rows.items()} for entity, rows in entities.last.items()}


def truth_of(session, entities):
    truth = Truth(session)
    return {entity: getattr(truth, entity)() for entity in entities}
