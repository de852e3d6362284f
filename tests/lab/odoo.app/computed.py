"""What is not stored but worked out when it is read, and how records are named."""

ADDRESS = {"invoice": "Invoice", "delivery": "Delivery", "other": "Other", "contact": ""}
BOOKED = (None, "product", "line_section", "line_note")


def display_name(env, model, row):
    special = NAMES.get(model)
    return special(env, row) if special else env.getter(model, "name")(row) or f"{model},{row['id']}"


def _partner(env, row):
    own = row.get("name") or ADDRESS.get(row.get("type"), "")
    parent = row.get("parent_id")
    return f"{env.display_name('res.partner', parent)}, {own}" if parent and not row.get("is_company") else own


def _with_code(row, name):
    return f"[{row['default_code']}] {name}" if row.get("default_code") else name


def _product(env, row):
    variant = f" ({row['variant']})" if row.get("variant") else ""
    return _with_code(row, env.getter("product.product", "name")(row) + variant)


def _line(env, row):
    order = env.row("sale.order", row["order_id"])
    customer = env.row("res.partner", order["partner_id"])
    ref = f" ({customer['ref']})" if customer.get("ref") else ""
    return f"{order['name']} - {(row.get('name') or '').splitlines()[0] if row.get('name') else ''}{ref}"


def _move(_env, row):
    name = row.get("name") or f"Draft Invoice (* {row['id']})"
    return f"{name} ({row['ref']})" if row.get("ref") else name


NAMES = {"res.partner": _partner, "product.product": _product, "sale.order.line": _line, "account.move": _move,
         "product.template": lambda env, row: _with_code(row, env.getter("product.template", "name")(row)),
         "stock.location": lambda _env, row: row["complete_name"],
         "product.category": lambda _env, row: row["complete_name"],
         "stock.quant": lambda env, row: env.display_name("product.product", row["product_id"])}
# lines of an invoice that its users see, bookings left out
SHOWN = {("account.move", "invoice_line_ids"): lambda row: row.get("display_type") in BOOKED}


def _quants(env, row):
    internal = (env.row("stock.quant", key) for key in env.transaction.children("stock.quant", "product_id", row["id"]))
    return [quant for quant in internal if env.row("stock.location", quant["location_id"])["usage"] == "internal"]


def _on_hand(env, row):
    return sum(quant["quantity"] for quant in _quants(env, row)) + 0.0


def _reserved(env, row):
    return sum(quant["reserved_quantity"] for quant in _quants(env, row)) + 0.0


def belongs(env, model, row, partner):
    """What a portal user may see of a model: his company's."""
    if model == "res.partner":
        return row["id"] == partner
    column = {"sale.order": "partner_id", "account.move": "partner_id", "sale.order.line": "order_partner_id"}.get(model)
    return column is None or row.get(column) == partner


def _type_code(env, row):
    return env.row("stock.picking.type", row["picking_type_id"])["code"]


FIELDS = {
    ("res.partner", "company_type"): lambda _env, row: "company" if row.get("is_company") else "person",
    ("res.partner", "email_normalized"): lambda _env, row: (row.get("email") or "").strip().lower() or None,
    ("res.partner", "phone_sanitized"): lambda _env, row: (row.get("phone") or "").replace(" ", "") or None,
    ("res.partner", "complete_name"): _partner,
    ("product.product", "lst_price"): lambda env, row: round(
        env.row("product.template", row["product_tmpl_id"])["list_price"] + row.get("price_extra", 0.0), 2),
    ("product.product", "qty_available"): _on_hand,
    ("product.product", "virtual_available"): lambda env, row: _on_hand(env, row) - _reserved(env, row),
    ("product.product", "free_qty"): lambda env, row: _on_hand(env, row) - _reserved(env, row),
    ("product.product", "outgoing_qty"): _reserved,
    ("product.product", "currency_id"): lambda _env, _row: 1,
    ("stock.picking", "picking_type_code"): _type_code,
    ("account.payment", "reconciled_invoice_ids"): lambda _env, row: row.get("invoice_ids") or [],
    ("stock.quant", "available_quantity"): lambda _env, row: row["quantity"] - row["reserved_quantity"],
    ("stock.quant", "warehouse_id"): lambda env, row: env.row("stock.location", row["location_id"]).get("warehouse_id"),
}
