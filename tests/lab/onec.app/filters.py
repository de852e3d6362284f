"""$filter of OData v3, and 1C's `like`, to a predicate over rows."""

import operator
import re

TOKEN = re.compile(r"\s*(?:(guid|datetime)'([^']*)'|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([\w./]+)|([(),]))")
COMPARE = {"eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
WORDS = {"true": True, "false": False, "null": None}


class BadFilter(Exception):
    pass


class UnknownField(BadFilter):
    pass


def _tokens(text):
    place, found = 0, []
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if not match:
            raise BadFilter(text[place:])
        place = match.end()
        literal, value, string, number, word, sign = match.groups()
        if literal:
            found.append(("value", value.lower() if literal == "guid" else value))
        elif string is not None:
            found.append(("value", string.replace("''", "'")))
        elif number:
            found.append(("value", float(number)))
        else:
            found.append(("word", word) if word else ("sign", sign))
    return found


class Filter:
    def __init__(self, text, fields):
        self.tokens, self.fields = _tokens(text), fields

    def compiled(self):
        test = self._either()
        if self.tokens:
            raise BadFilter(str(self.tokens[0][1]))
        return test

    def _next(self, *wanted):
        if self.tokens and self.tokens[0][1] in wanted and self.tokens[0][0] != "value":
            return self.tokens.pop(0)[1]
        return None

    def _take(self, kind=None):
        if not self.tokens or kind not in (None, self.tokens[0][1]):
            raise BadFilter("unexpected end")
        return self.tokens.pop(0)

    def _either(self):
        left = self._both()
        while self._next("or"):
            left = (lambda one, two: lambda row: one(row) or two(row))(left, self._both())
        return left

    def _both(self):
        left = self._one()
        while self._next("and"):
            left = (lambda one, two: lambda row: one(row) and two(row))(left, self._one())
        return left

    def _one(self):
        if self._next("not"):
            return (lambda test: lambda row: not test(row))(self._one())
        if self._next("("):
            test = self._either()
            self._take(")")
            return test
        if name := self._next("substringof", "startswith", "endswith"):
            return self._function(name)
        get, (_, sign) = self._operand(), self._take()
        value = self._operand()
        if sign == "like":
            return lambda row: _like(value(row)).fullmatch(get(row)) is not None
        if sign not in COMPARE:
            raise BadFilter(str(sign))
        return lambda row, compare=COMPARE[sign]: compare(get(row), value(row))

    def _function(self, name):
        self._take("(")
        first = self._operand()
        self._take(",")
        second = self._operand()
        self._take(")")
        self.tokens[:2] = [] if [token[1] for token in self.tokens[:2]] == ["eq", "true"] else self.tokens[:2]
        test = {"substringof": lambda a, b: a in b, "startswith": str.startswith, "endswith": str.endswith}[name]
        return lambda row: test(first(row), second(row))

    def _operand(self):
        kind, value = self._take()
        if kind == "value" or value in WORDS:
            return lambda _row, value=WORDS.get(value, value) if kind == "word" else value: value
        if value not in self.fields:
            raise UnknownField(value)
        return lambda row: row[value]


def _like(pattern):
    return re.compile("".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern), re.S | re.I)
