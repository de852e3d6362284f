"""A STUB of 1C:Enterprise's standard OData interface (v3, JSON), answering as the captures in onec.captures do.

Captured are one catalog element and one document collection; errors and $metadata follow public descriptions. Atom, which
1C sends unless JSON is asked for, is not served.
"""

import base64
import json
import os
import re
import sys
import uuid

import seed
from filters import BadFilter, Filter, UnknownField
from schema import EMPTY_KEY, LINKED, OBJECTS, REGISTER, metadata, nothing, shown
from stub.server import Answer, serve
from stub.store import Conflict, Store

BASE = "/trade/odata/standard.odata/"
JSON = "application/json;odata=minimalmetadata;charset=utf-8"
ELEMENT = re.compile(r"(\w+)\(guid'([0-9a-fA-F-]{36})'\)(?:/(Post|Unpost))?$")
BALANCE = re.compile(REGISTER + r"/Balance(?:\((.*)\))?$")


class Refused(Exception):
    def __init__(self, status, code, text):
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def no_entity():
    return Refused(404, "9", "Экземпляр сущности не найден")


def unknown(what):
    return Refused(400, "8", f"Сущность или свойство '{what}' не найдено")


class Database:
    """Objects, inside one transaction."""

    def __init__(self, transaction):
        self.transaction = transaction

    def rows(self, kind):
        return [row for _, row in self.transaction.rows(kind)]

    def get(self, kind, key):
        row = self.transaction.get(kind, key.lower())
        if row is None:
            raise no_entity()
        return row

    def save(self, kind, row):
        """Every write moves DataVersion: equal or not is all that it tells."""
        version = base64.b64encode(self.transaction.number("version").to_bytes(8, "big")).decode()
        self.transaction.put(kind, row["Ref_Key"], {**row, "DataVersion": version})
        return row["Ref_Key"]

    def create(self, kind, values):
        fields, number = OBJECTS[kind], self.transaction.number(kind)
        key = values.get("Ref_Key") or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))
        start = {name: nothing(name, field) for name, field in fields.items()}
        if "Code" in fields:
            start["Code"] = f"{number:09}"
        else:
            start.update(Number=f"{number:09}", Date=self.transaction.start.isoformat(timespec="seconds"))
        row = {**start, "Ref_Key": key}
        return self.save(kind, {**row, **self._checked(kind, key, values)})

    def _checked(self, kind, key, values):
        fields, checked = OBJECTS[kind], {}
        for name, value in values.items():
            field = fields.get(name)
            if field is None:
                raise unknown(name)
            if isinstance(field, dict):
                checked[name] = [{**{n: nothing(n, k) for n, k in field.items()}, **line, "Ref_Key": key,
                                  "LineNumber": str(i)}
                                 for i, line in enumerate(value, 1)]
                for line in checked[name]:
                    line.update({n: shown(n, k, line[n]) for n, k in field.items() if k == "fixed"})
            elif name not in ("Ref_Key", "DataVersion"):
                checked[name] = shown(name, field, value)
        return checked

    def update(self, kind, key, values):
        row = self.get(kind, key)
        self.save(kind, {**row, **self._checked(kind, row["Ref_Key"], values)})

    def post(self, kind, key, posted):
        row = self.get(kind, key)
        if row["DeletionMark"] and posted:
            raise Refused(500, "-1", "Не удалось провести документ: документ помечен на удаление")
        self.save(kind, {**row, "Posted": posted})

    def delete(self, kind, key):
        self.transaction.delete(kind, self.get(kind, key)["Ref_Key"])

    def balance(self):
        """Opening stock less what posted shipments took."""
        stock = {key: row["Количество"] for key, row in self.transaction.rows(REGISTER)}
        for shipment in self.rows("Document_РеализацияТоваровУслуг"):
            if shipment["Posted"]:
                for line in shipment["Товары"]:
                    place = shipment["Склад_Key"], line["Номенклатура_Key"]
                    stock[place] = stock.get(place, 0) - line["Количество"]
        return [{"Склад_Key": place, "Номенклатура_Key": item, "КоличествоBalance": amount} for (place, item),
                amount in sorted(stock.items()) if amount]


class OneC:
    def __init__(self, store):
        self.store, self.jobs = store, {}
        self.wanted = "Basic " + base64.b64encode("Обмен:lab".encode()).decode()

    def refusal(self, status):
        return Answer(status, f"<html><body><h1>{status}</h1></body></html>", "text/html")     # the web server's words

    def answer(self, request):
        if request.headers.get("Authorization") != self.wanted:
            return Answer(401, "<html><body><h1>401 Unauthorized</h1></body></html>", "text/html",
                          (("WWW-Authenticate", 'Basic realm="1C:Enterprise 8.3"'),))
        if not request.path.startswith(BASE):
            return Answer(404, "<html><body><h1>404 Not Found</h1></body></html>", "text/html")
        path = request.path.removeprefix(BASE)
        try:
            if path == "$metadata":
                return Answer(200, metadata(), "application/xml;charset=utf-8", (("DataServiceVersion", "3.0"),))
            if request.query.get("$format") != "json" and "json" not in (request.headers.get("Accept") or ""):
                raise Refused(406, "-1", "Atom is not served by this stub: ask for $format=json")
            root = f"http://{request.headers.get('Host')}{BASE}"
            return self.store.run(lambda transaction: self._route(Database(transaction), request, path, root), request.held)
        except Refused as refused:
            return Answer(refused.status, {"odata.error": {"code": refused.code,
                                                           "message": {"lang": "ru", "value": refused.text}}}, JSON)
        except Conflict:
            return Answer(500, {"odata.error": {"code": "-1", "message": {"lang": "ru",
                                                                          "value": "Конфликт блокировок при выполнении транзакции"}}}, JSON)

    def _route(self, database, request, path, root):
        if path == "":
            return Answer(200, {"odata.metadata": f"{root}$metadata", "value": [{"name": name, "url": name}
                                                                                for name in OBJECTS]}, JSON)
        if balance := BALANCE.match(path):
            return self._balance(database, balance[1], request.query, root)
        if element := ELEMENT.match(path):
            return self._element(database, request, element, root)
        name, _, counted = path.partition("/")
        if name not in OBJECTS:
            raise unknown(name)
        if request.method == "POST":
            key = database.create(name, _body(request))
            return Answer(201, _shown(name, database.get(name, key), root, True), JSON)
        rows, count = _selected(database.rows(name), OBJECTS[name], request.query)
        if counted == "$count":
            return Answer(200, str(count), "text/plain;charset=utf-8")
        answer = {"odata.metadata": f"{root}$metadata#{name}"}
        if request.query.get("$inlinecount") == "allpages":
            answer["odata.count"] = str(count)
        chosen = _chosen(request.query, OBJECTS[name])
        return Answer(200, {**answer, "value": [_shown(name, row, root, False, chosen) for row in rows]}, JSON)

    def _element(self, database, request, element, root):
        name, key, operation = element.groups()
        if name not in OBJECTS:
            raise unknown(name)
        if operation:
            database.post(name, key, operation == "Post")
            return Answer(200, "", JSON)
        if request.method == "DELETE":
            database.delete(name, key)
            return Answer(204, "", JSON)
        if request.method in ("PATCH", "PUT"):
            version = request.headers.get("If-Match")
            if version and version != database.get(name, key)["DataVersion"]:
                raise Refused(412, "0", "Версия не совпадает")
            database.update(name, key, _body(request))
        return Answer(200, _shown(name, database.get(name, key), root, True, _chosen(request.query, OBJECTS[name])), JSON)

    def _balance(self, database, arguments, query, root):
        asked = dict(re.findall(r"(\w+)=(?:datetime)?'([^']*(?:''[^']*)*)'", arguments or ""))
        rows = database.balance()
        fields = dict.fromkeys(("Склад_Key", "Номенклатура_Key", "КоличествоBalance"))
        if asked.get("Condition"):
            test = _filter(asked["Condition"].replace("''", "'"), fields)
            rows = [row for row in rows if test(row)]
        wanted = [name for name in (asked.get("Dimensions") or "Склад,Номенклатура").split(",") if name]
        groups = {}
        for row in rows:
            place = tuple(row[f"{name}_Key"] for name in wanted)
            groups[place] = groups.get(place, 0) + row["КоличествоBalance"]
        values = [{**{f"{name}_Key": key for name, key in zip(wanted, place)}, "КоличествоBalance": amount} for place,
                  amount in groups.items()]
        return Answer(200, {"odata.metadata": f"{root}$metadata#{REGISTER}/Balance",
                            "value": _selected(values, fields, query)[0]}, JSON)


def _body(request):
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise Refused(400, "1", f"Ошибка разбора данных запроса: {error}") from error


def _filter(text, fields):
    try:
        return Filter(text, fields).compiled()
    except UnknownField as field:
        raise unknown(field) from field
    except BadFilter as error:
        raise Refused(400, "1", f"Ошибка разбора опции запроса $filter: {error}") from error


def _selected(rows, fields, query):
    """The page that is asked for, and how many there are without it."""
    if query.get("$filter"):
        test = _filter(query["$filter"], fields)
        rows = [row for row in rows if test(row)]
    for part in reversed(query.get("$orderby", "").split(",") if query.get("$orderby") else []):
        name, _, direction = part.strip().partition(" ")
        if name not in fields:
            raise unknown(name)
        rows = sorted(rows, key=lambda row, name=name: row[name], reverse=direction.lower() == "desc")
    start = int(query.get("$skip", 0))
    return rows[start:start + int(query["$top"]) if "$top" in query else None], len(rows)


def _chosen(query, fields):
    if not query.get("$select") or query["$select"] == "*":
        return None
    names = query["$select"].split(",")
    for name in names:
        if name not in fields:
            raise unknown(name)
    return names


def _shown(kind, row, root, alone, chosen=None):
    shown_row = {"odata.metadata": f"{root}$metadata#{kind}/@Element"} if alone else {}
    shown_row.update(row if chosen is None else {name: row[name] for name in chosen})
    for name, link in LINKED.items() if chosen is None else ():
        if row.get(name, EMPTY_KEY) != EMPTY_KEY:
            shown_row[f"{link}@navigationLinkUrl"] = f"{kind}(guid'{row['Ref_Key']}')/{link}"
    return shown_row


def main():
    store = Store(os.environ["LAB_JOURNAL"], [*OBJECTS, REGISTER])
    if store.fresh:
        seed.fill(store, Database, int(os.environ["LAB_SEED"]), int(os.environ["LAB_ROWS"]))
    serve(int(os.environ["LAB_PORT"]), store, OneC(store))


if __name__ == "__main__":
    sys.exit(main())
