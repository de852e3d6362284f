"""Invoices, credit notes and payments, through the wizards the API offers."""

import failures
from rules import commercial, day, number, total


def create_invoices(env, keys):
    made = []
    for wizard in env.browse("sale.advance.payment.inv", keys):
        for order in env.browse("sale.order", wizard.get("sale_order_ids") or wizard["active_ids"]):
            made.append(_invoice(env, order))
    return {"type": "ir.actions.act_window", "res_model": "account.move", "res_id": made[0] if len(made) == 1 else False,
            "domain": [["id", "in", made]]}


def _invoice(env, order):
    lines = [line for line in env.children("sale.order.line", "order_id", order["id"]) if line.get("qty_to_invoice", 0) > 0]
    if not lines:
        raise failures.user_error("Cannot create an invoice. No items are available to invoice.\n\nTo resolve this issue, please "
                                  "ensure that:\n   • The products have been delivered before attempting to invoice them.")
    payer = order["partner_invoice_id"]
    amount = round(sum(_amount(line) for line in lines), 2)
    move = _move(env, "out_invoice", payer, amount, ref=order.get("client_order_ref"), invoice_origin=order["name"])
    for line in lines:
        _invoice_line(env, move, line["product_id"], [line["id"]], line["qty_to_invoice"], line["price_unit"],
                      line["discount"], _amount(line))
        invoiced = line["qty_invoiced"] + line["qty_to_invoice"]
        env.touch("sale.order.line", [line["id"]], qty_invoiced=invoiced, qty_to_invoice=0.0,
                  invoice_status="invoiced" if invoiced >= line["product_uom_qty"] else "no")
    _booking(env, move, amount)
    total(env, order["id"], invoice_ids=[*order["invoice_ids"], move])
    return move


def _amount(line):
    return round(line["qty_to_invoice"] * line["price_unit"] * (100 - line["discount"]) / 100, 2)


def _move(env, kind, partner, amount, **more):
    return env.insert("account.move", name=None, move_type=kind, state="draft", payment_state="not_paid", partner_id=partner,
                      commercial_partner_id=commercial(env, partner), date=day(env), currency_id=1, amount_untaxed=amount,
                      amount_tax=0.0, amount_total=amount, amount_residual=amount,
                      amount_total_signed=-amount if "refund" in kind else amount,
                      journal_id=1, company_id=1, **more)


def _invoice_line(env, move, product, order_lines, quantity, price, discount, amount):
    env.insert("account.move.line", move_id=move, product_id=product, sale_line_ids=order_lines, quantity=quantity,
               price_unit=price,
               discount=discount, price_subtotal=amount, price_total=amount, display_type="product", account_id=26,
               debit=0.0,
               credit=amount, balance=-amount, amount_residual=0.0, reconciled=False, parent_state="draft", company_id=1)


def _booking(env, move, amount):
    env.insert("account.move.line", move_id=move, sale_line_ids=[], quantity=0.0, price_unit=0.0, discount=0.0,
               price_subtotal=0.0,
               price_total=0.0, display_type="payment_term", account_id=5, debit=amount, credit=0.0, balance=amount,
               amount_residual=amount, reconciled=False, parent_state="draft", date_maturity=day(env), company_id=1)


def post(env, keys):
    for move in env.browse("account.move", keys):
        if move["state"] != "draft":
            raise failures.user_error("The entry is not in a state to be posted.")
        _post(env, move)
    return False


def _post(env, move):
    form = ("RINV" if move["move_type"] == "out_refund" else "INV") + f"/{day(env)[:4]}/{{:05}}"
    name = move.get("name") or number(env, move["move_type"], form)
    env.touch("account.move", [move["id"]], name=name, state="posted", invoice_date=day(env), invoice_date_due=day(env),
              payment_reference=name)
    for line in env.children("account.move.line", "move_id", move["id"]):
        env.touch("account.move.line", [line["id"]], parent_state="posted")
        env.touch("sale.order.line", line["sale_line_ids"])     # the order itself does not move
    count_customer(env, move["partner_id"])


def count_customer(env, partner):
    env.touch("res.partner", [partner], customer_rank=env.row("res.partner", partner).get("customer_rank", 0) + 1)


def draft(env, keys):
    env.browse("account.move", keys)
    env.touch("account.move", keys, state="draft", payment_state="not_paid")
    return None


def cancel_moves(env, keys):
    env.browse("account.move", keys)
    env.touch("account.move", keys, state="cancel")
    return None


def pay(env, keys):
    made = []
    for wizard in env.browse("account.payment.register", keys):
        invoices = env.browse("account.move", wizard["active_ids"])
        if any(invoice["state"] != "posted" or not invoice["amount_residual"] for invoice in invoices):
            raise failures.user_error("You can't register a payment because there is nothing left to pay on the selected journal items.")
        left = wizard.get("amount") or round(sum(invoice["amount_residual"] for invoice in invoices), 2)
        for invoice in invoices:
            amount = min(left, invoice["amount_residual"])
            left = round(left - amount, 2)
            made.append(_payment(env, invoice, amount))
    return {"type": "ir.actions.act_window", "res_model": "account.payment", "res_id": made[0] if len(made) == 1 else False}


def _payment(env, invoice, amount):
    name = number(env, "payment name", f"PBNK1/{day(env)[:4]}/{{:05}}")
    entry = _move(env, "entry", invoice["partner_id"], amount, ref=invoice["name"])
    env.touch("account.move", [entry], name=name, state="posted", amount_residual=0.0)
    residual = round(invoice["amount_residual"] - amount, 2)
    env.touch("account.move", [invoice["id"]], amount_residual=residual, payment_state="partial" if residual else "paid")
    for line in env.children("account.move.line", "move_id", invoice["id"]):
        if line["display_type"] == "payment_term":
            env.touch("account.move.line", [line["id"]], amount_residual=residual, reconciled=not residual)
    env.later.append(lambda after: count_customer(after, invoice["partner_id"]))
    return env.insert("account.payment", name=name, state="paid" if env.schema.version >= 18 else "posted",
                      payment_type="inbound",
                      partner_type="customer", partner_id=invoice["partner_id"], amount=amount, currency_id=1, date=day(env),
                      memo=invoice["name"], journal_id=6, move_id=entry, is_reconciled=True, is_matched=False,
                      invoice_ids=[invoice["id"]], company_id=1)


def reverse(env, keys):
    """A credit note for each invoice, posted; where nothing was paid it settles the invoice."""
    made = []
    for wizard in env.browse("account.move.reversal", keys):
        for invoice in env.browse("account.move", wizard.get("move_ids") or wizard["active_ids"]):
            amount = invoice["amount_total"]
            refund = _move(env, "out_refund", invoice["partner_id"], amount, ref=f"Reversal of: {invoice['name']}",
                           reversed_entry_id=invoice["id"], invoice_origin=invoice.get("invoice_origin"))
            for line in env.children("account.move.line", "move_id", invoice["id"]):
                if line["display_type"] == "product":
                    _invoice_line(env, refund, line["product_id"], [], line["quantity"], line["price_unit"],
                                  line["discount"], line["price_subtotal"])
            _post(env, env.row("account.move", refund))
            if invoice["amount_residual"] == amount:
                env.touch("account.move", [invoice["id"]], payment_state="reversed", amount_residual=0.0)
                env.touch("account.move", [refund], payment_state="paid", amount_residual=0.0)
            made.append(refund)
    return {"type": "ir.actions.act_window", "res_model": "account.move", "res_id": made[0] if len(made) == 1 else False}
