"""The stub of 1C against two captures and the facts of its interface."""

import base64
import xml.etree.ElementTree

from check_labs import captures, expect, is_quick, kind, logs_nothing, starts_quickly, survives_a_kill
from onec_workload import BALANCE, CUSTOMERS, GOODS, ORDERS, RECEIPTS, SHIPMENTS, Session

EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"
# the captured configuration is another one: these are the names every catalog, document and table has
CATALOG = {"Ref_Key", "DataVersion", "DeletionMark", "Predefined", "PredefinedDataName", "Description", "Code",
           "Комментарий"}
DOCUMENT = {"Ref_Key", "DataVersion", "DeletionMark", "Number", "Date", "Posted", "Контрагент_Key", "НомерКонтракта",
            "ДатаКонтракта", "Комментарий"}
LINE = {"Ref_Key", "LineNumber", "Номенклатура_Key", "Количество", "ШтрихКод"}


def same_kinds(got, captured, names):
    for name in names:
        expect(kind(got[name]) == kind(captured[name]), f"{name}: {got[name]!r}, captured {captured[name]!r}")


def objects_as_captured(_server):
    session = Session()
    key = session.call("GET", CUSTOMERS, **{"$filter": "IsFolder eq false", "$top": "1"})["value"][0]["Ref_Key"]
    element, captured = session.call("GET", f"{CUSTOMERS}(guid'{key}')"), captures("onec", "catalog_element.json")
    same_kinds(element, captured, {"odata.metadata", *CATALOG})
    expect(element["odata.metadata"].endswith("#Catalog_Контрагенты/@Element")
           and element["Parent@navigationLinkUrl"].endswith("/Parent"), element)
    documents, captured = session.call("GET", ORDERS), captures("onec", "document_collection.json")
    document, known = documents["value"][0], captured["value"][0]
    same_kinds(document, known, DOCUMENT)
    same_kinds(document["Запасы"][0], known["Товары"][0], LINE)
    expect(document["НомерКонтракта"] == known["НомерКонтракта"] and len(document["Запасы"][0]["ШтрихКод"]) == 20,
           "fixed strings are not padded")
    expect(document["ДатаКонтракта"] == known["ДатаКонтракта"], "the empty date")


def queries(_server):
    session = Session()
    everything = session.all(CUSTOMERS)
    some = session.call("GET", CUSTOMERS, **{"$filter": "IsFolder eq false and Code gt '000000005'",
                                             "$orderby": "Code desc", "$top": "3", "$skip": "2",
                                             "$select": "Ref_Key,Code", "$inlinecount": "allpages"})
    wanted = sorted((row["Code"] for row in everything if not row["IsFolder"] and row["Code"] > "000000005"), reverse=True)
    expect([row["Code"] for row in some["value"]] == wanted[2:5] and some["odata.count"] == str(len(wanted)), f"{some}")
    expect(set(some["value"][0]) == {"Ref_Key", "Code"}, f"{some}")
    key = everything[3]["Ref_Key"]
    for text in (f"Ref_Key eq guid'{key}'", f"Ref_Key eq guid'{key}' or Ref_Key eq guid'{key.upper()}'",
                 f"(DeletionMark eq false) and Ref_Key eq guid'{key}'"):
        expect([row["Ref_Key"] for row in session.call("GET", CUSTOMERS, **{"$filter": text})["value"]] == [key], text)
    keyset = session.call("GET", CUSTOMERS, **{"$filter": f"Ref_Key gt guid'{key}'", "$orderby": "Ref_Key"})["value"]
    expect(len(keyset) == sum(row["Ref_Key"] > key for row in everything), "a keyset by Ref_Key")


def only_data_version_moves(_server):
    session = Session()
    key = session.all(GOODS)[0]["Ref_Key"]
    before = session.call("GET", f"{GOODS}(guid'{key}')")
    session.change(GOODS, key, Description=before["Description"])
    after = session.call("GET", f"{GOODS}(guid'{key}')")
    expect({name for name in after if after[name] != before[name]} == {"DataVersion"}, f"{before} -> {after}")


def stock_follows_shipments(_server):
    session = Session()
    goods = session.all(GOODS)[0]["Ref_Key"]

    def balance():
        rows = session.call("GET",
                            BALANCE.replace("()",
                                            f"(Condition='Номенклатура_Key eq guid''{goods}''',Dimensions='Номенклатура')"))["value"]
        return rows[0]["КоличествоBalance"]
    before = balance()
    shipment = session.call("POST", SHIPMENTS, {"Склад_Key": session.all("Catalog_Склады")[0]["Ref_Key"],
                                                "Товары": [{"Номенклатура_Key": goods, "Количество": 3}]})["Ref_Key"]
    expect(balance() == before, "an unposted shipment takes stock")
    session.post(SHIPMENTS, shipment)
    expect(balance() == before - 3, "a posted shipment takes none")
    expect(session.all(RECEIPTS)[0]["ДокументОснование_Type"] == f"StandardODATA.{ORDERS}",
           "a composite reference without its type")


def metadata_lists_everything(server):
    session = Session()
    text = session.http.call("GET", f"{session.root}/$metadata")[1]
    schema = xml.etree.ElementTree.fromstring(text)
    types = {entity.get("Name"): {p.get("Name") for p in entity.iter(f"{EDM}Property")}
             for entity in schema.iter(f"{EDM}EntityType")}
    for entities in (CUSTOMERS, GOODS, ORDERS, SHIPMENTS, RECEIPTS):
        answered = {name for name in session.all(entities)[0] if not name.endswith("@navigationLinkUrl")}
        expect(types[entities] == answered, f"{entities}: {types[entities] ^ answered}")
    expect(server.env["ONEC_ODATA_URL"].endswith("/odata/standard.odata"), server.env)


def errors(server):
    session = Session()
    cases = [("GET", f"{CUSTOMERS}(guid'00000000-0000-0000-0000-000000000001')", {}, 404, "9"),
             ("GET", "Catalog_Nope", {}, 400, "8"),
             ("GET", CUSTOMERS, {"$select": "Nope"}, 400, "8"), ("GET", CUSTOMERS, {"$filter": "Code eq"}, 400, "1")]
    for method, path, query, status, code in cases:
        got, answer = session.http.call(method, f"{session.root}/{path}", None, {"$format": "json", **query},
                                        expected={status})
        expect(got == status and answer["odata.error"]["code"] == code and answer["odata.error"]["message"]["lang"] == "ru",
               f"{path}: {got} {answer}")
    wrong = {"Authorization": "Basic " + base64.b64encode(b"x:y").decode()}
    expect(server.http(wrong).call("GET", f"{session.root}/{CUSTOMERS}", expected={401})[0] == 401, "a wrong password")


TESTS = {
    "objects are as captured": objects_as_captured,
    "filter, order, page, choice": queries,
    "a change moves DataVersion and no stamp": only_data_version_moves,
    "the balance follows posted shipments": stock_follows_shipments,
    "$metadata has what is answered": metadata_lists_everything,
    "errors": errors,
    "a kill loses nothing": survives_a_kill(lambda server: Session().all(CUSTOMERS),
                                            lambda server: Session().call("POST", CUSTOMERS,
                                                                          {"Description": "Прямо перед"})),
    "2,000 rows a second": is_quick(lambda server: len(Session().call("GET", CUSTOMERS, **{"$top": "200"})["value"])),
    "a new one is there at once": starts_quickly,
    "its log stays empty": logs_nothing,
}
