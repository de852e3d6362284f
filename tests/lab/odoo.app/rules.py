"""What follows from creating, writing and deleting: defaults, totals, and whose write_date moves with whose."""

import datetime

import failures

ADDRESS = {"street", "street2", "city", "zip", "state_id", "country_id", "vat", "name"}
TEMPLATE = {"name", "list_price", "uom_id", "categ_id", "type", "is_storable", "sale_ok", "taxes_id"}
PRICED = {"product_uom_qty", "price_unit", "discount", "product_id"}


def day(env, after=0):
    return (env.transaction.start + datetime.timedelta(days=after)).date().isoformat()


def number(env, sequence, form):
    return form.format(env.transaction.number(sequence))


# defaults

def defaults(env, model, values):
    return DEFAULTS[model](env, values) if model in DEFAULTS else values


def _required(model, values, names):
    for name, title in names.items():
        if not values.get(name):
            raise failures.Failure("odoo.exceptions.ValidationError", 422,
                                   "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n\n"
                                   f"Model: {model}\nField: {title} ({name})")


def _linked(env, relation, key):
    if env.row(relation, key) is None:
        raise failures.missing(relation, key, env.user.number)


def _partner(env, values):
    _required("res.partner", values, {} if values.get("type") in ("invoice", "delivery", "other") else {"name": "Name"})
    return {"type": "contact", "is_company": False, "lang": env.lang, "customer_rank": 0, "supplier_rank": 0,
            "credit_limit": 0.0,
            "category_id": [], **values}


def _address(env, partner, kind):
    for key in env.transaction.children("res.partner", "parent_id", partner):
        if env.row("res.partner", key)["type"] == kind:
            return key
    return partner


def _order(env, values):
    _required("sale.order", values, {"partner_id": "Customer"})
    partner = values["partner_id"]
    _linked(env, "res.partner", partner)
    return {"name": number(env, "order name", "S{:05}"), "state": "draft", "date_order": env.stamp,
            "validity_date": day(env, 30),
            "partner_invoice_id": _address(env, partner, "invoice"), "partner_shipping_id": _address(env, partner,
                                                                                                     "delivery"),
            "user_id": env.user.number, "team_id": 1, "company_id": 1, "currency_id": 1, "amount_untaxed": 0.0,
            "amount_tax": 0.0,
            "amount_total": 0.0, "invoice_status": "no", "locked": False, "invoice_ids": [], **values}


def _line(env, values):
    order = env.row("sale.order", values["order_id"])
    start = {"sequence": 10, "product_uom_qty": 1.0, "discount": 0.0, "qty_delivered": 0.0, "qty_invoiced": 0.0,
             "tax_ids": [],
             "state": order["state"], "is_downpayment": False, "currency_id": 1, "order_partner_id": order["partner_id"],
             "invoice_status": "no", "company_id": order["company_id"]}
    if values.get("display_type"):
        return priced({**start, "price_unit": 0.0, **values, "product_uom_qty": 0.0})
    _required("sale.order.line", values, {"product_id": "Product"})
    _linked(env, "product.product", values["product_id"])
    product = env.row("product.product", values["product_id"])
    about = env.row("product.template", product["product_tmpl_id"]).get("about")
    start.update(name="\n".join(filter(None, (env.display_name("product.product", product["id"]), about))), product_uom_id=1,
                 price_unit=env.getter("product.product", "lst_price")(product))
    return priced({**start, **values})


def priced(line):
    net = round(line["product_uom_qty"] * line["price_unit"] * (100 - line["discount"]) / 100, 2)
    return {**line, "product_uom_qty": float(line["product_uom_qty"]), "price_unit": float(line["price_unit"]),
            "price_subtotal": net, "price_tax": 0.0, "price_total": net,
            "qty_to_invoice": line["qty_delivered"] - line["qty_invoiced"]}


def _template(env, values):
    return {"list_price": 1.0, "uom_id": 1, "categ_id": 1, "type": "consu", "is_storable": True, "sale_ok": True,
            "taxes_id": [], **values}


def _product(env, values):
    if not values.get("product_tmpl_id"):
        values = {**values, "product_tmpl_id": env.insert("product.template", **_template(
            env, {k: v for k, v in values.items() if k in TEMPLATE or k == "default_code"}))}
    return {"standard_price": 0.0, "weight": 0.0, "price_extra": 0.0, **{k: v for k,
                                                                         v in values.items() if k not in TEMPLATE}}


def _wizard(env, values):
    return {"active_ids": env.context.get("active_ids") or [], **values}


def _quant(env, values):
    return {"location_id": 5, "quantity": 0.0, "reserved_quantity": 0.0, "in_date": env.stamp, "company_id": 1, **values}


DEFAULTS = {"res.partner": _partner, "sale.order": _order, "sale.order.line": _line, "product.template": _template,
            "product.product": _product, "account.payment.register": _wizard, "sale.advance.payment.inv": _wizard,
            "account.move.reversal": _wizard, "stock.quant": _quant}


# consequences

def created(env, model, key):
    row = env.row(model, key)
    if model == "res.partner":
        env.touch(model, [key], commercial_partner_id=commercial(env, key))
    elif model == "product.template":
        env.insert("product.product", **_product(env, {"product_tmpl_id": key, "default_code": row.get("default_code")}))
    elif model == "sale.order.line":
        total(env, row["order_id"])


def commercial(env, key):
    """The company a contact belongs to."""
    row = env.row("res.partner", key)
    return key if row.get("is_company") or not row.get("parent_id") else commercial(env, row["parent_id"])


def total(env, order, **more):
    """Sums an order's lines; its write_date moves."""
    lines = [env.row("sale.order.line", key) for key in env.transaction.children("sale.order.line", "order_id", order)]
    net = round(sum(line["price_subtotal"] for line in lines), 2)
    env.touch("sale.order", [order], amount_untaxed=net, amount_total=net, invoice_status=_invoice_status(lines), **more)


def _invoice_status(lines):
    found = {line["invoice_status"] for line in lines if not line.get("display_type")}
    if "to invoice" in found:
        return "to invoice"
    return "invoiced" if found == {"invoiced"} else "no"


def written(env, model, before, values):
    if model == "res.partner":
        for row in before:
            _partner_written(env, row, values)
    elif model == "sale.order.line" and PRICED & values.keys():
        for row in before:
            env.touch(model, [row["id"]], **priced(env.row(model, row["id"])))
            total(env, row["order_id"])
    elif model == "product.template":
        for row in before:
            env.touch("product.product", env.transaction.children("product.product", "product_tmpl_id", row["id"]),
                      **{k: v for k, v in values.items() if k == "active"})
    elif model == "product.product":
        for row in before:
            _product_written(env, row, values)


def _partner_written(env, row, values):
    key = row["id"]
    children = env.transaction.children("res.partner", "parent_id", key)
    if row.get("is_company") and ADDRESS & values.keys():
        env.touch("res.partner", children, **{k: v for k, v in values.items() if k == "vat"})
    if {"parent_id", "is_company"} & values.keys():
        for changed in [key, *children]:
            env.touch("res.partner", [changed], commercial_partner_id=commercial(env, changed))


def _product_written(env, row, values):
    shared = {k: v for k, v in values.items() if k.partition("@")[0] in TEMPLATE or k == "default_code"}
    if shared:
        env.touch("product.template", [row["product_tmpl_id"]], **shared)
    if shared.keys() - {"default_code"}:
        env.touch("product.product", env.transaction.children("product.product", "product_tmpl_id", row["product_tmpl_id"]))


def deleted(env, model, row):
    if model == "sale.order" and row["state"] not in ("draft", "cancel"):
        raise failures.user_error("You can not delete a sent quotation or a confirmed sales order. You must first cancel it.")
    if model == "sale.order.line" and row["state"] == "sale" and not row.get("display_type"):
        raise failures.user_error("Once a sales order is confirmed, you can't remove one of its lines (we need to track if something "
                                  "gets invoiced or delivered).\nSet the quantity to 0 instead.")
    if model == "account.move" and row["state"] == "posted":
        raise failures.user_error("You can't delete a posted journal item. Don't play games with your accounting records; reset the "
                                  "journal entry to draft before deleting it.")
    if model == "res.partner":
        _partner_free(env, row["id"])


def _partner_free(env, key):
    if any(row.get("partner_id") == key for _, row in env.transaction.rows("account.move")):
        raise failures.user_error("The partner cannot be deleted because it is used in Accounting")
    if any(key in (row["partner_id"], row["partner_invoice_id"], row["partner_shipping_id"])
           for _, row in env.transaction.rows("sale.order")):
        raise failures.user_error("The operation cannot be completed: another model requires the record being deleted. "
                                  "If possible, archive it instead.\n\nModel: Sales Order (sale.order)")


def gone(env, model, row):
    if model == "sale.order":
        for key in env.transaction.children("sale.order.line", "order_id", row["id"]):
            env.transaction.delete("sale.order.line", key)
    elif model == "account.move":
        for key in env.transaction.children("account.move.line", "move_id", row["id"]):
            env.transaction.delete("account.move.line", key)
    elif model == "sale.order.line":
        total(env, row["order_id"])
    elif model == "product.template":
        for key in env.transaction.children("product.product", "product_tmpl_id", row["id"]):
            env.transaction.delete("product.product", key)
