"""Users of 1C (tests/lab/onec), over its OData interface. A deletion mark is what archiving is there."""

import base64
import os

from erp_workload import ErpSource, Http, StubSession

CUSTOMERS, GOODS, STORES = "Catalog_Контрагенты", "Catalog_Номенклатура", "Catalog_Склады"
ORDERS, SHIPMENTS, RECEIPTS = "Document_ЗаказПокупателя", "Document_РеализацияТоваровУслуг", "Document_ПоступлениеНаРасчетныйСчет"
BALANCE = "AccumulationRegister_ТоварыНаСкладах/Balance()"


class Session(StubSession):
    def __init__(self):
        user = f"{os.environ['ONEC_USER']}:{os.environ['ONEC_PASSWORD']}".encode()
        super().__init__(Http(os.environ["ONEC_URL"], {"Authorization": f"Basic {base64.b64encode(user).decode()}"}))
        self.root = os.environ["ONEC_ODATA_URL"].removeprefix(os.environ["ONEC_URL"])

    def call(self, method, path, body=None, **query):
        return self.http.call(method, f"{self.root}/{path}", body, {"$format": "json", **query}, self.held)[1]

    def all(self, kind):
        return self.call("GET", kind)["value"]

    def change(self, kind, key, **values):
        return self.call("PATCH", f"{kind}(guid'{key}')", values)

    def post(self, kind, key, operation="Post"):
        self.call("POST", f"{kind}(guid'{key}')/{operation}", {})


class OnecSource(ErpSource):
    name = "onec"
    can_hold = True

    def connect(self):
        return Session()

    def read_products(self, session):
        return [row["Ref_Key"] for row in session.all(GOODS)]

    def create_customer(self, session, name):
        return session.call("POST", CUSTOMERS, {"Description": name, "КонтактнаяИнформация": [
            {"Тип": "Телефон", "Представление": "+7 495 100"}]})["Ref_Key"]

    def rename_customer(self, session, key, name):
        session.change(CUSTOMERS, key, Description=name)

    def change_phone(self, session, key, phone):
        session.change(CUSTOMERS, key, КонтактнаяИнформация=[{"Тип": "Телефон", "Представление": phone}])

    def archive_customer(self, session, key):
        session.change(CUSTOMERS, key, DeletionMark=True)

    def create_order(self, session, customer, lines):
        table = [{"Номенклатура_Key": product, "Количество": quantity, "Цена": 10.5, "Сумма": 10.5 * quantity} for product,
                 quantity in lines]
        return session.call("POST", ORDERS, {"Контрагент_Key": customer, "Запасы": table,
                                             "СуммаДокумента": sum(line["Сумма"] for line in table)})["Ref_Key"]

    def confirm(self, session, key):
        session.post(ORDERS, key)

    def _follow(self, session, key, kind, **more):
        order = session.call("GET", f"{ORDERS}(guid'{key}')")
        document = session.call("POST", kind, {
            "Контрагент_Key": order["Контрагент_Key"], "СуммаДокумента": order["СуммаДокумента"], "ДокументОснование": key,
            "ДокументОснование_Type": f"StandardODATA.{ORDERS}", **more})
        session.post(kind, document["Ref_Key"])

    def deliver(self, session, key):
        order = session.call("GET", f"{ORDERS}(guid'{key}')")
        self._follow(session, key, SHIPMENTS, Склад_Key=session.all(STORES)[0]["Ref_Key"], Товары=order["Запасы"])

    def invoice(self, session, key):
        """The shipment is the invoice here: its comment says that it was sent out."""
        session.change(ORDERS, key, Комментарий="отгрузка передана клиенту")

    def pay(self, session, key):
        self._follow(session, key, RECEIPTS)

    def cancel(self, session, key):
        session.post(ORDERS, key, "Unpost")
        session.change(ORDERS, key, DeletionMark=True)

    def delete(self, session, key):
        session.call("DELETE", f"{ORDERS}(guid'{key}')")

    def truth(self, session):
        """entity -> Ref_Key -> fields; the stock level's key is its place and product."""
        kinds = {"customer": CUSTOMERS, "product": GOODS, "sales_order": ORDERS, "shipment": SHIPMENTS, "payment": RECEIPTS}
        found = {entity: {row["Ref_Key"]: row for row in session.all(kind)} for entity, kind in kinds.items()}
        for row in found["customer"].values():
            row["name"] = row["Description"]
        found["stock_level"] = {(row["Склад_Key"], row["Номенклатура_Key"]): row["КоличествоBalance"]
                                for row in session.all(BALANCE)}
        return found
