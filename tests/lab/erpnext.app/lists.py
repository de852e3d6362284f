"""Lists as Frappe's query builder answers them: joins of children and links, filters that never fail, no default order."""

import datetime
import re

import failures
from schema import CHILDREN, DATES, DOCTYPES, LINKS, PARENTS, STAMPS

OPERATORS = {"=", "!=", ">", ">=", "<", "<=", "in", "not in", "like", "not like", "is", "between"}
ALL_OPERATORS = ("timespan, not ancestors of, in, not in, <=, <, >, not descendants of, fiscal year, descendants of, =, >=, between, "
                 "previous, !=, is, descendants of (inclusive), like, ancestors of, not like, next")
COUNT = re.compile(r"count\((\w+|\*)\)(?: as (\w+))?$", re.I)
NO_DATE = "0001-01-01 00:00:00.000000"     # what a value that is no date is read as
SEEN = ("_comments", "_assign", "_user_tags", "_liked_by", "_seen")


class Query:
    def __init__(self, site, doctype, permitted, **asked):
        self.site, self.doctype, self.permitted = site, doctype, permitted
        self.fields = asked.get("fields") or ["name"]
        self.filters, self.any_of = self._terms(asked.get("filters")), self._terms(asked.get("or_filters"))
        self.order, self.group = asked.get("order_by"), asked.get("group_by")
        self.start, self.length = asked.get("start", 0), asked.get("length", 20)
        self.above = asked.get("above", ())     # fields that vanish from rows, without an error
        self.joined = None      # the child doctype rows are joined with: one row for each child

    def _terms(self, filters):
        if isinstance(filters, dict):
            filters = [[name, *(value if isinstance(value, list) else ["=", value])] for name, value in filters.items()]
        return [term if len(term) == 4 else [self.doctype, *term] for term in filters or []]

    def run(self):
        columns = [(name, get) for field in self.fields for name, get in self._columns(field) if name not in self.above]
        tests = [self._test(*term) for term in self.filters]
        either = [self._test(*term) for term in self.any_of]
        order = self._order()
        rows = [row for row in self._source() if all(test(row) for test in tests)
                and (not either or any(test(row) for test in either))]
        if self.group:
            return self._grouped(rows, columns)
        for get, descending in reversed(order):
            rows.sort(key=lambda row, get=get: _rank(get(row)), reverse=descending)
        if self.length < 0:
            raise failures.sql("ProgrammingError",
                               "(1064, \"You have an error in your SQL syntax; check the manual that corresponds to "
                               f"your MariaDB server version for the right syntax to use near '{self.length} offset {self.start}' at line 6\")")
        rows = rows[self.start:self.start + self.length if self.length else None]
        return [{name: get(row) for name, get in columns} for row in rows]

    def _source(self):
        """(parent, child) pairs; a parent without children comes once, with none."""
        for _, row in self.site.transaction.rows(self.doctype):
            if not self.permitted(row):
                continue
            if not self.joined:
                yield row, None
                continue
            lines = self.site.rows(self.joined, row["name"])
            for line in lines or [None]:
                yield row, line

    def _grouped(self, rows, columns):
        groups = {}
        get = self._field(self.group)
        for row in rows:
            groups.setdefault(get(row), []).append(row)
        keys = sorted(groups, key=_rank)
        return [{name: len(groups[key]) if get is len else get(groups[key][0]) for name, get in columns} for key in keys]

    # fields

    def _columns(self, text):
        if text == "*":
            return [*((name, self._own(name)) for name in DOCTYPES[self.doctype]),
                    *((name, lambda _row: None) for name in SEEN)]
        counted = COUNT.match(text)
        if counted:
            return [(counted[2] or text, len)]
        path, _, alias = text.partition(" as ")
        return [(alias.strip() or path.split(".")[-1].strip("`"), self._field(path))]

    def _field(self, path):
        """Of the doctype, or table.field of a child table, or link.field of another document."""
        path = path.strip().replace("`", "")
        first, _, second = path.partition(".")
        if not second:
            return self._own(first)
        if first == f"tab{self.doctype}":
            return self._own(second)
        child = CHILDREN.get(self.doctype, {}).get(first) or first.removeprefix("tab")
        if child in PARENTS:
            return self._child(child, second)
        target = LINKS.get(first)
        if target is None or second not in DOCTYPES[target]:
            raise failures.data_error(path)
        get = self._own(first)
        return lambda row: (self.site.transaction.get(target, get(row)) or {}).get(second)

    def _own(self, name):
        if name not in DOCTYPES[self.doctype]:
            raise failures.data_error(name)
        return lambda row: row[0].get(name)

    def _child(self, child, name):
        if name not in DOCTYPES[child]:
            raise failures.data_error(name)
        self.joined = child
        return lambda row: row[1].get(name) if row[1] else None

    def _order(self):
        terms = []
        for part in (self.order or "").split(",") if self.order else []:
            path, _, direction = part.strip().rpartition(" ") if part.strip().split(" ")[-1].lower() in ("asc",
                                                                                                         "desc") else (part.strip(), "", "asc")
            try:
                terms.append((self._field(path), direction.lower() == "desc"))
            except failures.Failure as failure:
                raise failures.sql("OperationalError", f"(1054, \"Unknown column '{path}' in 'ORDER BY'\")") from failure
        return terms

    # filters

    def _test(self, doctype, name, sign, value=None):
        if not isinstance(name, str) or sign not in OPERATORS:
            raise failures.validation(f"Operator must be one of {ALL_OPERATORS}")
        if "." in name:
            raise failures.sql("OperationalError", f"(1054, \"Unknown column '{name}' in 'WHERE'\")")
        get = self._own(name) if doctype == self.doctype else self._child(doctype, name)
        kind = DOCTYPES[doctype].get(name)
        if name in STAMPS or name in DATES:
            return _date_test(get, sign, value, name in STAMPS)
        return _value_test(get, sign, value, kind)


def _rank(value):
    """Nulls are the least, texts compare without case, as MariaDB has it."""
    return (value is not None, value.casefold() if isinstance(value, str) else value if value is not None else 0)


def _compared(sign, left, right):
    return {"=": left == right, "!=": left != right, ">": left > right, ">=": left >= right, "<": left < right,
            "<=": left <= right}[sign]


def _stamp(value, exact):
    """To the microsecond; a zone is cut off, and what is no date is the first day there is."""
    text = re.sub(r"(Z|[+-]\d\d:?\d\d)$", "", str(value).replace("T", " ")) if len(str(value)) > 10 else str(value)
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return NO_DATE
    return moment.isoformat(" ", "microseconds") if exact else moment.isoformat(" ")[:10]


def _date_test(get, sign, value, exact):
    if sign == "is":
        return lambda row: bool(get(row)) == (value == "set")
    values = [_stamp(one, exact) for one in (value if isinstance(value, (list, tuple)) else [value])]
    if sign == "between":
        return lambda row: values[0] <= (get(row) or NO_DATE) <= values[1]
    if sign in ("in", "not in"):
        return lambda row: (get(row) in values) == (sign == "in")
    if sign in ("like", "not like"):
        return _value_test(get, sign, value, None)
    return lambda row: _compared(sign, get(row) or NO_DATE, values[0])


def _value_test(get, sign, value, kind):
    if sign == "is":
        return lambda row: (get(row) not in (None, "")) == (value == "set")
    if sign in ("in", "not in"):
        wanted = {_rank(one)[1] for one in (value.split(",") if isinstance(value, str) else value)}
        return lambda row: (_rank(get(row))[1] in wanted) == (sign == "in")
    if sign in ("like", "not like"):
        form = re.compile("".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in str(value)), re.S | re.I)
        return lambda row: (form.fullmatch(str(get(row) or "")) is not None) == (sign == "like")
    if isinstance(kind, (int, float)):
        number = _number(value)
        return lambda row: _compared(sign, get(row) or 0, number)
    if value is None:
        return lambda _row: False      # = null is never true
    text = str(value).casefold()
    return lambda row: _compared(sign, str(get(row) or "").casefold(), text)     # null counts as ""


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
