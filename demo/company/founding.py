"""Makes the company as it stands on its first day in the demo, after half a year of trade."""

import random
from datetime import datetime, timedelta, timezone

from company import database, goods, people
from company.database import transaction
from company.trade import Company, insert

DAYS = 180


def found(directory, seed, customers, products, orders):
    rng = random.Random(seed)
    erp, warehouse = (database.create(directory, name) for name in ("erp", "warehouse"))
    with transaction(erp), transaction(warehouse):
        add_customers(erp, rng, customers)
        add_articles(erp, rng, products)
        add_stock(erp, warehouse, rng)
        company = Company(erp, warehouse, rng)
        trade(company, orders - 1)
        spoil(company)
    for db, name in ((erp, "erp"), (warehouse, "warehouse")):
        database.add_watermarks(db, name)
        db.close()


def add_customers(erp, rng, count):
    for number in range(1001, 1001 + count):
        row = people.customer(rng, number)
        insert(erp, "cust", row)
        country = next(c for c in people.COUNTRIES if c.plate == row["ctry"])
        for addr_no in range(1, rng.choice((1, 1, 1, 2, 3))):
            insert(erp, "cust_addr", {"cust_no": number, "addr_no": addr_no, "descr": f"Lager {addr_no}",
                                      **people.address(rng, country)})


def add_articles(erp, rng, count):
    for number in range(1, count + 1):
        insert(erp, "art", goods.article(rng, number))


def add_stock(erp, warehouse, rng):
    for sku, uom in erp.execute("SELECT sku, uom FROM art ORDER BY art_id").fetchall():
        for loc in rng.sample(goods.LOCATIONS, rng.randint(1, 2)):
            insert(warehouse, "stk", {"sku": sku, "loc": loc, "qoh": str(rng.randint(0, 900)), "uom": uom,
                                      "q_inb": str(rng.choice((0, 0, 0, 200))), "lot": None})


def trade(company, orders):
    """Each order, and some of the steps that follow, at a time that moves on towards now."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    steps = (company.confirm, company.pick, company.ship, company.deliver, company.invoice, company.pay, company.cancel)
    weights = (9, 14, 13, 13, 9, 4, 0.5)
    for number in range(orders):
        when = now - timedelta(days=DAYS) * (orders - number) / (orders + 1)
        company.enter_order(when.replace(microsecond=0), cash_sale=number % 25 == 24)
        for step in company.rng.choices(steps, weights, k=7):
            step(when)


def spoil(company):
    """What every real system has: rows that are not quite as they should be."""
    company.erp.execute("UPDATE cust SET tel = 'nach 16 Uhr, Zentrale fragen' "
                        "WHERE cust_no = (SELECT min(cust_no) + 6 FROM cust)")
    company.erp.execute("UPDATE art SET descr = NULL WHERE art_id = (SELECT max(art_id) FROM art)")
    so_id = company.enter_order(datetime.now(timezone.utc))
    company.erp.execute("UPDATE so_head SET stat = 'Q7' WHERE so_id = ?", (so_id,))
