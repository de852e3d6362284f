"""Domains: prefix notation to a predicate over rows. Dotted paths follow relations."""

import operator
import re

import failures

STAMP = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?)?$")
COMPARE = {"=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
TEXT = {"like", "ilike", "not like", "not ilike", "=like", "=ilike"}
OPERATORS = {*COMPARE, *TEXT, "!=", "in", "not in", "child_of"}


def _everything(_row):
    return True


def compile_domain(env, model, domain):
    stack = []
    for term in reversed(domain or []):
        if term == "!":
            stack.append(_negated(stack.pop()))
        elif term in ("&", "|"):
            stack.append(_joined(term, stack.pop(), stack.pop()))
        else:
            stack.append(_leaf(env, model, term))
    if not stack:
        return _everything
    result = stack.pop()
    while stack:      # terms without an operator between them are all meant
        result = _joined("&", result, stack.pop())
    return result


def _negated(test):
    return lambda row: not test(row)


def _joined(sign, left, right):
    if sign == "&":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _leaf(env, model, term):
    if not isinstance(term, (list, tuple)) or len(term) != 3:
        raise failures.value_error(f"Invalid leaf {term!r}")
    path, sign, value = term
    if path in (0, 1):       # (1, '=', 1): always
        return lambda _row: (path == value) == (sign == "=")
    name, _, rest = path.partition(".")
    says = env.schema.models[model].get(name)
    if says is None:
        raise failures.value_error(f"Invalid field {model}.{name} in condition {(path, sign, value)!r}")
    if sign not in OPERATORS:
        raise failures.value_error(f"Invalid operator {sign!r} in condition {(path, sign, value)!r}")
    if (model, name) == ("product.product", "lst_price"):
        raise failures.value_error(f"Cannot convert {model}.{name} to SQL because it is not stored")
    get = env.getter(model, name)
    if rest:
        return _through(env, says, get, [rest, sign, value])
    return _test(env, says, get, sign, value)


def _through(env, says, get, term):
    if "relation" not in says:
        raise failures.value_error(f"Invalid field {term[0]} in condition {tuple(term)!r}")
    inner = _leaf(env, says["relation"], term)

    def test(row):
        found = get(row)
        keys = found if isinstance(found, list) else [found] if found else []
        return any(other is not None and inner(other) for other in (env.row(says["relation"], key) for key in keys))
    return test


def _test(env, says, get, sign, value):
    kind = says["type"]
    if kind == "datetime" and value:
        return _stamp_test(env, get, sign, value)
    if sign in TEXT:
        return _text_test(env, says, get, sign, value)
    if kind in ("many2one", "one2many", "many2many"):
        return _relation_test(env, says, get, sign, value)
    if sign in ("in", "not in"):
        wanted = set(value if isinstance(value, (list, tuple)) else [value])
        return _same(lambda row: (get(row) or False) in wanted if False in wanted else get(row) in wanted, sign == "in")
    if sign in ("=", "!="):
        if value is None or value is False:
            return _same(lambda row: not get(row) if kind == "boolean" else get(row) in (None, False), sign == "=")
        return _same(lambda row: get(row) == value, sign == "=")
    return _ordered(get, COMPARE[sign], value)


def _same(test, positive):
    return test if positive else lambda row: not test(row)


def _ordered(get, compare, value):
    def test(row):
        found = get(row)
        return found is not None and found is not False and compare(found, value)
    return test


def _stamp_test(env, get, sign, value):
    """19 compares whole seconds when it is given whole seconds: = S is all of that second, > S is after all of it."""
    values = value if isinstance(value, (list, tuple)) else [value]
    for one in values:
        if not isinstance(one, str) or not STAMP.match(one):
            raise failures.value_error(f"time data {one!r} does not match format '%Y-%m-%d %H:%M:%S'")
    whole = env.schema.version >= 19 and all("." not in one for one in values)
    wanted = [_stamp(one, whole) for one in values]

    def found(row):
        stamp = get(row)
        return stamp and (stamp[:19] if whole else stamp)
    if sign in ("in", "not in", "!="):
        return _same(lambda row: found(row) in wanted, sign == "in")
    return _ordered(found, COMPARE[sign], wanted[0])


def _stamp(text, whole):
    text = text.replace("T", " ")
    text = text if len(text) > 10 else f"{text} 00:00:00"
    return text if whole else (text if "." in text else f"{text}.").ljust(20, ".").ljust(26, "0")


def _text_test(env, says, get, sign, value):
    negative, case = sign.startswith("not "), "ilike" not in sign
    pattern = str(value) if sign.startswith("=") else f"%{value}%"
    # % any text, _ any character, as in SQL
    form = re.compile("".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern), re.S | (0 if case else re.I))

    def test(row):
        found = get(row)
        if says["type"] == "many2one" and found:
            found = env.display_name(says["relation"], found)
        return form.fullmatch(found if isinstance(found, str) else "") is not None
    return _same(test, not negative)


def _relation_test(env, says, get, sign, value):
    if sign == "child_of":
        roots = set(value if isinstance(value, list) else [value])
        return lambda row: bool(roots & set(env.ancestors(says["relation"], get(row))))
    if isinstance(value, str):
        return _same(lambda row: bool(get(row)) and env.display_name(says["relation"], get(row)) == value, sign == "=")
    wanted = set(value if isinstance(value, (list, tuple)) else [value])
    empty_too = bool(wanted & {False, None})

    def test(row):
        found = get(row)
        keys = found if isinstance(found, list) else [found] if found else []
        return any(key in wanted for key in keys) or (empty_too and not keys)
    return _same(test, sign in ("=", "in"))
