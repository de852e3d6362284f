"""Reading, saving, deleting and renaming documents as Frappe does; one Site is one call inside one transaction.

A parent's row and its child rows lie in tables of their own. `modified` is the start of the save in the site's own zone.
"""

import datetime
import hashlib
import json
import zoneinfo

import drafts
import failures
from schema import CHILDREN, DOCTYPES, LINKS

SERIES = {"Sales Order": "SAL-ORD", "Delivery Note": "MAT-DN", "Sales Invoice": "ACC-SINV", "Payment Entry": "ACC-PAY",
          "Quotation": "SAL-QTN"}
KEPT = {"name", "creation", "owner", "docstatus", "modified", "modified_by"}
NAMED_BY = {"Customer": "customer_name", "Item": "item_code", "Country": "country_name"}


class Site:
    def __init__(self, transaction, user, zone, rules):
        self.transaction, self.user, self.zone, self.rules = transaction, user, zoneinfo.ZoneInfo(zone), rules
        self.stamp = self.local(transaction.start)

    def local(self, moment):
        here = moment.replace(tzinfo=datetime.timezone.utc).astimezone(self.zone)
        return here.replace(tzinfo=None).isoformat(" ", "microseconds")

    @property
    def today(self):
        return self.stamp[:10]

    # rows

    def find(self, doctype, name):
        """The row of a document; names compare without case."""
        row = self.transaction.get(doctype, name)
        if row is None and isinstance(name, str):
            row = next((row for _, row in self.transaction.rows(doctype) if row["name"].casefold() == name.casefold()), None)
        return row

    def get(self, doctype, name):
        row = self.find(doctype, name)
        if row is None:
            raise failures.unknown(f"{doctype} {name} not found")
        return row

    def rows(self, child, parent):
        found = [self.transaction.get(child, key) for key in self.transaction.children(child, "parent", parent)]
        return sorted(found, key=lambda row: row["idx"])

    def document(self, doctype, name):
        """With child tables; keys whose value is null are left out, as in answers."""
        row = self.get(doctype, name)
        document = {k: v for k, v in row.items() if v is not None}
        for table, child in CHILDREN.get(doctype, {}).items():
            document[table] = [{k: v for k, v in line.items() if v is not None} for line in self.rows(child, row["name"])
                               if line["parenttype"] == doctype and line["parentfield"] == table]
        return {**document, "doctype": doctype}

    def put(self, doctype, row, **values):
        """Changes without `modified`: what jobs, renames and other documents do behind it."""
        self.transaction.put(doctype, row["name"], {**row, **values})

    def touch(self, doctype, name, **values):
        row = self.transaction.get(doctype, name)
        if row is not None:
            self.put(doctype, row, **values, modified=self.stamp, modified_by=self.user)

    # names

    def hashed(self):
        number = self.transaction.number("hash")
        return "v" + hashlib.sha1(str(number).encode()).hexdigest()[:9]

    def _series(self, doctype):
        return f"{SERIES[doctype]}-{self.today[:4]}-"

    def new_name(self, doctype, values):
        if values.get("amended_from"):
            base, _, last = values["amended_from"].rpartition("-")
            return f"{base}-{int(last) + 1}" if len(last) < 4 and last.isdigit() else f"{values['amended_from']}-1"
        if doctype in SERIES:
            prefix = self._series(doctype)
            number = (self.transaction.get("Series", prefix) or {"current": 0})["current"] + 1
            self.transaction.put("Series", prefix, {"name": prefix, "current": number})     # its lock is held to the commit
            return f"{prefix}{number:05}"
        if doctype in NAMED_BY:
            return values[NAMED_BY[doctype]]
        if doctype in ("Contact", "Address"):
            linked = next((link["link_name"] for link in values.get("links", [])), "")
            own = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
            return f"{own}-{linked}" if doctype == "Contact" else f"{linked}-{values.get('address_type', 'Billing')}"
        return self.hashed()

    def _give_back(self, doctype, name):
        """Deleting the newest of a series gives its number back."""
        prefix, _, number = name.rpartition("-")
        series = self.transaction.get("Series", f"{prefix}-")
        if doctype in SERIES and series and number.isdigit() and series["current"] == int(number):
            self.transaction.put("Series", f"{prefix}-", {**series, "current": int(number) - 1})

    # saving

    def insert(self, doctype, values):
        values = drafts.filled(self, doctype, values)
        self._check_links(doctype, values)
        name = self.new_name(doctype, values)
        if not name or any(c in name for c in "<>"):
            raise failures.Failure(409, "NameError", "Name cannot contain special characters like '<' or '>'")
        made = doctype in SERIES or doctype not in (*NAMED_BY, "Contact", "Address")     # by the system: surely new
        if self.transaction.get(doctype, name) if made else self.find(doctype, name):
            raise failures.duplicate(doctype, name)
        known = {k: v for k, v in values.items() if k in DOCTYPES[doctype]}
        row = {**DOCTYPES[doctype], **known, "name": name, "owner": self.user, "creation": self.stamp,
               "modified": self.stamp,
               "modified_by": self.user}
        self.transaction.put(doctype, name, row)
        self._save_rows(doctype, name, values, 0)
        self.rules.saved(self, doctype, name)
        return name

    def _check_links(self, doctype, values):
        for field, target in LINKS.items():
            if target != doctype and field in DOCTYPES[doctype] and values.get(field) and not self.find(target,
                                                                                                        values[field]):
                raise failures.unknown(f"{target} {values[field]} not found")

    def update(self, doctype, name, values):
        row = self.get(doctype, name)
        if values.get("modified", row["modified"]) != row["modified"]:
            raise failures.validation(f"Error: Document has been modified after you have opened it ({row['modified']}, "
                                      f"{values['modified']}). Please refresh to get the latest document.",
                                      "TimestampMismatchError")
        if row["docstatus"] == 2:
            raise failures.validation("Cannot edit cancelled document")
        self.touch(doctype, row["name"], **{k: v for k, v in values.items() if k in DOCTYPES[doctype] and k not in KEPT})
        self._save_rows(doctype, row["name"], values, row["docstatus"])
        self.rules.saved(self, doctype, row["name"])
        return row["name"]

    def _save_rows(self, doctype, name, values, docstatus):
        """Every save moves every row; rows that are left out of a table that is given are gone, with no tombstone."""
        for table, child in CHILDREN.get(doctype, {}).items():
            old = {row["name"]: row for row in self.rows(child, name) if row["parentfield"] == table
                   and row["parenttype"] == doctype}
            given = values.get(table, list(old.values()))
            for idx, line in enumerate(given, 1):
                base = old.pop(line.get("name"), None) or {**DOCTYPES[child], "name": self.hashed(), "creation": self.stamp,
                                                           "owner": self.user}
                known = {k: v for k, v in line.items() if k in DOCTYPES[child] and k not in KEPT}
                row = {**base, **known, "idx": idx, "docstatus": docstatus, "parent": name, "parenttype": doctype,
                       "parentfield": table,
                       "modified": self.stamp, "modified_by": self.user}
                self.transaction.put(child, row["name"], row)
            for key in old:
                self.transaction.delete(child, key)

    def set_docstatus(self, doctype, name, docstatus):
        self.touch(doctype, name, docstatus=docstatus)
        for child in set(CHILDREN.get(doctype, {}).values()):
            for row in self.rows(child, name):
                self.touch(child, row["name"], docstatus=docstatus)

    # deleting and renaming

    def tombstone(self, doctype, name, document):
        self.insert("Deleted Document", {"deleted_doctype": doctype, "deleted_name": name,
                                         "data": json.dumps(document, ensure_ascii=False)})

    def delete(self, doctype, name):
        row = self.get(doctype, name)
        if row["docstatus"] == 1:
            raise failures.validation(f"{doctype} {row['name']}: Submitted Record cannot be deleted. You must <a href='https://docs.erpnext.com//docs/"
                                      "user/manual/en/setting-up/articles/delete-submitted-document' target='_blank'> Cancel </a> it first.")
        self.rules.check_unlinked(self, doctype, row["name"])
        self.tombstone(doctype, row["name"], self.document(doctype, row["name"]))
        self.remove(doctype, row["name"])
        self._give_back(doctype, row["name"])

    def remove(self, doctype, name):
        for child in set(CHILDREN.get(doctype, {}).values()):
            for line in self.rows(child, name):
                self.transaction.delete(child, line["name"])
        self.transaction.delete(doctype, name)

    def rename(self, doctype, old, new, merge=False):
        """Links in other documents read differently afterwards, and no `modified` tells."""
        row, survivor = self.get(doctype, old), self.find(doctype, new)
        if bool(survivor) != merge:
            raise failures.validation(f"{doctype} {new} {'already exists' if survivor else 'does not exist'}")
        old = row["name"]
        if merge:
            self.tombstone(doctype, old, self.document(doctype, old))
            self.remove(doctype, old)
            self.touch(doctype, new)
        else:
            self._move_rows(doctype, old, new)
            self.transaction.delete(doctype, old)
            self.put(doctype, {**row, "name": new}, **({NAMED_BY[doctype]: new} if doctype == "Item" else {}),
                     modified=self.stamp)
        self._relink(doctype, old, new)
        words = f"merged <strong>{old}</strong> into <strong>{new}</strong>" if merge else f"renamed from <strong>{old}</strong> to <strong>{new}</strong>"
        self.insert("Comment", {"comment_type": "Edit", "reference_doctype": doctype, "reference_name": new,
                                "content": words})
        return new

    def _move_rows(self, doctype, old, new):
        for child in set(CHILDREN.get(doctype, {}).values()):
            for line in self.rows(child, old):
                self.put(child, line, parent=new)

    def _relink(self, doctype, old, new):
        for other, fields in DOCTYPES.items():
            for field in (name for name, target in LINKS.items() if target == doctype and name in fields):
                for _, row in list(self.transaction.rows(other)):
                    if row.get(field) == old and not (other == doctype and field in NAMED_BY.values()):
                        self.put(other, row, **{field: new})
