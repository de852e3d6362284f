"""The wholesaler's business, one method a step. Steps neither begin nor end transactions; one that finds nothing to do
says False. Each step takes the time it happens at, so that the past is made by the same steps as the present."""

from datetime import timedelta
from decimal import Decimal

from company import goods, people

VAT = Decimal("1.19")
CARRIERS = ("DPD", "GLS", "Raben", "Spedition Kühne")


def insert(db, table, row):
    names = ", ".join(row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in row)})", row)


def next_id(db, table, column):
    return db.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchone()[0]


def stamp(when):
    return when.strftime("%Y-%m-%d %H:%M:%S")


def plain(value):
    """A quantity as text without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Company:
    """Sells, ships, bills and is paid. Not thread-safe."""

    def __init__(self, erp, warehouse, rng):
        self.erp = erp
        self.warehouse = warehouse
        self.rng = rng

    def choose(self, query, *parameters):
        """One of the query's first 200 rows, or None."""
        rows = self.erp.execute(query + " LIMIT 200", parameters).fetchall()
        return self.rng.choice(rows) if rows else None

    # Sales

    def enter_order(self, when, cash_sale=False):
        customer = (None, "nowak") if cash_sale else self.choose(
            "SELECT cust_no, rep FROM cust WHERE act = 'Y' ORDER BY cust_no % 7")
        so_id = next_id(self.erp, "so_head", "so_id")
        insert(self.erp, "so_head", {
            "so_id": so_id, "so_no": f"A{when.year % 100}-{so_id:06}", "cust_no": customer[0], "stat": "E",
            "chan": "T" if cash_sale else self.rng.choice("TEWV"), "ord_ts": stamp(when),
            "prom_dt": str((when + timedelta(days=self.rng.randint(2, 12))).date()), "rep": customer[1],
            "cust_ref": self.rng.choice((None, f"Best. {self.rng.randint(100, 9999)}"))})
        articles = self.erp.execute("SELECT sku, uom, list_pr, cost_pr FROM art WHERE blocked = 0").fetchall()
        lines = self.rng.sample(articles, min(len(articles), self.rng.randint(1, 6)))
        for number, (sku, uom, price, cost) in enumerate(lines, 1):
            self.add_line(so_id, number * 10, (sku, uom, price, cost))
        self.sum_up(so_id)
        return so_id

    def add_line(self, so_id, pos, article):
        sku, uom, price, cost = article
        qty = goods.quantity(self.rng, uom)
        insert(self.erp, "so_pos", {"so_id": so_id, "pos": pos, "sku": sku, "qty": qty, "uom": uom, "unit_pr": price,
                                    "net": goods.money(Decimal(qty) * Decimal(price)), "unit_cost": cost})

    def sum_up(self, so_id):
        nets = self.erp.execute("SELECT net FROM so_pos WHERE so_id = ?", (so_id,)).fetchall()
        total = goods.money(sum(Decimal(net) for net, in nets))
        self.erp.execute("UPDATE so_head SET net_amt = ? WHERE so_id = ?", (total, so_id))

    def change_quantity(self, _when):
        line = self.choose("SELECT so_id, pos, uom, unit_pr FROM so_head JOIN so_pos USING (so_id) WHERE stat = 'E'")
        if not line:
            return False
        so_id, pos, uom, price = line
        qty = goods.quantity(self.rng, uom)
        self.erp.execute("UPDATE so_pos SET qty = ?, net = ? WHERE so_id = ? AND pos = ?",
                         (qty, goods.money(Decimal(qty) * Decimal(price)), so_id, pos))
        self.sum_up(so_id)
        return True

    def confirm(self, _when):
        order = self.choose("SELECT so_id FROM so_head WHERE stat = 'E' ORDER BY so_id")
        if not order:
            return False
        self.erp.execute("UPDATE so_head SET stat = 'F' WHERE so_id = ?", order)
        for sku, qty in self.erp.execute("SELECT sku, qty FROM so_pos WHERE so_id = ?", order).fetchall():
            self.move(sku, reserved=Decimal(qty))
        return True

    def cancel(self, _when):
        order = self.choose("SELECT so_id FROM so_head WHERE stat = 'E' ORDER BY so_id")
        if not order:
            return False
        self.erp.execute("UPDATE so_head SET stat = 'X' WHERE so_id = ?", order)
        return True

    # Shipments

    def to_ship(self, so_id):
        """(pos, sku, what is not on any shipment yet, uom) of each line that still has something."""
        rows = self.erp.execute(
            "SELECT pos, p.sku, p.qty, p.uom, group_concat(d.qty, ' ') FROM so_pos p "
            "LEFT JOIN dlv_head h USING (so_id) LEFT JOIN dlv_pos d USING (dlv_id, pos) "
            "WHERE so_id = ? GROUP BY pos ORDER BY pos", (so_id,))
        left = [(pos, sku, Decimal(qty) - sum(map(Decimal, (gone or "").split())), uom)
                for pos, sku, qty, uom, gone in rows]
        return [line for line in left if line[2] > 0]

    def pick(self, _when):
        """Some of the lines, some of them in part: the rest follows with another shipment."""
        order = self.choose("SELECT so_id, cust_no FROM so_head WHERE stat IN ('F', 'K') ORDER BY so_id")
        lines = self.to_ship(order[0]) if order else []
        if not lines:
            return False
        dlv_id = next_id(self.erp, "dlv_head", "dlv_id")
        insert(self.erp, "dlv_head", {"dlv_id": dlv_id, "dlv_no": f"L{dlv_id:07}", "so_id": order[0],
                                      "cust_no": order[1], "stat": "K"})
        for pos, sku, qty, uom in [line for line in lines if self.rng.random() < 0.8] or lines[:1]:
            if qty > 2 and self.rng.random() < 0.2:
                qty = qty // 2
            insert(self.erp, "dlv_pos", {"dlv_id": dlv_id, "pos": pos, "sku": sku, "qty": plain(qty), "uom": uom})
        self.erp.execute("UPDATE so_head SET stat = 'K' WHERE so_id = ? AND stat = 'F'", order[:1])
        return True

    def ship(self, when):
        shipment = self.choose("SELECT dlv_id, so_id FROM dlv_head WHERE stat = 'K' ORDER BY dlv_id")
        if not shipment:
            return False
        dlv_id, so_id = shipment
        self.erp.execute("UPDATE dlv_head SET stat = 'L', ship_ts = ?, carr = ?, track = ? WHERE dlv_id = ?",
                         (stamp(when), self.rng.choice(CARRIERS), f"{self.rng.randint(10**11, 10**12 - 1)}", dlv_id))
        for sku, qty in self.erp.execute("SELECT sku, qty FROM dlv_pos WHERE dlv_id = ?", (dlv_id,)).fetchall():
            self.move(sku, on_hand=-Decimal(qty), reserved=-Decimal(qty))
        picking = self.erp.execute("SELECT 1 FROM dlv_head WHERE so_id = ? AND stat = 'K'", (so_id,)).fetchone()
        if not picking and not self.to_ship(so_id):
            self.erp.execute("UPDATE so_head SET stat = 'L' WHERE so_id = ?", (so_id,))
        return True

    def deliver(self, when):
        shipment = self.choose("SELECT dlv_id, so_id FROM dlv_head WHERE stat = 'L' ORDER BY dlv_id")
        if not shipment:
            return False
        self.erp.execute("UPDATE dlv_head SET stat = 'Z', dlv_ts = ? WHERE dlv_id = ?", (stamp(when), shipment[0]))
        self.erp.execute("UPDATE so_head SET stat = 'Z' WHERE so_id = ?1 AND stat = 'L' AND NOT EXISTS "
                         "(SELECT 1 FROM dlv_head WHERE so_id = ?1 AND stat <> 'Z')", (shipment[1],))
        return True

    # Money

    def invoice(self, when):
        order = self.choose("SELECT so_id, cust_no, net_amt FROM so_head WHERE stat = 'Z' ORDER BY so_id")
        if not order:
            return False
        inv_id, total = next_id(self.erp, "inv", "inv_id"), goods.money(Decimal(order[2]) * VAT)
        due = when + timedelta(days=self.rng.choice((10, 14, 30)))
        insert(self.erp, "inv", {"inv_id": inv_id, "inv_no": f"R{when.year}{inv_id:06}", "so_id": order[0],
                                 "cust_no": order[1], "stat": "O", "inv_dt": str(when.date()),
                                 "due_dt": str(due.date()), "tot": total, "open_amt": total})
        self.erp.execute("UPDATE so_head SET stat = 'A' WHERE so_id = ?", order[:1])
        return True

    def pay(self, when):
        """One customer's invoices, up to three at once; one in five pays the last of them in part, and late."""
        payer = self.choose("SELECT cust_no FROM inv WHERE stat = 'O' ORDER BY inv_dt")
        if not payer:
            return False
        opened = self.erp.execute("SELECT inv_id, open_amt FROM inv WHERE stat = 'O' AND cust_no IS ? "
                                  "ORDER BY inv_id LIMIT ?", (payer[0], self.rng.randint(1, 3))).fetchall()
        shares = [(inv_id, Decimal(amount)) for inv_id, amount in opened]
        if self.rng.random() < 0.2:
            shares[-1] = (shares[-1][0], Decimal(goods.money(shares[-1][1] / 2)) or shares[-1][1])
        pay_id = next_id(self.erp, "pay", "pay_id")
        insert(self.erp, "pay", {"pay_id": pay_id, "pay_no": f"Z{pay_id:07}", "cust_no": payer[0],
                                 "paid_dt": str(when.date()), "amt": goods.money(sum(amount for _, amount in shares))})
        for inv_id, amount in shares:
            insert(self.erp, "pay_inv", {"pay_id": pay_id, "inv_id": inv_id, "amt": goods.money(amount)})
            left = Decimal(dict(opened)[inv_id]) - amount
            self.erp.execute("UPDATE inv SET open_amt = ?, stat = ? WHERE inv_id = ?",
                             (goods.money(left), "O" if left else "B", inv_id))
        return True

    # Customers, articles, stock

    def win_customer(self, _when):
        insert(self.erp, "cust", people.customer(self.rng, next_id(self.erp, "cust", "cust_no")))
        return True

    def change_mobile(self, _when):
        cust_no, plate = self.choose("SELECT cust_no, ctry FROM cust WHERE mob IS NOT NULL ORDER BY cust_no % 11")
        country = next(c for c in people.COUNTRIES if c.plate == plate)
        mobile = people.telephone(self.rng, country, mobile=True)
        self.erp.execute("UPDATE cust SET mob = ? WHERE cust_no = ?", (mobile, cust_no))
        return True

    def change_price(self, _when):
        art_id, price = self.choose("SELECT art_id, list_pr FROM art ORDER BY art_id % 13")
        self.erp.execute("UPDATE art SET list_pr = ? WHERE art_id = ?",
                         (goods.money(Decimal(price) * self.rng.choice((Decimal("0.97"), Decimal("1.03")))), art_id))
        return True

    def receive_goods(self, _when):
        sku, loc, inbound = self.rng.choice(self.warehouse.execute("SELECT sku, loc, q_inb FROM stk").fetchall())
        if Decimal(inbound):
            self.move(sku, loc, on_hand=Decimal(inbound), incoming=-Decimal(inbound))
        else:
            self.move(sku, loc, incoming=Decimal(self.rng.randint(20, 400)))
        return True

    def move(self, sku, loc=None, on_hand=0, reserved=0, incoming=0):
        """What never goes below nothing: real stock does, a sample's need not."""
        row = self.warehouse.execute("SELECT loc, qoh, q_rsvd, q_inb FROM stk WHERE sku = ? AND loc = coalesce(?, loc) "
                                     "ORDER BY CAST(qoh AS REAL) DESC", (sku, loc)).fetchone()
        if not row:
            return
        changes = zip(row[1:], (on_hand, reserved, incoming))
        amounts = [max(Decimal(0), Decimal(old) + change) for old, change in changes]
        self.warehouse.execute("UPDATE stk SET qoh = ?, q_rsvd = ?, q_inb = ? WHERE sku = ? AND loc = ?",
                               (*map(plain, amounts), sku, row[0]))
