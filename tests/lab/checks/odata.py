"""The real CAP server dressed as S/4HANA: what a reader of SAP's services meets."""

import base64
import re
import urllib.parse

from check_labs import expect, survives_a_kill
from odata_workload import ORDERS, PARTNERS, Session

STAMP = re.compile(r"/Date\(\d+\+0000\)/$")


def v2(server):
    user = base64.b64encode(f"{server.env['ODATA_USER']}:{server.env['ODATA_PASSWORD']}".encode()).decode()
    http = server.http({"Authorization": f"Basic {user}", "Accept": "application/json"})
    root = server.env["ODATA_V2_URL"].removeprefix(server.env["ODATA_URL"])
    return lambda path, expected=(), **query: http.call("GET", f"{root}/{path}", None,
                                                        {f"${k}": v for k, v in query.items()}, expected=expected)[1]


def pages_of_version_2(server):
    get, names, query = v2(server), [], {"filter": "LastChangeDateTime eq datetimeoffset'2026-04-01T12:00:00Z'",
                                         "orderby": "LastChangeDateTime,SalesOrder"}
    answer = get(f"{ORDERS}/A_SalesOrder", top="200", inlinecount="allpages", **query)["d"]
    expect(answer["__count"] == "120" and len(answer["results"]) == 50,
           f"{answer['__count']}, {len(answer['results'])} rows")
    while True:
        names += [row["SalesOrder"] for row in answer["results"]]
        if "__next" not in answer:
            break
        link = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer["__next"]).query))
        answer = get(f"{ORDERS}/A_SalesOrder", **{name.removeprefix("$"): value for name, value in link.items()})["d"]
    expect(len(set(names)) == len(names) == 120, f"{len(names)} rows with one stamp")


def values_of_version_2(server):
    order = v2(server)(f"{ORDERS}/A_SalesOrder", top="1", expand="to_Item")["d"]["results"][0]
    expect(STAMP.match(order["LastChangeDateTime"]) and re.fullmatch(r"\d+\.\d\d", order["TotalNetAmount"]), f"{order}")
    expect(order["__metadata"]["etag"] and order["to_Item"]["results"][0]["SalesOrderItem"] == "10", f"{order}")


def version_4_shows_the_same(server):
    session = Session()
    page = session.get(ORDERS, "A_SalesOrder", **{"$orderby": "SalesOrder"})
    expect(len(page["value"]) == 50 and "@odata.nextLink" in page, f"{page.keys()}")
    expect(isinstance(page["value"][0]["TotalNetAmount"], (int, float)), "amounts of v4 are numbers")
    other = v2(server)(f"{ORDERS}/A_SalesOrder", orderby="SalesOrder")["d"]["results"]
    expect([row["SalesOrder"] for row in page["value"]] == [row["SalesOrder"] for row in other], "v2 and v4 differ")


def stamps(server):
    session = Session()
    key = session.get(ORDERS, "A_SalesOrder", **{"$top": 1})["value"][0]["SalesOrder"]

    def stamp():
        return session.get(ORDERS, f"A_SalesOrder('{key}')")["LastChangeDateTime"]
    before = stamp()
    session.patch(ORDERS, "A_SalesOrderItem", {"SalesOrder": key, "SalesOrderItem": "10"}, StorageLocation="101A")
    expect(stamp() > before, "an item's change leaves its header")
    partner = v2(server)(f"{PARTNERS}/A_BusinessPartner", top="1")["d"]["results"][0]
    expect("LastChangeDate" in partner and "LastChangeDateTime" not in partner, f"{partner.keys()}")


def errors(server):
    get = v2(server)
    expect("error" in get(f"{ORDERS}/A_SalesOrder", filter="Nope eq 1", expected={400}), "an unknown field")
    expect("error" in get(f"{ORDERS}/A_SalesOrder('9')", expected={404}), "an unknown key")
    expect(isinstance(get("API_NOPE_SRV/A_X", expected={404}), str), "an unknown service answers in JSON")
    path = f"/{ORDERS}/A_SalesOrder('4000001')"
    write = {"OverallSDProcessStatus": "C"}
    expect(Session().http.call("PATCH", path, write, expected={428})[0] == 428, "a write without If-Match")
    expect(Session().http.call("PATCH", path, write, headers={"If-Match": 'W/"2001-01-01T00:00:00.000Z"'},
                               expected={412})[0] == 412, "a stale write")
    expect(server.http().call("GET", "/odata/v4/API_SALES_ORDER_SRV/$metadata", expected={401})[0] == 401,
           "$metadata without a password")


TESTS = {
    "v2: 50 rows a page whatever is asked, ties over several pages": pages_of_version_2,
    "v2: stamps, decimals, etags and expanded items look like SAP's": values_of_version_2,
    "v4 shows the same rows": version_4_shows_the_same,
    "an item's change moves its header's stamp; partners have days only": stamps,
    "errors": errors,
    "a kill loses nothing": survives_a_kill(
        lambda server: Session().get(ORDERS, "A_SalesOrder", **{"$orderby": "SalesOrder desc"})["value"],
        lambda server: Session().patch(ORDERS, "A_SalesOrder", {"SalesOrder": "4000299"},
                                       PurchaseOrderByCustomer="just before")),
}
