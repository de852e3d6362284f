"""What the doctypes are: fields and kinds as the captured documents show them (erpnext.captures/records.json), and more.

A field's default tells its kind: None is text that may be null, 0 a check or count, 0.0 an amount.
"""

import json
import os

CAPTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "erpnext.captures")
STANDARD = {"name": None, "owner": "sync@example.com", "creation": None, "modified": None, "modified_by": "sync@example.com",
            "docstatus": 0, "idx": 0}
ROW = {**STANDARD, "parent": None, "parentfield": None, "parenttype": None}
STAMPS = {"creation", "modified"}
DATES = {"transaction_date", "delivery_date", "posting_date", "due_date", "valid_from", "valid_upto", "valid_till",
         "reference_date"}

CHILDREN = {"Sales Order": {"items": "Sales Order Item", "taxes": "Sales Taxes and Charges",
                            "payment_schedule": "Payment Schedule"},
            "Delivery Note": {"items": "Delivery Note Item"},
            "Sales Invoice": {"items": "Sales Invoice Item", "taxes": "Sales Taxes and Charges",
                              "payment_schedule": "Payment Schedule"},
            "Payment Entry": {"references": "Payment Entry Reference"},
            "Contact": {"email_ids": "Contact Email", "phone_nos": "Contact Phone", "links": "Dynamic Link"},
            "Address": {"links": "Dynamic Link"}, "Item": {"barcodes": "Item Barcode", "uoms": "UOM Conversion Detail",
                                                           "item_defaults": "Item Default"}}
LINKS = {"customer": "Customer", "item_code": "Item", "party": "Customer", "warehouse": "Warehouse", "link_name": "Customer"}

MORE = {
    "Customer": {"primary_address": None, "default_currency": None, "customer_details": None},
    "Item": {"variant_of": None}, "Contact": {}, "Address": {"address_line2": None, "state": None},
    "Country": {"country_name": None, "code": None},
    "Sales Order": {"amended_from": None, "delivery_date": None, "po_no": None, "tax_id": None},
    "Delivery Note": {"amended_from": None, "return_against": None, "company": "Lab Works", "po_no": None},
    "Sales Invoice": {"amended_from": None, "return_against": None, "company": "Lab Works", "po_no": None,
                      "update_outstanding_for_self": 0, "party_account_currency": "EUR"},
    "Payment Entry": {"amended_from": None, "company": "Lab Works", "paid_to_account_currency": "EUR"},
    "Item Barcode": {"barcode": None, "barcode_type": None},
    "Sales Order Item": {"idx": 0}, "Delivery Note Item": {"dn_detail": None, "uom": "Nos"},
    "Sales Invoice Item": {"delivery_note": None, "dn_detail": None, "uom": "Nos"},
    "Item Price": {"item_code": None, "item_name": None, "price_list": "Standard Selling", "currency": "EUR",
                   "price_list_rate": 0.0,
                   "valid_from": None, "valid_upto": None, "customer": None, "uom": "Nos"},
    "Stock Ledger Entry": {"item_code": None, "warehouse": None, "actual_qty": 0.0, "posting_date": None,
                           "voucher_type": None,
                           "voucher_no": None, "is_cancelled": 0},
    "Quotation": {"party_name": None, "status": "Open", "valid_till": None, "grand_total": 0.0},
    "Company": {"default_currency": "EUR"}, "Warehouse": {"company": "Lab Works"},
    "Deleted Document": {"deleted_doctype": None, "deleted_name": None, "data": None, "restored": 0, "new_name": None},
    "Comment": {"comment_type": None, "reference_doctype": None, "reference_name": None, "content": None},
}


def _kinds(document):
    kinds = {}
    for key, value in document.items():
        if not isinstance(value, list) and key != "doctype":
            kinds[key] = type(value)() if isinstance(value, (int, float)) else None
    return kinds


def load():
    with open(os.path.join(CAPTURES, "records.json"), encoding="utf-8") as file:
        documents = json.load(file)["documents"]
    children = {child for tables in CHILDREN.values() for child in tables.values()}
    doctypes = {name: {**(ROW if name in children else STANDARD)} for name in [*documents, *MORE, *sorted(children)]}
    for name, document in documents.items():
        doctypes[name].update(_kinds(document))
        for table, child in CHILDREN.get(name, {}).items():
            for row in document.get(table, []):
                doctypes[child].update(_kinds(row))
    for name, fields in MORE.items():
        doctypes[name].update(fields)
    return doctypes


DOCTYPES = load()
PARENTS = {child: [parent for parent, tables in CHILDREN.items() if child in tables.values()]
           for tables in CHILDREN.values() for child in tables.values()}
TABLES = [*DOCTYPES, "Series"]
INDEXES = [*((child, "parent") for child in PARENTS), ("Bin", "item_code"), ("Delivery Note Item", "against_sales_order"),
           ("Stock Ledger Entry", "voucher_no")]
