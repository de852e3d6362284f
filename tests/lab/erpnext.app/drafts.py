"""New documents as Frappe fills them in, and the unsaved ones an order's buttons make."""

import failures

STORE = "Stores - LW"


def filled(site, doctype, values):
    make = FILLED.get(doctype)
    return make(site, dict(values)) if make else values


def _order(site, values):
    if not values.get("items"):
        raise failures.Failure(500, "TypeError", "'NoneType' object is not iterable", module="builtins", exception=None,
                               shown=False)
    customer = site.get("Customer", values.get("customer") or "")
    if not values.get("delivery_date"):
        raise failures.validation("Please enter Delivery Date")
    values["items"] = [order_line(site, values, line) for line in values["items"]]
    total = total_of(values["items"], "amount")
    return {"transaction_date": site.today, "customer_name": customer["customer_name"], "tax_id": customer["tax_id"],
            "order_type": "Sales",
            "title": "{customer_name}", "naming_series": "SAL-ORD-.YYYY.-", "company": "Lab Works", "currency": "EUR",
            "conversion_rate": 1.0,
            "selling_price_list": "Standard Selling", "total_qty": total_of(values["items"], "qty"), "net_total": total,
            "grand_total": total,
            "rounded_total": total, "base_grand_total": total, "status": "Draft", "delivery_status": "Not Delivered",
            "billing_status": "Not Billed", **values, "taxes": [],
            "payment_schedule": [{"due_date": site.today, "invoice_portion": 100.0, "payment_amount": total,
                                  "outstanding": total}]}


def total_of(lines, field):
    return round(sum(line.get(field) or 0.0 for line in lines), 2)


def order_line(site, order, line):
    item = site.get("Item", line.get("item_code") or "")
    if item["disabled"]:
        raise failures.validation(f"Item {item['name']} is disabled")
    rate, qty = float(line.get("rate") or item["standard_rate"]), float(line.get("qty") or 0)
    amount = round(rate * qty, 2)
    return {"item_name": item["item_name"], "delivery_date": order["delivery_date"], "stock_uom": item["stock_uom"],
            "uom": item["stock_uom"],
            "conversion_factor": 1.0, "stock_qty": qty, "price_list_rate": item["standard_rate"], "warehouse": STORE,
            **line, "qty": qty,
            "discount_amount": round(item["standard_rate"] - rate, 2), "rate": rate, "net_rate": rate, "amount": amount,
            "net_amount": amount,
            "base_amount": amount, "item_code": item["name"]}


def _item(site, values):
    return {"item_name": values.get("item_code"), "description": values.get("item_name") or values.get("item_code"),
            "stock_uom": "Nos",
            "end_of_life": "2099-12-31", "is_stock_item": 1, "barcodes": [], **values,
            "uoms": [{"uom": "Nos", "conversion_factor": 1.0}],
            "item_defaults": [{"company": "Lab Works", "default_warehouse": STORE, "income_account": "Sales - LW"}]}


def _customer(site, values):
    return {"customer_type": "Company", "customer_group": "Commercial", "territory": "Germany", "language": "en",
            "mobile_no": "", **values}


def _contact(_site, values):
    return {"full_name": " ".join(filter(None, (values.get("first_name"), values.get("last_name")))),
            "email_id": next((row["email_id"] for row in values.get("email_ids", []) if row.get("is_primary")), ""),
            "phone": next((row["phone"] for row in values.get("phone_nos", []) if row.get("is_primary_phone")), ""),
            "mobile_no": "", **values}


FILLED = {"Sales Order": _order, "Item": _item, "Customer": _customer, "Contact": _contact}


# what the order's buttons make: unsaved documents

def make_delivery_note(site, order):
    row = site.get("Sales Order", order)
    lines = [{"item_code": line["item_code"], "qty": line["qty"] - line["delivered_qty"], "rate": line["rate"],
              "stock_uom": line["stock_uom"],
              "amount": round((line["qty"] - line["delivered_qty"]) * line["rate"], 2), "warehouse": line["warehouse"],
              "against_sales_order": order,
              "so_detail": line["name"]} for line in site.rows("Sales Order Item", order)
             if line["delivered_qty"] < line["qty"]]
    return {"doctype": "Delivery Note", "customer": row["customer"], "posting_date": site.today, "currency": "EUR",
            "company": "Lab Works",
            "status": "Draft", "items": lines, "grand_total": total_of(lines, "amount")}


def make_sales_invoice(site, order):
    row = site.get("Sales Order", order)
    lines = [{"item_code": line["item_code"], "qty": line["qty"], "rate": line["rate"],
              "amount": round(line["amount"] - line["billed_amt"], 2),
              "net_amount": round(line["amount"] - line["billed_amt"], 2), "sales_order": order, "so_detail": line["name"],
              "income_account": "Sales - LW"} for line in site.rows("Sales Order Item", order)
             if line["billed_amt"] < line["amount"]]
    total = total_of(lines, "amount")
    return {"doctype": "Sales Invoice", "customer": row["customer"], "posting_date": site.today, "due_date": site.today,
            "currency": "EUR",
            "conversion_rate": 1.0, "debit_to": "Debtors - LW", "company": "Lab Works", "status": "Draft", "items": lines,
            "net_total": total,
            "grand_total": total, "rounded_total": total, "outstanding_amount": total, "taxes": [],
            "payment_schedule": [{"due_date": site.today, "invoice_portion": 100.0, "payment_amount": total,
                                  "outstanding": total}]}


def get_payment_entry(site, doctype, name):
    row = site.get(doctype, name)
    left = row["outstanding_amount"] if doctype == "Sales Invoice" else row["grand_total"]
    return {"doctype": "Payment Entry", "payment_type": "Receive", "posting_date": site.today, "party_type": "Customer",
            "party": row["customer"],
            "party_name": row["customer"], "paid_from": "Debtors - LW", "paid_to": "Cash - LW",
            "paid_from_account_currency": "EUR",
            "paid_amount": left, "received_amount": left, "total_allocated_amount": left, "status": "Draft",
            "references": [{"reference_doctype": doctype, "reference_name": name, "due_date": row.get("due_date"),
                            "total_amount": row["grand_total"], "outstanding_amount": left, "allocated_amount": left}]}
