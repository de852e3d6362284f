"""The sample base, the same for the same seed: counterparties with folders, goods, stock, orders, shipments, receipts."""

import datetime
import random

from schema import REGISTER
from stub.store import Transaction

START = datetime.datetime(2025, 3, 3, 8, 0, 0)
NAMES = ["ООО Ромашка", "Чебоксарец", "АО «Север»", "Müller & Söhne GmbH", "ИП О'Нил"]


def _goods(rng, items):
    lines = []
    for _ in range(rng.randint(1, 4)):
        amount, price = rng.randint(1, 20), rng.randint(199, 99999) / 100
        lines.append({"Номенклатура_Key": rng.choice(items), "Количество": amount, "Цена": price,
                      "Сумма": round(amount * price, 2), "ШтрихКод": "1"})
    return lines


def _order(database, rng, i, customers, items, store_key):
    goods = _goods(rng, items)
    header = {"Контрагент_Key": rng.choice(customers), "СуммаДокумента": round(sum(line["Сумма"] for line in goods), 2)}
    order = database.create("Document_ЗаказПокупателя", {**header, "Комментарий": f"PO-{i}", "Запасы": goods})
    steps = rng.choice([0, 1, 2, 3, 3])
    if steps >= 1:
        database.post("Document_ЗаказПокупателя", order, True)
    basis = {"ДокументОснование": order, "ДокументОснование_Type": "StandardODATA.Document_ЗаказПокупателя"}
    if steps >= 2:
        database.post("Document_РеализацияТоваровУслуг", database.create(
            "Document_РеализацияТоваровУслуг", {**header, **basis, "Склад_Key": store_key, "Товары": goods}), True)
    if steps >= 3:
        database.post("Document_ПоступлениеНаРасчетныйСчет", database.create("Document_ПоступлениеНаРасчетныйСчет",
                                                                             {**header, **basis}), True)


def fill(store, make, seed, orders):
    rng = random.Random(seed)
    with store.changed:
        transaction = Transaction(store, START)
        database = make(transaction)
        store_key = database.create("Catalog_Склады", {"Description": "Основной склад"})
        folder = database.create("Catalog_Контрагенты", {"Description": "Покупатели", "IsFolder": True})
        customers = [database.create("Catalog_Контрагенты", {
            "Description": NAMES[i] if i < len(NAMES) else f"Контрагент {i}", "Parent_Key": folder, "ИНН": f"77{i:08}",
            "КонтактнаяИнформация": [{"Тип": "Телефон", "Представление": f"+7 495 100-{i:04}"}]})
                     for i in range(max(40, orders // 10))]
        items = [database.create("Catalog_Номенклатура", {"Description": f"Товар {i}", "Артикул": f"A-{i:04}"})
                 for i in range(40)]
        for item in items:
            transaction.put(REGISTER, (store_key, item), {"Количество": rng.randint(5000, 9000)})
        for i in range(orders):
            transaction.end(True)
            transaction = Transaction(store, transaction.start + datetime.timedelta(seconds=rng.choice([0, 1, 90])))
            _order(make(transaction), rng, i, customers, items, store_key)
        transaction.end(True)
