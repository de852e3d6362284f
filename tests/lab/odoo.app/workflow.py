"""The buttons: confirm, deliver, invoice, pay, cancel, archive. What each moves and what it leaves alone is Odoo's."""

import failures
from rules import number, total

STOCK, CUSTOMERS = 5, 2


def _now(env):
    """The clock, not the transaction's start: date_done is later than write_date."""
    return env.transaction.store.clock.now().isoformat(" ", "microseconds")


# orders

def confirm(env, keys):
    for order in env.browse("sale.order", keys):
        if order["state"] not in ("draft", "sent"):
            raise failures.user_error("Some orders are not in a state requiring confirmation.")
        lines = env.children("sale.order.line", "order_id", order["id"])
        for line in lines:
            env.touch("sale.order.line", [line["id"]], state="sale")
        goods = [line for line in lines if not line.get("display_type") and _is_goods(env, line["product_id"])]
        if goods:
            _deliver_later(env, order, [(line, line["product_uom_qty"]) for line in goods])
        total(env, order["id"], state="sale", date_order=env.stamp, delivery_status="pending" if goods else None)
    return True


def _is_goods(env, product):
    return env.getter("product.product", "type")(env.row("product.product", product)) == "consu"


def _deliver_later(env, order, quantities, backorder=None):
    name = number(env, "delivery name", "WH/OUT/{:05}")
    picking = env.insert(
        "stock.picking", name=name, state="assigned", picking_type_id=2, partner_id=order["partner_shipping_id"],
        location_id=STOCK,
        location_dest_id=CUSTOMERS, origin=order["name"], sale_id=order["id"], scheduled_date=env.stamp,
        date_deadline=env.stamp,
        backorder_id=backorder, company_id=order["company_id"], priority="0")
    for line, quantity in quantities:
        env.insert("stock.move", product_id=line["product_id"], picking_id=picking, sale_line_id=line["id"],
                   location_id=STOCK,
                   location_dest_id=CUSTOMERS, product_uom_qty=quantity, quantity=quantity, product_uom=1, picked=False,
                   state="assigned", date=env.stamp, reference=name, origin=order["name"], company_id=order["company_id"])
        if backorder is None:
            _move_quant(env, line["product_id"], STOCK, reserved=quantity)


def _move_quant(env, product, location, quantity=0.0, reserved=0.0):
    for row in env.children("stock.quant", "product_id", product):
        if row["location_id"] == location:
            env.touch("stock.quant", [row["id"]], quantity=round(row["quantity"] + quantity, 6),
                      reserved_quantity=max(0.0, round(row["reserved_quantity"] + reserved, 6)))
            return
    env.insert("stock.quant", product_id=product, location_id=location, quantity=quantity, reserved_quantity=reserved,
               in_date=env.stamp, company_id=1)


def cancel(env, keys):
    for order in env.browse("sale.order", keys):
        if order.get("locked"):
            raise failures.user_error("You cannot cancel a locked order. Please unlock it first.")
        for line in env.children("sale.order.line", "order_id", order["id"]):
            env.touch("sale.order.line", [line["id"]], state="cancel", invoice_status="no")
        for picking in env.children("stock.picking", "sale_id", order["id"]):
            if picking["state"] != "done":
                _cancel_picking(env, picking)
        total(env, order["id"], state="cancel", delivery_status=None)
    return True


def _cancel_picking(env, picking):
    for move in env.children("stock.move", "picking_id", picking["id"]):
        if move["state"] == "assigned":
            _move_quant(env, move["product_id"], STOCK, reserved=-move["product_uom_qty"])
        env.touch("stock.move", [move["id"]], state="cancel", quantity=0.0)
    env.touch("stock.picking", [picking["id"]], state="cancel")


def cancel_pickings(env, keys):
    for picking in env.browse("stock.picking", keys):
        _cancel_picking(env, picking)
    return True


def back_to_draft(env, keys):
    for order in env.browse("sale.order", keys):
        if order["state"] == "cancel":
            env.touch("sale.order.line", [line["id"] for line in env.children("sale.order.line", "order_id", order["id"])],
                      state="draft")
            env.touch("sale.order", [order["id"]], state="draft")
    return True


def setting(model, **values):
    def action(env, keys):
        env.browse(model, keys)
        env.touch(model, keys, **values)
        return True
    return action


# deliveries

def validate(env, keys):
    for picking in env.browse("stock.picking", keys):
        if picking["state"] != "assigned":
            raise failures.user_error("You cannot validate a transfer if no quantities are reserved.")
        moves = env.children("stock.move", "picking_id", picking["id"])
        picked = any(move.get("picked") for move in moves)
        done = {move["id"]: move["quantity"] if move.get("picked") or not picked else 0.0 for move in moves}
        rest = [(move, move["product_uom_qty"] - done[move["id"]]) for move in moves
                if done[move["id"]] < move["product_uom_qty"]]
        if rest and not env.context.get("skip_backorder"):
            return {"type": "ir.actions.act_window", "res_model": "stock.backorder.confirmation", "view_mode": "form",
                    "target": "new",
                    "context": {"button_validate_picking_ids": keys}}
        _done(env, picking, moves, done, rest)
    return True


def _done(env, picking, moves, done, rest):
    moment, order = _now(env), env.row("sale.order", picking["sale_id"])
    for move in moves:
        quantity = done[move["id"]]
        if not quantity:
            env.transaction.delete("stock.move", move["id"])     # it moves to the new picking
            continue
        env.touch("stock.move", [move["id"]], state="done", picked=True, quantity=quantity, product_uom_qty=quantity,
                  date=moment)
        _move_quant(env, move["product_id"], STOCK, -quantity, -quantity)
        _move_quant(env, move["product_id"], CUSTOMERS, quantity)
        line = env.row("sale.order.line", move["sale_line_id"])
        delivered = line["qty_delivered"] + quantity
        env.touch("sale.order.line", [line["id"]], qty_delivered=delivered, qty_to_invoice=delivered - line["qty_invoiced"],
                  invoice_status="to invoice")
    env.touch("stock.picking", [picking["id"]], state="done", date_done=moment)
    if rest:
        _deliver_later(env, order, [(env.row("sale.order.line", move["sale_line_id"]), quantity) for move,
                                    quantity in rest], picking["id"])
    total(env, order["id"], delivery_status="partial" if rest else "full")


# stock

def apply_inventory(env, keys):
    for quant in env.browse("stock.quant", keys):
        env.touch("stock.quant", [quant["id"]], quantity=float(quant.get("inventory_quantity") or 0.0),
                  inventory_quantity=0.0)


def scheduler(transaction):
    """The nightly job: quants of nothing are deleted; the next goods get a new id."""
    for key, row in list(transaction.rows("stock.quant")):
        if row["quantity"] == 0 and row["reserved_quantity"] == 0:
            transaction.delete("stock.quant", key)


# archive

def _active(value):
    def action(env, model, keys):
        env.browse(model, keys)
        return env.write(model, keys, {"active": value})
    return action


ANY_MODEL = {"action_archive": _active(False), "action_unarchive": _active(True)}
