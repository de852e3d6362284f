#!/usr/bin/python3
"""odata with users at work and the daemon killed again and again: what a read_committed consumer of a real broker holds in the
end is what the server holds. Against SAP's CAP server, over versions 2 and 4, 50 rows a page; and against the stub of 1C, over
version 3.

ODATA_V2_URL and ONEC_ODATA_URL name servers that are running already (tests/lab/odata, tests/lab/onec); else they are
started and stopped here.
"""

import atexit
import os
import random
import subprocess
import sys
import time
from decimal import Decimal

from daemon import BINARY, LAB, PATIENCE, Daemon, Failure, Suite, expect, scratch, until
from erp_ledger import Entities, published
from odata_workload import BILLING, DELIVERIES, ORDERS, PARTNERS, PRODUCTS, STOCK, OdataSource
from onec_workload import BALANCE, CUSTOMERS, GOODS, RECEIPTS, SHIPMENTS, STORES, OnecSource
from onec_workload import ORDERS as ONEC_ORDERS
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
KILLS = 10
SAP = ("customer", "product", "sales_order", "shipment", "invoice", "stock_level")
ONEC = (*SAP, "payment")
COMPARED = {"every": "1s", "at_most": "100%", "always": 10_000}


def server(name, variable):
    """The environment of a running server."""
    if variable in os.environ:
        return
    place = os.path.join(os.environ.get("TRIBUTARY_LAB_DIR") or scratch(), name)
    atexit.register(subprocess.run, [os.path.join(LAB, name), "stop", place], check=False)
    started = subprocess.run([os.path.join(LAB, name), "start", place], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    os.environ.update(line.split("=", 1) for line in started.stdout.splitlines() if "=" in line)


def sap(version, **source):
    server("odata", "ODATA_V2_URL")
    # only orders are deleted; of the others no comparison finds what a poll has missed
    streams = {"customers": {"use": "sap/customer", "every": "300ms", "sweep": {"every": "3s"}, "deletes": None},
               "products": {"use": "sap/product", "every": "1s", "deletes": None},
               "orders": {"use": "sap/order", "every": "100ms", "deletes": COMPARED},
               "shipments": {"use": "sap/shipment", "every": "300ms", "deletes": None},
               "invoices": {"use": "sap/invoice", "every": "300ms", "deletes": None},
               "stock": {"use": "sap/stock", "every": "2s"}}
    return {"sap": {"connector": "odata", "url": os.environ[f"ODATA_{version}_URL"], "user": os.environ["ODATA_USER"],
                    "password": os.environ["ODATA_PASSWORD"], "streams": streams, **source}}


def onec(**source):
    server("onec", "ONEC_ODATA_URL")
    # only orders are deleted; of the others no comparison finds what a poll has missed
    streams = {f"{name}s": {"use": f"1c/{name}", "every": "200ms", "deletes": COMPARED if name == "order" else None}
               for name in ("customer", "product", "order", "shipment", "invoice", "payment")}
    return {"trade": {"connector": "odata", "url": os.environ["ONEC_ODATA_URL"], "user": os.environ["ONEC_USER"],
                      "password": os.environ["ONEC_PASSWORD"], "defaults": {"time_zone": "Europe/Moscow", "currency": "RUB"},
                      "streams": {**streams, "stock": {"use": "1c/stock", "every": "500ms"}}, **source}}


def exact(value):
    return None if value is None else Decimal(str(value)).normalize()


def digits(text):
    return "".join(c for c in text if c.isdigit())


def sap_order_status(row):
    """blank: not relevant, A: not yet, B: partly, C: completely."""
    if row["OverallSDDocumentRejectionSts"] == "C":
        return "rejected"
    if row["OverallSDProcessStatus"] == "C":
        return "completed"
    if row["OverallDeliveryStatus"] in ("B", "C"):
        return {"B": "picking", "C": "shipped"}[row["OverallDeliveryStatus"]]
    return "confirmed" if row["OverallSDProcessStatus"] == "B" else "open"


def grouped(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def sap_truth(session):
    """What the topics have to hold, read back from the server: entity -> key -> facts."""
    addresses = grouped(session.all(PARTNERS, "A_BusinessPartnerAddress", "BusinessPartner,AddressID"), "BusinessPartner")
    phones = grouped(session.all(PARTNERS, "A_AddressPhoneNumber", "AddressID,Person,OrdinalNumber"), "AddressID")
    items = grouped(session.all(ORDERS, "A_SalesOrderItem", "SalesOrder,SalesOrderItem"), "SalesOrder")
    moved = grouped(session.all(DELIVERIES, "A_OutbDeliveryItem", "DeliveryDocument,DeliveryDocumentItem"), "DeliveryDocument")

    def phones_of(partner):
        return sorted(digits(phone["InternationalPhoneNumber"] or phone["PhoneNumber"])
                      for address in addresses.get(partner, []) for phone in phones.get(address["AddressID"], []))
    return {
        "customer": {row["Customer"]: (
            row["BusinessPartnerFullName"],
            "inactive" if row["IsMarkedForArchiving"] or row["BusinessPartnerIsBlocked"] else "active",
            phones_of(row["BusinessPartner"]), len(addresses.get(row["BusinessPartner"], [])))
            for row in session.all(PARTNERS, "A_BusinessPartner", "BusinessPartner") if row["Customer"]},
        "product": {row["Product"]: row["BaseUnit"] for row in session.all(PRODUCTS, "A_Product", "Product")},
        "sales_order": {row["SalesOrder"]: (
            sap_order_status(row), row["SoldToParty"], exact(row["TotalNetAmount"]),
            sorted((item["SalesOrderItem"], item["Material"], exact(item["RequestedQuantity"]), exact(item["NetAmount"]))
                   for item in items.get(row["SalesOrder"], [])))
            for row in session.all(ORDERS, "A_SalesOrder", "SalesOrder")},
        "shipment": {row["DeliveryDocument"]: (
            "shipped" if row["OverallGoodsMovementStatus"] == "C" else "picking"
            if row["OverallPickingStatus"] in ("B", "C") else "draft", row["SoldToParty"],
            sorted((item["Material"], exact(item["ActualDeliveryQuantity"])) for item in moved.get(row["DeliveryDocument"], [])))
            for row in session.all(DELIVERIES, "A_OutbDeliveryHeader", "DeliveryDocument")},
        "invoice": {row["BillingDocument"]: (
            "cancelled" if row["BillingDocumentIsCancelled"] else "paid" if row["InvoiceClearingStatus"] == "C" else "open",
            row["SoldToParty"],
            exact(row["TotalNetAmount"] if row["TotalGrossAmount"] is None else row["TotalGrossAmount"]) *
            (-1 if row["SDDocumentCategory"] == "O" else 1))
            for row in session.all(BILLING, "A_BillingDocument", "BillingDocument")},
        "stock_level": {(row["Material"], f"{row['Plant']}/{row['StorageLocation']}", row["Batch"]):
                        exact(row["MatlWrhsStkQtyInMatlBaseUnit"])
                        for row in session.all(STOCK, "A_MatlStkInAcctMod", "Material,Plant,StorageLocation,Batch")},
    }


def amount(money):
    return money and exact(money["amount"])


def names_of(entities):
    """How facts name what documents refer to by id."""
    def of(entity, key, field):
        return entities.last[entity].get(key, {}).get(field)
    return of


def sap_held(entities):
    last, of = entities.last, names_of(entities)
    return {
        "customer": {row["number"]: (row["name"], row["status"], sorted(digits(p["number"]) for p in row.get("phones", [])),
                                     len(row.get("addresses", []))) for row in last["customer"].values()},
        "product": {row["sku"]: row["unit"] for row in last["product"].values()},
        "sales_order": {row["number"]: (
            row["status"], of("customer", row["customer_id"], "number"), amount(row.get("total")),
            sorted((line["number"], of("product", line["product_id"], "sku"), exact(line["quantity"]), amount(line["net"]))
                   for line in row.get("lines", []))) for row in last["sales_order"].values()},
        "shipment": {row["number"]: (
            row["status"], of("customer", row["customer_id"], "number"),
            sorted((of("product", line["product_id"], "sku"), exact(line["quantity"])) for line in row.get("lines", [])))
            for row in last["shipment"].values()},
        "invoice": {row["number"]: (row["status"], of("customer", row["customer_id"], "number"), amount(row.get("total")))
                    for row in last["invoice"].values()},
        "stock_level": {(of("product", row["product_id"], "sku"), row["location"], row.get("lot", "")): exact(row["on_hand"])
                        for row in last["stock_level"].values()},
    }


def onec_status(row, posted):
    return "cancelled" if row["DeletionMark"] else posted if row["Posted"] else "draft"


def cents(value):
    return exact(round(Decimal(str(value)), 2))


def onec_truth(session):
    customers = {row["Ref_Key"]: row for row in session.all(CUSTOMERS) if not row["IsFolder"] and not row["DeletionMark"]}
    goods = {row["Ref_Key"]: row for row in session.all(GOODS) if not row["IsFolder"] and not row["DeletionMark"]}
    stores = {row["Ref_Key"]: row["Description"] for row in session.all(STORES)}

    def customer(row):
        return customers.get(row["Контрагент_Key"], {}).get("Code")

    def lines(row, table):
        return sorted((goods[line["Номенклатура_Key"]]["Артикул"], exact(line["Количество"])) for line in row[table])
    shipments = session.all(SHIPMENTS)
    return {
        "customer": {row["Code"]: (row["НаименованиеПолное"] or row["Description"],
                                   sorted(digits(way["Представление"]) for way in row["КонтактнаяИнформация"]
                                          if way["Тип"] == "Телефон")) for row in customers.values()},
        "product": {row["Артикул"]: row["Description"] for row in goods.values()},
        "sales_order": {row["Number"]: (onec_status(row, "confirmed"), customer(row), cents(row["СуммаДокумента"]),
                                        lines(row, "Запасы")) for row in session.all(ONEC_ORDERS)},
        "shipment": {row["Number"]: (onec_status(row, "shipped"), customer(row), lines(row, "Товары")) for row in shipments},
        "invoice": {row["Number"]: (onec_status(row, "open"), customer(row), cents(row["СуммаДокумента"]))
                    for row in shipments},
        "payment": {row["Number"]: (customer(row), cents(row["СуммаДокумента"])) for row in session.all(RECEIPTS)
                    if row["Posted"]},
        "stock_level": {(goods[row["Номенклатура_Key"]]["Артикул"], stores[row["Склад_Key"]]): exact(row["КоличествоBalance"])
                        for row in session.call("GET", BALANCE)["value"]},
    }


def onec_held(entities):
    last, of = entities.last, names_of(entities)

    def customer(row):
        return of("customer", row["customer_id"], "number")

    def lines(row):
        return sorted((of("product", line["product_id"], "sku"), exact(line["quantity"])) for line in row.get("lines", []))
    return {
        "customer": {row["number"]: (row["name"], sorted(digits(phone["number"]) for phone in row.get("phones", [])))
                     for row in last["customer"].values()},
        "product": {row["sku"]: row["name"] for row in last["product"].values()},
        "sales_order": {row["number"]: (row["status"], customer(row), amount(row["total"]), lines(row))
                        for row in last["sales_order"].values()},
        "shipment": {row["number"]: (row["status"], customer(row), lines(row)) for row in last["shipment"].values()},
        "invoice": {row["number"]: (row["status"], customer(row), amount(row["total"])) for row in last["invoice"].values()},
        "payment": {row["number"]: (customer(row), amount(row["amount"])) for row in last["payment"].values()},
        "stock_level": {(of("product", row["product_id"], "sku"), row["location"]): exact(row["on_hand"])
                        for row in last["stock_level"].values()},
    }


def through_kills(source, sources, names, truth, held):
    rng = random.Random(SEED)
    source.begin()
    daemon = Daemon(sources, directory=scratch()).start()
    entities = Entities(daemon, names)
    with Writer(source, SEED) as first, Writer(source, SEED + 1) as second:
        for _ in range(KILLS):
            before = entities.read()
            until(lambda before=before: entities.read() > before + 10, 60,
                  lambda: f"nothing is published: {daemon.readiness()} {daemon.last_words()}")
            time.sleep(rng.uniform(0, 0.5))     # the moment of the kill is random
            daemon.kill()
            daemon.start()
        for writer in (first, second):
            expect(writer.error is None, lambda writer=writer: f"the writer broke: {writer.error}")
    daemon.ready()
    wanted = truth(source.connect())
    published(daemon, entities, held, wanted)
    password = next(iter(sources.values()))["password"]
    expect(f'"{password}"' not in daemon.output(), "the password is in the log")
    daemon.kill()
    entities.close()
    sizes = ", ".join(f"{len(rows)} {name}s" for name, rows in wanted.items())
    return (f"seed {SEED}, {KILLS} kills, {first.committed + second.committed} changes, {entities.count} events hold: "
            f"{sizes}")


def version_2():
    sources = sap("V2")
    return through_kills(OdataSource(), sources, SAP, sap_truth, sap_held)


def version_4():
    sources = sap("V4")
    return through_kills(OdataSource(), sources, SAP, sap_truth, sap_held)


def version_3():
    sources = onec()
    return through_kills(OnecSource(), sources, ONEC, onec_truth, onec_held)


def command(name, sources, *options):
    daemon = Daemon(sources, directory=scratch())
    done = subprocess.run([BINARY, name, "-c", daemon.path, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, encoding="utf-8", timeout=120 * PATIENCE, check=False)
    return done.returncode, done.stdout


def asked_online(sources, change, code, *words):
    source = next(iter(sources.values()))
    change(source, source["streams"]["orders"])
    status, said = command("lint", sources, "--online")
    expect(status == code and all(word in said for word in words), lambda: f"{status}, not {code} with {words}: {said}")


def lint_online():
    asked_online(sap("V2"), lambda *_: None, 0, "no errors")
    asked_online(sap("V4"), lambda *_: None, 0, "no errors")
    asked_online(onec(), lambda *_: None, 0, "no errors")
    asked_online(sap("V2"), lambda _, orders: orders.update(set="API_SALES_ORDER_SRV/A_SalesOrders"), 1,
                 "no entity set 'API_SALES_ORDER_SRV/A_SalesOrders', did you mean 'API_SALES_ORDER_SRV/A_SalesOrder'?")
    asked_online(sap("V4"), lambda _, orders: orders.update(fields={"channel": "DistributionChanel"}), 1,
                 "no column 'DistributionChanel'", "did you mean 'DistributionChannel'?")
    asked_online(sap("V2"), lambda _, orders: orders.update(fields={"lines": {"fields": {"unit": "RequestedUnit"}}}), 1,
                 "no column 'RequestedUnit'")
    asked_online(sap("V2"), lambda _, orders: orders.update(where="Nope eq 1"), 1, "Nope")
    asked_online(sap("V4"), lambda source, _: source.update(password="another"), 1, "401")
    asked_online(onec(), lambda _, orders: orders.update(set="Document_ЗаказПокупателю"), 1, "no entity set",
                 "did you mean 'Document_ЗаказПокупателя'?")
    asked_online(onec(defaults={"currency": "RUB"}), lambda *_: None, 1, "1c/order needs defaults.time_zone",
                 "error: 'Date' of Document_ЗаказПокупателя holds wall clocks", "{time_zone: Europe/Berlin}")
    asked_online(sap("V2"), lambda _, orders: orders.update(include={"lines": {"field": "to_Items"}}), 1,
                 "no field 'to_Items' of API_SALES_ORDER_SRV/A_SalesOrder, did you mean 'to_Item'?")
    asked_online(sap("V2"), lambda _, orders: orders.update(set="A_SalesOrder"), 1, "`set` begins with the service")


def dry_run():
    for sources, word in ((sap("V2"), "Trading good"), (sap("V4"), "Trading good"), (onec(), "Основной склад")):
        streams = len(next(iter(sources.values()))["streams"])
        status, said = command("dry-run", sources)
        expect(status == 0 and word in said and said.count(", 0 rejects") == streams, lambda status=status, said=said: f"{status}: {said[-2000:]}")


def mappings():
    """Every row of a server at rest, by each of the ready mappings."""
    found = []
    for source, sources, names, truth, held in (
            (OdataSource(), sap("V2"), SAP, sap_truth, sap_held), (OdataSource(), sap("V4"), SAP, sap_truth, sap_held),
            (OnecSource(), onec(), ONEC, onec_truth, onec_held)):
        daemon = Daemon(sources, directory=scratch()).start().ready()
        entities = Entities(daemon, names)
        published(daemon, entities, held, truth(source.connect()))
        found.append(str(entities.count))
        daemon.kill()
        entities.close()
    return f"{', '.join(found)} events"


def never_changed():
    """SAP leaves the day of a change empty until there is one."""
    sources = sap("V2")
    orders = sources["sap"]["streams"]["orders"]
    orders["deletes"] = None    # a comparison would find it as well
    sources["sap"]["streams"] = {"orders": orders}
    daemon = Daemon(sources, directory=scratch()).start().ready()
    entities = Entities(daemon, ["sales_order"])
    source = OdataSource()
    session = source.connect()
    until(lambda: entities.read() >= len(session.all(ORDERS, "A_SalesOrder", "SalesOrder")), 60, "the first load does not end")
    daemon.polls(2)
    number = str(source.prefix)
    session.post(ORDERS, "A_SalesOrder", {
        "SalesOrder": number, "SalesOrderType": "OR", "SoldToParty": "17100001", "LastChangeDate": None,
        "LastChangeDateTime": "2026-01-01T00:00:00Z", "CreationDate": time.strftime("%Y-%m-%d", time.gmtime())})
    until(lambda: entities.read() and any(row["number"] == number for row in entities.last["sales_order"].values()), 30,
          lambda: f"the new order is not found: {daemon.readiness()}")
    daemon.kill()
    entities.close()


TESTS = {
    "lint --online says which set, property or password is wrong": lint_online,
    "dry-run prints what would be published": dry_run,
    "ready mappings publish what each server holds": mappings,
    "an order that was never changed is found by the day it was made": never_changed,
    "version 2 holds through kills while users are at work": version_2,
    "version 4 holds through kills while users are at work": version_4,
    "version 3 holds through kills while users are at work": version_3,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
