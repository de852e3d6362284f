"""Orders, deliveries, invoices, payments: what submit and cancel set, and whose `modified` moves with whose."""

import failures
from drafts import STORE, order_line, total_of
from schema import DOCTYPES


def saved(site, doctype, name):
    row = site.get(doctype, name)
    if doctype == "Address":
        for link in site.rows("Dynamic Link", name):
            if (site.find("Customer", link["link_name"]) or {}).get("customer_primary_address") == name:
                site.touch("Customer", link["link_name"])
    elif doctype == "Contact":
        phone = next((line["phone"] for line in site.rows("Contact Phone", name) if line["is_primary_phone"]), row["phone"])
        site.touch("Contact", name, phone=phone)
    elif doctype == "Sales Invoice":
        for line in site.rows("Sales Invoice Item", name):
            for default in site.rows("Item Default", line["item_code"]):
                site.touch("Item Default", default["name"])
    elif doctype == "Item":
        for _, price in list(site.transaction.rows("Item Price")):
            if price["item_code"] == name and price["item_name"] != row["item_name"]:
                site.touch("Item Price", price["name"], item_name=row["item_name"])


def check_unlinked(site, doctype, name):
    """Deleting is refused while another document says the name."""
    fields = {"Customer": ("customer", "party"), "Item": ("item_code",),
              "Sales Order": ("amended_from", "against_sales_order", "sales_order")}
    for other, columns in DOCTYPES.items():
        for field in (f for f in fields.get(doctype, ()) if f in columns and other not in ("Bin", "Item Price")):
            for _, row in site.transaction.rows(other):
                if row.get(field) == name and not (other == doctype and row["name"] == name):
                    parent, key = row.get("parenttype") or other, row.get("parent") or row["name"]
                    raise failures.validation(f'Cannot delete or cancel because {doctype} <a href="/app/Form/{doctype}/{name}">{name}</a> is linked with '
                                              f'{parent} <a href="/app/Form/{parent}/{key}">{key}</a> ', "LinkExistsError")


# submit and cancel

def submit(site, doctype, name):
    row = site.get(doctype, name)
    if row["docstatus"] != 0:
        raise failures.validation(f"Cannot change docstatus from {row['docstatus']} to 1", "DocstatusTransitionError")
    site.set_docstatus(doctype, row["name"], 1)
    STEPS[doctype](site, row["name"], 1)


def cancel(site, doctype, name):
    row = site.get(doctype, name)
    if row["docstatus"] != 1:
        raise failures.validation(f"Cannot change docstatus from {row['docstatus']} to 2", "DocstatusTransitionError")
    if doctype == "Sales Order":
        _check_no_followers(site, row["name"])
    site.set_docstatus(doctype, row["name"], 2)
    STEPS[doctype](site, row["name"], -1)
    site.touch(doctype, row["name"], status="Cancelled")


def _check_no_followers(site, order):
    for doctype, child, field in (("Delivery Note", "Delivery Note Item", "against_sales_order"),
                                  ("Sales Invoice", "Sales Invoice Item", "sales_order")):
        for _, line in site.transaction.rows(child):
            if line.get(field) == order and line["docstatus"] == 1:
                raise failures.validation(f"Cannot delete or cancel because Sales Order {order} is linked with {doctype} {line['parent']}", "LinkExistsError")


def move_bin(site, item, actual=0.0, reserved=0.0):
    for key in site.transaction.children("Bin", "item_code", item):
        row = site.transaction.get("Bin", key)
        quantity, promised = row["actual_qty"] + actual, row["reserved_qty"] + reserved
        site.touch("Bin", key, actual_qty=quantity, reserved_qty=promised, projected_qty=quantity - promised,
                   stock_value=round(quantity * row["valuation_rate"], 2))


def _order_step(site, name, sign):
    for line in site.rows("Sales Order Item", name):
        move_bin(site, line["item_code"], reserved=sign * line["qty"])
    _order_status(site, name)


def _order_status(site, name):
    """From its rows; the order and its rows all move."""
    lines = site.rows("Sales Order Item", name)
    ordered, total = sum(line["qty"] for line in lines), sum(line["amount"] for line in lines)
    delivered = sum(min(line["delivered_qty"], line["qty"]) for line in lines)
    billed = sum(min(line["billed_amt"], line["amount"]) for line in lines)
    per_delivered, per_billed = round(100 * delivered / ordered, 6), round(100 * billed / total, 6) if total else 100.0
    words = {(True, True): "Completed", (True, False): "To Bill", (False, True): "To Deliver",
             (False, False): "To Deliver and Bill"}
    for line in lines:
        site.touch("Sales Order Item", line["name"])
    site.touch("Sales Order", name, per_delivered=per_delivered, per_billed=per_billed,
               status=words[per_delivered >= 100, per_billed >= 100],
               delivery_status=f"{_how_far(per_delivered)} Delivered", billing_status=f"{_how_far(per_billed)} Billed")


def _how_far(percent):
    return "Not" if not percent else "Fully" if percent >= 100 else "Partly"


def _delivery_step(site, name, sign):
    note, orders = site.get("Delivery Note", name), set()
    for line in site.rows("Delivery Note Item", name):
        move_bin(site, line["item_code"], actual=-sign * line["qty"], reserved=-sign * line["qty"])
        site.insert("Stock Ledger Entry", {"item_code": line["item_code"], "warehouse": STORE,
                                           "actual_qty": -sign * line["qty"],
                                           "posting_date": site.today, "voucher_type": "Delivery Note", "voucher_no": name,
                                           "is_cancelled": int(sign < 0)})
        row = site.transaction.get("Sales Order Item", line["so_detail"])
        if row:
            field = "returned_qty" if note["is_return"] else "delivered_qty"
            site.touch("Sales Order Item", row["name"], **{field: row[field] + sign * abs(line["qty"]),
                                                           "delivered_qty": row["delivered_qty"] + sign * line["qty"]})
            orders.add(row["parent"])
    if sign < 0:
        for key in site.transaction.children("Stock Ledger Entry", "voucher_no", name):
            site.touch("Stock Ledger Entry", key, is_cancelled=1)
    for order in orders:
        _order_status(site, order)
    site.touch("Delivery Note", name, status="To Bill", posting_time=site.stamp[11:])
    for other in {name, *_notes_of(site, orders)}:
        _note_status(site, other)


def _notes_of(site, orders):
    """The submitted deliveries of these orders: how far they are billed is worked out anew with each other one."""
    lines = (site.transaction.get("Delivery Note Item", key) for order in orders
             for key in site.transaction.children("Delivery Note Item", "against_sales_order", order))
    return sorted({line["parent"] for line in lines if line["docstatus"] == 1})


def _note_status(site, name):
    lines = site.rows("Delivery Note Item", name)
    total = sum(line["amount"] for line in lines)
    billed = sum(_billed(site, line) for line in lines)
    percent = round(100 * billed / total, 6) if total else 0.0
    for line in lines:
        site.touch("Delivery Note Item", line["name"], billed_amt=_billed(site, line))
    site.touch("Delivery Note", name, per_billed=percent, status="Completed" if percent >= 100 else "To Bill")


def _billed(site, line):
    row = site.transaction.get("Sales Order Item", line["so_detail"])
    return min(line["amount"], row["billed_amt"]) if row else 0.0


def _invoice_step(site, name, sign):
    invoice, orders = site.get("Sales Invoice", name), set()
    for line in site.rows("Sales Invoice Item", name):
        row = site.transaction.get("Sales Order Item", line["so_detail"])
        if row:
            site.touch("Sales Order Item", row["name"], billed_amt=round(row["billed_amt"] + sign * line["amount"], 2))
            orders.add(row["parent"])
    status = "Return" if invoice["is_return"] else "Unpaid"
    site.touch("Sales Invoice", name, status=status, posting_time=site.stamp[11:],
               outstanding_amount=invoice["grand_total"] if sign > 0 else 0.0)
    for order in orders:
        _order_status(site, order)
    for note in _notes_of(site, orders):
        _note_status(site, note)
    site.touch("Company", "Lab Works")


def _payment_step(site, name, sign):
    payment = site.get("Payment Entry", name)
    site.touch("Payment Entry", name, status="Submitted")
    for line in site.rows("Payment Entry Reference", name):
        amount = sign * line["allocated_amount"]
        if line["reference_doctype"] == "Sales Invoice":
            invoice = site.get("Sales Invoice", line["reference_name"])
            left = round(invoice["outstanding_amount"] - amount, 2)
            site.touch("Sales Invoice", invoice["name"], outstanding_amount=left,
                       status="Paid" if left <= 0 else "Partly Paid" if left < invoice["grand_total"] else "Unpaid")
        else:      # an advance
            order = site.get("Sales Order", line["reference_name"])
            site.touch("Sales Order", order["name"], advance_paid=order["advance_paid"] + amount)
    return payment


STEPS = {"Sales Order": _order_step, "Delivery Note": _delivery_step, "Sales Invoice": _invoice_step,
         "Payment Entry": _payment_step}


def update_items(site, order, lines):
    """Update Items on a submitted order: rows may be added and dropped; what is dropped leaves a tombstone."""
    row = site.get("Sales Order", order)
    old = {line["name"]: line for line in site.rows("Sales Order Item", order)}
    kept = [order_line(site, row, {**old.pop(line.get("docname"), {}),
                                    **{k: line[k] for k in ("item_code", "qty", "rate") if k in line}}) for line in lines]
    for line in old.values():
        site.tombstone("Sales Order Item", line["name"], line)
    site.update("Sales Order", order, {"items": kept})
    total = total_of(site.rows("Sales Order Item", order), "amount")
    site.touch("Sales Order", order, net_total=total, grand_total=total, rounded_total=total, base_grand_total=total,
               total_qty=total_of(site.rows("Sales Order Item", order), "qty"))
    _order_status(site, order)


def update_status(site, order, status):
    """Hold, close, reopen: the order moves, its rows do not."""
    if status in ("Closed", "On Hold"):
        site.touch("Sales Order", order, status=status)
    else:
        site.touch("Sales Order", order, status="To Deliver and Bill")


# jobs: what changes while `modified` stays

def overdue(site):
    for _, row in list(site.transaction.rows("Sales Invoice")):
        if row["docstatus"] == 1 and row["outstanding_amount"] > 0 and (row["due_date"] or "9") < site.today:
            site.put("Sales Invoice", row, status="Overdue")


def expired(site):
    for _, row in list(site.transaction.rows("Quotation")):
        if row["status"] == "Open" and (row["valid_till"] or "9") < site.today:
            site.put("Quotation", row, status="Expired")

