"""What the models of a version are: fields as Odoo 19's fields_get gave them (odoo.captures), and what differs before.

The differences before 19 are from public sources and common knowledge, not captured; the captures hold for 19 alone.
"""

import json
import os
from typing import NamedTuple

CAPTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "odoo.captures")
VERSIONS = range(14, 20)

STAMPS = {"create_date": {"type": "datetime", "store": True, "readonly": True, "required": False, "string": "Created on"},
          "write_date": {"type": "datetime", "store": True, "readonly": True, "required": False,
                         "string": "Last Updated on"}}


def field(kind, string, store=True, **more):
    return {"readonly": not store, "required": False, "store": store, "string": string, "type": kind, **more}


# Models that fields of the captured ones point to, and wizards: what a caller needs of them.
NAMED = ["res.country", "res.country.state", "res.partner.category", "crm.team", "crm.stage", "crm.lost.reason",
         "account.tax",
         "account.account", "account.journal", "account.payment.term", "product.pricelist", "stock.picking.type",
         "stock.lot",
         "stock.package", "res.lang", "ir.rule"]
MORE = {
    "res.users": {"name": field("char", "Name"), "login": field("char", "Login"), "active": field("boolean", "Active"),
                  "company_id": field("many2one", "Company", relation="res.company")},
    "res.company": {"name": field("char", "Company Name"), "currency_id": field("many2one", "Currency",
                                                                                relation="res.currency")},
    "res.country": {"code": field("char", "Country Code")},
    "res.country.state": {"code": field("char", "State Code"), "country_id": field("many2one", "Country",
                                                                                   relation="res.country")},
    "stock.picking.type": {"code": field("selection", "Type of Operation")},
    "res.lang": {"code": field("char", "Locale Code"), "active": field("boolean", "Active")},
    "res.partner": {"child_ids": field("one2many", "Contact", relation="res.partner"),
                    "company_id": field("many2one", "Company", relation="res.company"),
                    "email_normalized": field("char", "Normalized Email"),
                    "phone_sanitized": field("char", "Sanitized Number")},
    "product.template": {"active": field("boolean", "Active"), "type": field("selection", "Product Type"),
                         "is_storable": field("boolean", "Track Inventory"),
                         "uom_id": field("many2one", "Unit", relation="uom.uom"),
                         "categ_id": field("many2one", "Product Category", relation="product.category"),
                         "sale_ok": field("boolean", "Sales")},
    "stock.quant": {"inventory_quantity": field("float", "Counted Quantity")},
    "sale.advance.payment.inv": {"advance_payment_method": field("selection", "Create Invoice"),
                                 "sale_order_ids": field("many2many", "Sales Orders", relation="sale.order")},
    "account.payment.register": {"amount": field("monetary", "Amount"), "payment_date": field("date", "Payment Date")},
    "account.move.reversal": {"move_ids": field("many2many", "Journal Entries", relation="account.move"),
                              "reason": field("char", "Reason"),
                              "journal_id": field("many2one", "Journal", relation="account.journal")},
}
TITLES = {"ir.rule": "Record Rule", "res.partner": "Contact", "sale.order": "Sales Order", "account.move": "Journal Entry",
          "account.payment": "Payments", "stock.quant": "Quants", "stock.picking": "Transfer"}

# one2many fields: the child's field that points back
INVERSE = {("sale.order", "order_line"): ("sale.order.line", "order_id"),
           ("sale.order", "picking_ids"): ("stock.picking", "sale_id"),
           ("stock.picking", "move_ids"): ("stock.move", "picking_id"),
           ("sale.order.line", "move_ids"): ("stock.move", "sale_line_id"),
           ("account.move", "invoice_line_ids"): ("account.move.line", "move_id"),
           ("product.template", "product_variant_ids"): ("product.product", "product_tmpl_id"),
           ("res.partner", "child_ids"): ("res.partner", "parent_id")}
# product.product shows what its template holds
RELATED = {("product.product", name): ("product_tmpl_id", name)
           for name in ("name", "list_price", "uom_id", "categ_id", "type", "is_storable", "sale_ok", "taxes_id")}

ORDER = {"res.partner": "complete_name, id desc", "sale.order": "date_order desc, id desc",
         "sale.order.line": "order_id, sequence, id", "account.move": "date desc, name desc, invoice_date desc, id desc",
         "product.product": "default_code, id", "stock.picking": "priority desc, scheduled_date, id desc"}


class Rename(NamedTuple):
    model: str
    now: str
    before: str
    since: int       # the version that brought the name it has now


RENAMES = [Rename("sale.order.line", "tax_ids", "tax_id", 19), Rename("sale.order.line", "product_uom_id", "product_uom",
                                                                      19),
           Rename("account.payment", "memo", "ref", 18), Rename("stock.move", "quantity", "quantity_done", 17)]
# (model, field): the version that brought it
SINCE = {("stock.move", "picked"): 17, ("sale.order", "locked"): 17, ("sale.order", "delivery_status"): 16,
         ("product.product", "is_storable"): 18, ("product.template", "is_storable"): 18,
         ("account.payment", "invoice_ids"): 18,
         ("crm.lead", "won_status"): 17, ("purchase.order", "receipt_status"): 16}
# (model, field): the last version that had it
UNTIL = {("res.partner", "mobile"): (18, field("char", "Mobile")), ("stock.move",
                                                                    "name"): (18, field("char", "Description"))}


class Schema:
    """model -> field name -> what fields_get says of it, for one version."""

    def __init__(self, version):
        self.version, self.models, self.stored_as = version, {}, {}
        with open(os.path.join(CAPTURES, "fields.json"), encoding="utf-8") as file:
            captured = json.load(file)
        for name in NAMED:
            self.models[name] = {"name": field("char", "Name")}
        for name, fields in [*captured.items(), *MORE.items()]:
            self.models.setdefault(name, {}).update(fields)
        self._of_version()
        for name, fields in self.models.items():
            fields["id"] = field("integer", "ID", readonly=True)
            fields.setdefault("display_name", field("char", "Display Name", store=False))
            for stamp, says in STAMPS.items():
                fields.setdefault(stamp, says)
        for (model, name), (_, back) in INVERSE.items():
            if name in self.models[model]:
                self.models[model][name] = {**self.models[model][name], "relation_field": back}

    def _of_version(self):
        for (model, name), since in SINCE.items():
            if self.version < since:
                self.models[model].pop(name, None)
        for (model, name), (until, says) in UNTIL.items():
            if self.version <= until:
                self.models[model][name] = says
        for rename in RENAMES:
            if self.version < rename.since:
                fields = self.models[rename.model]
                fields[rename.before] = fields.pop(rename.now)
                self.stored_as[rename.model, rename.before] = rename.now

    def column(self, model, name):
        """The name under which rows hold a field: the newest version's."""
        return self.stored_as.get((model, name), name)


def tables():
    return list(dict.fromkeys(Schema(19).models))


def indexes():
    return list(dict.fromkeys(INVERSE.values())) + [("stock.quant", "product_id")]
