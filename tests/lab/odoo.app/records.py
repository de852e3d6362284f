"""Searching, reading and writing records as Odoo's ORM does; one Env is one call inside one transaction.

Rows hold what is stored, under 19's field names: many2one as an id, stamps as text with microseconds, texts of other
languages under `name@de_DE`.
"""

import heapq
from typing import NamedTuple

import computed
import failures
from domain import compile_domain
from models import INVERSE, ORDER, RELATED, TITLES

EMPTY = {"integer": 0, "one2many": [], "many2many": []}
COMMANDS = "create", "update", "delete", "unlink", "link", "clear", "set"


class User(NamedTuple):
    number: int
    login: str
    secrets: tuple                   # password and API key: JSON-RPC takes both, JSON-2 the key
    companies: tuple = (1, 3)
    partner: int = 0                 # not 0: a portal user, who sees what belongs to this partner, and no error
    denied: frozenset = frozenset()


class Env:
    def __init__(self, schema, transaction, user, context, rules):
        self.schema, self.transaction, self.user, self.context, self.rules = schema, transaction, user, context or {}, rules
        self.stamp = transaction.start.isoformat(" ", "microseconds")
        self.lang = self.context.get("lang") or "en_US"
        self.names, self.getters = {}, {}
        self.later = []     # what the system does in a transaction of its own, right after this one
        self._check_context()

    def _check_context(self):
        if self.lang not in ("en_US", "de_DE"):
            raise failures.user_error(f"Invalid language code: {self.lang}")
        allowed = self.context.get("allowed_company_ids") or self.user.companies
        if not set(allowed) <= set(self.user.companies):
            raise failures.access_error("Access to unauthorized or invalid companies.")
        self.companies = {False, None, *allowed}

    # reading

    def row(self, model, key):
        return self.transaction.get(model, key)

    def children(self, model, column, key):
        return [self.row(model, child) for child in self.transaction.children(model, column, key)]

    def getter(self, model, name):
        """row -> the field as it is held."""
        if (model, name) not in self.getters:
            self.getters[model, name] = self._getter(model, name)
        return self.getters[model, name]

    def _getter(self, model, name):
        if (model, name) in INVERSE:
            table, column = INVERSE[model, name]
            only = computed.SHOWN.get((model, name), lambda row: True)
            return lambda row: [key for key in self.transaction.children(table, column, row["id"])
                                if only(self.row(table, key))]
        if (model, name) in RELATED:
            link, other = RELATED[model, name]
            return lambda row, get=self.getter("product.template", other): get(self.row("product.template", row[link]))
        if name == "display_name":
            return lambda row: self.display_name(model, row["id"])
        if (model, name) in computed.FIELDS:
            return lambda row, compute=computed.FIELDS[model, name]: compute(self, row)
        column = self.schema.column(model, name)
        translated = f"{column}@{self.lang}"
        return lambda row: row.get(translated, row.get(column))

    def display_name(self, model, key):
        if (model, key) not in self.names:
            row = self.row(model, key)
            self.names[model, key] = computed.display_name(self, model, row) if row else f"{model},{key}"
        return self.names[model, key]

    def ancestors(self, model, key):
        while key:
            yield key
            key = (self.row(model, key) or {}).get("parent_id")

    def check_access(self, model):
        if model in self.user.denied:
            raise failures.not_allowed(model, TITLES.get(model, model))

    def visible(self, model, row):
        if self.user.partner and not computed.belongs(self, model, row, self.user.partner):
            return False
        return row.get("company_id") in self.companies

    def search(self, model, domain=(), offset=0, limit=None, order=None):
        """The rows, in order."""
        self.check_access(model)
        test = compile_domain(self, model, domain)
        hidden = ("active" in self.schema.models[model] and self.context.get("active_test", True) and
                  not any(isinstance(term, (list, tuple)) and term[0] == "active" for term in domain or []))
        rows = [row for _, row in self.transaction.rows(model)
                if (not hidden or row.get("active", True)) and test(row) and self.visible(model, row)]
        offset = offset or 0
        return self._sorted(model, rows, order, offset + limit if limit else None)[offset:]

    def _sorted(self, model, rows, order, most):
        """The first `most` in order; nulls are the greatest, as PostgreSQL has it."""
        terms = []
        for part in (order or ORDER.get(model, "id")).split(","):
            name, _, direction = part.strip().partition(" ")
            says = self.schema.models[model].get(name)
            if order and says is None:
                raise failures.value_error(f"Invalid field '{name}' on model '{model}'")
            if order and not says["store"]:
                raise failures.value_error(f"Cannot convert {model}.{name} to SQL because it is not stored")
            terms.append((self.getter(model, name), direction.strip().lower() == "desc"))
        if not any(descending for _, descending in terms):
            gets = [get for get, _ in terms]
            return heapq.nsmallest(most or len(rows), rows, lambda row: [_rank(get(row)) for get in gets])
        for get, descending in reversed(terms):
            rows.sort(key=lambda row, get=get: _rank(get(row)), reverse=descending)
        return rows[:most]

    def read(self, model, rows, fields=None, load="_classic_read"):
        says = self.schema.models[model]
        for name in fields or ():
            if name not in says:
                raise failures.value_error(f"Invalid field '{name}' on '{model}'")
        names = [name for name in fields or says if name != "id"]
        shown = [(name, self._shown(model, name, says[name], load)) for name in names]
        return [{"id": row["id"], **{name: show(row) for name, show in shown}} for row in rows]

    def _shown(self, model, name, says, load):
        get, kind = self.getter(model, name), says["type"]
        if kind == "many2one":
            relation = says["relation"]
            if load:
                return lambda row: [key, self.display_name(relation, key)] if (key := get(row)) else False
            return lambda row: get(row) or False
        if kind == "datetime":
            return lambda row: (get(row) or "")[:19] or False
        if kind in ("float", "monetary"):
            return lambda row: float(get(row) or 0.0)
        if kind in EMPTY:
            return lambda row, empty=EMPTY[kind]: empty if (value := get(row)) is None else value
        return lambda row: False if (value := get(row)) is None else value

    def browse(self, model, keys):
        """The rows of these keys, for a change: one that is gone is an error."""
        self.check_access(model)
        found = [(key, self.row(model, key)) for key in keys]
        for key, row in found:
            if row is None or not self.visible(model, row):
                raise failures.missing(model, key, self.user.number)
        return [row for _, row in found]

    # writing

    def touch(self, model, keys, **values):
        """Writes the values and the stamp, with no consequences."""
        for key in keys:
            row = self.row(model, key)
            if row is not None:
                self.names.pop((model, key), None)
                self.transaction.put(model, key, {**row, **values, "write_date": self.stamp, "write_uid": self.user.number})

    def insert(self, model, **values):
        key = self.transaction.number(model)
        row = {"id": key, **values, "create_date": self.stamp, "write_date": self.stamp}
        if "active" in self.schema.models[model]:
            row.setdefault("active", True)
        self.transaction.put(model, key, row)
        return key

    def create(self, model, values):
        self.check_access(model)
        plain, lines = self._split(model, values)
        key = self.insert(model, **self.rules.defaults(self, model, plain))
        self._command(model, key, lines)
        self.rules.created(self, model, key)
        return key

    def write(self, model, keys, values):
        before = self.browse(model, keys)
        plain, lines = self._split(model, values)
        self.touch(model, keys, **plain)
        for key in keys:
            self._command(model, key, lines)
        self.rules.written(self, model, before, plain)
        return True

    def unlink(self, model, keys):
        rows = self.browse(model, keys)
        for row in rows:
            self.rules.deleted(self, model, row)
        for key in keys:
            self.transaction.delete(model, key)
        for row in rows:
            self.rules.gone(self, model, row)
        return True

    def _split(self, model, values):
        says, plain, lines = self.schema.models[model], {}, {}
        for name, value in values.items():
            if name not in says:
                raise failures.value_error(f"Invalid field '{name}' on '{model}'")
            if (model, name) in INVERSE:
                lines[name] = value
            elif says[name]["type"] == "many2many":
                plain[name] = _keys(value)
            elif says[name]["type"] != "boolean" and value is False:
                plain[self.schema.column(model, name)] = None
            elif says[name]["type"] == "datetime":
                plain[name] = value.replace("T", " ").ljust(20, ".").ljust(26, "0")
            else:
                plain[self._column(model, name)] = value
        return plain, lines

    def _column(self, model, name):
        column = self.schema.column(model, name)
        return column if self.lang == "en_US" or column != "name" else f"{column}@{self.lang}"

    def _command(self, model, key, lines):
        for name, commands in lines.items():
            child, back = INVERSE[model, name]
            for number, other, *values in commands:
                match COMMANDS[number]:
                    case "create":
                        self.create(child, {back: key, **values[0]})
                    case "update":
                        self.write(child, [other], values[0])
                    case "delete":
                        self.unlink(child, [other])
                    case _:
                        raise failures.value_error(f"Command {number} is not for {model}.{name}")


def _rank(value):
    return (True, 0) if value is None or value is False else (False, value)


def _keys(value):
    """The ids of a many2many: plain, or as commands (6 sets all, 4 adds one)."""
    found = []
    for item in value or []:
        if isinstance(item, int):
            found.append(item)
        elif COMMANDS[item[0]] == "set":
            found = list(item[2])
        elif COMMANDS[item[0]] == "link":
            found.append(item[1])
    return found
