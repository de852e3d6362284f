"""Users of S/4HANA's services as tests/lab/odata serves them, over OData v4; v2 shows the same rows."""

import base64
import itertools
import os
import uuid

from erp_workload import ErpSource, Http, Session as AnySession

PARTNERS, ORDERS, DELIVERIES = "API_BUSINESS_PARTNER", "API_SALES_ORDER_SRV", "API_OUTBOUND_DELIVERY_SRV"
BILLING, STOCK, PRODUCTS = "API_BILLING_DOCUMENT_SRV", "API_MATERIAL_STOCK_SRV", "API_PRODUCT_SRV"
TRUTH = {"customer": (PARTNERS, "A_BusinessPartner", "BusinessPartner"),
         "sales_order": (ORDERS, "A_SalesOrder", "SalesOrder"),
         "sales_order_line": (ORDERS, "A_SalesOrderItem", "SalesOrder,SalesOrderItem"),
         "shipment": (DELIVERIES, "A_OutbDeliveryHeader", "DeliveryDocument"),
         "invoice": (BILLING, "A_BillingDocument", "BillingDocument"),
         "stock_level": (STOCK, "A_MatlStkInAcctMod", "Material,Plant,StorageLocation,Batch")}
DAY = "2026-01-15"


class Session(AnySession):
    def __init__(self):
        user = f"{os.environ['ODATA_USER']}:{os.environ['ODATA_PASSWORD']}".encode()
        self.http = Http(os.environ["ODATA_V4_URL"], {"Authorization": f"Basic {base64.b64encode(user).decode()}"})

    def post(self, service, entities, row):
        return self.http.call("POST", f"/{service}/{entities}", row)[1]

    def patch(self, service, entities, key, **values):
        self.http.call("PATCH", f"/{service}/{entities}({_key(key)})", values, headers={"If-Match": "*"})

    def get(self, service, path, **query):
        return self.http.call("GET", f"/{service}/{path}", query=query)[1]

    def all(self, service, entities, order):
        """Page by page, by key: the server gives 50 rows whatever is asked for."""
        rows = []
        while True:
            page = self.http.call("GET", f"/{service}/{entities}", query={"$orderby": order, "$skip": len(rows)})[1]["value"]
            if not page:
                return rows
            rows += page


def _key(key):
    return ",".join(f"{name}='{value}'" for name, value in key.items())


class OdataSource(ErpSource):
    name = "odata"

    def __init__(self, _directory=None):
        super().__init__()
        # numbers of this run's documents: SAP gives them itself, CAP takes the client's
        self.prefix = uuid.uuid4().int % 9_000_000 * 100 + 1_000_000_000
        self.free = itertools.count(self.prefix)

    def connect(self):
        return Session()

    def _number(self):
        with self.lock:
            return str(next(self.free))

    def read_products(self, session):
        return [(row["Product"], row["BaseUnit"]) for row in session.all(PRODUCTS, "A_Product", "Product")]

    def create_customer(self, session, name):
        key = self._number()
        session.post(PARTNERS, "A_BusinessPartner", {
            "BusinessPartner": key, "Customer": key, "BusinessPartnerCategory": "2", "BusinessPartnerFullName": name,
            "BusinessPartnerName": name,
            "CreationDate": DAY, "to_BusinessPartnerAddress": [{"AddressID": key, "CityName": "Köln", "Country": "DE",
                                                                "to_PhoneNumber": [
                {"Person": "", "OrdinalNumber": "1", "IsDefaultPhoneNumber": True, "PhoneNumber": "100"}]}]})
        return key

    def rename_customer(self, session, key, name):
        session.patch(PARTNERS, "A_BusinessPartner", {"BusinessPartner": key}, BusinessPartnerFullName=name,
                      BusinessPartnerName=name)

    def change_phone(self, session, key, phone):
        session.patch(PARTNERS, "A_AddressPhoneNumber", {"AddressID": key, "Person": "", "OrdinalNumber": "1"},
                      PhoneNumber=phone)

    def archive_customer(self, session, key):
        session.patch(PARTNERS, "A_BusinessPartner", {"BusinessPartner": key}, IsMarkedForArchiving=True)

    def create_order(self, session, customer, lines):
        key = self._number()
        items = [{"SalesOrderItem": str(10 * n), "Material": product, "RequestedQuantity": quantity,
                  "RequestedQuantityUnit": unit,
                  "NetAmount": f"{quantity * 10.5:.2f}", "TransactionCurrency": "EUR", "SDProcessStatus": "A"}
                 for n, ((product, unit), quantity) in enumerate(lines, 1)]
        session.post(ORDERS, "A_SalesOrder", {
            "SalesOrder": key, "SalesOrderType": "OR", "SoldToParty": customer, "CreationDate": DAY, "SalesOrderDate": DAY,
            "TransactionCurrency": "EUR", "TotalNetAmount": f"{sum(quantity for _, quantity in lines) * 10.5:.2f}",
            "OverallSDProcessStatus": "A", "OverallDeliveryStatus": "A", "OverallSDDocumentRejectionSts": "A",
            "to_Item": items})
        return key

    def _order(self, session, key, **values):
        session.patch(ORDERS, "A_SalesOrder", {"SalesOrder": key}, **values)

    def _items(self, session, key):
        return session.get(ORDERS, f"A_SalesOrder('{key}')", **{"$expand": "to_Item"})

    def confirm(self, session, key):
        self._order(session, key, OverallSDProcessStatus="B")

    def deliver(self, session, key):
        order = self._items(session, key)
        session.post(DELIVERIES, "A_OutbDeliveryHeader", {
            "DeliveryDocument": key, "SoldToParty": order["SoldToParty"], "ShipToParty": order["SoldToParty"],
            "CreationDate": DAY,
            "OverallGoodsMovementStatus": "C", "OverallSDProcessStatus": "C", "to_DeliveryDocumentItem": [{
                "DeliveryDocumentItem": item["SalesOrderItem"], "Material": item["Material"],
                "ActualDeliveryQuantity": item["RequestedQuantity"],
                "DeliveryQuantityUnit": item["RequestedQuantityUnit"], "ReferenceSDDocument": key,
                "ReferenceSDDocumentItem": item["SalesOrderItem"]}
                for item in order["to_Item"]]})
        self._order(session, key, OverallDeliveryStatus="C")

    def invoice(self, session, key):
        order = self._items(session, key)
        session.post(BILLING, "A_BillingDocument", {
            "BillingDocument": key, "SDDocumentCategory": "M", "BillingDocumentType": "F2", "BillingDocumentDate": DAY, "CreationDate": DAY,
            "SoldToParty": order["SoldToParty"],
            "TotalNetAmount": order["TotalNetAmount"], "TransactionCurrency": "EUR", "InvoiceClearingStatus": "A",
            "BillingDocumentIsCancelled": False,
            "to_Item": [{"BillingDocumentItem": item["SalesOrderItem"], "Material": item["Material"],
                         "BillingQuantity": item["RequestedQuantity"],
                         "NetAmount": item["NetAmount"], "SalesDocument": key, "SalesDocumentItem": item["SalesOrderItem"]}
                        for item in order["to_Item"]]})
        self._order(session, key, OverallOrdReltdBillgStatus="C", OverallSDProcessStatus="C")

    def pay(self, session, key):
        session.patch(BILLING, "A_BillingDocument", {"BillingDocument": key}, InvoiceClearingStatus="C")

    def cancel(self, session, key):
        """A rejection: each item gets a reason, then the header says so."""
        for item in self._items(session, key)["to_Item"]:
            session.patch(ORDERS, "A_SalesOrderItem", {"SalesOrder": key, "SalesOrderItem": item["SalesOrderItem"]},
                          SalesDocumentRjcnReason="10")
        self._order(session, key, OverallSDDocumentRejectionSts="C")

    def delete(self, session, key):
        session.http.call("DELETE", f"/{ORDERS}/A_SalesOrder('{key}')", headers={"If-Match": "*"})

    def truth(self, session):
        """entity -> key -> fields; what has several key fields has a tuple."""
        found = {}
        for entity, (service, entities, keys) in TRUTH.items():
            names = keys.split(",")
            found[entity] = {row[names[0]] if len(names) == 1 else tuple(row[name] for name in names): row
                             for row in session.all(service, entities, keys)}
        for row in found["customer"].values():
            row["name"] = row["BusinessPartnerFullName"]
        return found
