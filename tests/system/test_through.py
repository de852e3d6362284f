#!/usr/bin/python3
"""Shipments that only know their order have its customer: before and after the order is there, when it changes its
customer and when it is gone, over kills at every step of a commit and over a lost cache.
"""

import os
import shutil
import sys
import uuid
from contextlib import closing

import psycopg2

from daemon import Daemon, Suite, expect, until
from ledger import Ledger

HUB = 12_000            # shipments of one order: more than a transaction looks at
FAILPOINTS = ["commit.compared", "commit.begun", "commit.half_produced", "commit.produced", "kafka.before_commit",
              "kafka.after_commit", "commit.before_store", "commit.after_store", "commit.after_notify"]
THROUGH = {"reference": "customer", "through": {"sales_order": "order_id"}}


class Database:
    def __init__(self):
        self.schema = f"t{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE SCHEMA {self.schema}")
        for table, column in (("orders", "customer_id"), ("shipments", "order_id")):
            name = f"{self.schema}.{table}"
            self.run(f"CREATE TABLE {name}(id bigint PRIMARY KEY, {column} bigint, updated_at timestamptz NOT NULL "
                     "DEFAULT now())")
            self.run(f"CREATE INDEX ON {name}(updated_at, id)")

    def run(self, sql):
        with closing(psycopg2.connect(os.environ["PG_DSN"])) as database, database, database.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def order(self, number, customer):
        self.run(f"INSERT INTO {self.schema}.orders VALUES({number}, {customer}) ON CONFLICT (id) DO UPDATE SET "
                 f"customer_id = {customer}, updated_at = now()")

    def ships(self, first, count, order):
        self.run(f"INSERT INTO {self.schema}.shipments SELECT n, {order} FROM generate_series({first}, "
                 f"{first + count - 1}) n")

    def cancel(self, number):
        self.run(f"DELETE FROM {self.schema}.orders WHERE id = {number}")

    def join(self):
        """The number of each shipment -> the customer of its order."""
        return {str(number): customer for number, customer in self.run(
            f"SELECT s.id, o.customer_id FROM {self.schema}.shipments s LEFT JOIN {self.schema}.orders o "
            "ON o.id = s.order_id")}

    def configuration(self, customer=None, deletes="1s"):
        customer = customer or THROUGH
        rest = {"key": ["id"], "watermark": {"column": "updated_at"}, "every": "30ms",
                "deletes": {"every": deletes, "at_most": "100%", "always": 1_000_000}}
        return {"erp": {"connector": "postgres", "dsn": os.environ["PG_DSN"], "streams": {
            "shipments": {"table": f"{self.schema}.shipments", **rest, "entity": "shipment", "fields": {
                "number": "id", "order": {"reference": "sales_order", "from": "order_id"}, "customer": customer}},
            "orders": {"table": f"{self.schema}.orders", **rest, "entity": "sales_order", "fields": {
                "number": "id", "customer": {"reference": "customer", "from": "customer_id"}}}}}}


class Shipments:
    """What consumers have of shipments, and what their customers are called."""

    def __init__(self, daemon, database):
        self.daemon, self.database = daemon, database
        self.shipments, self.orders = Ledger(daemon, "shipment"), Ledger(daemon, "sales_order")
        self.customers = {}     # number -> id

    def read(self):
        self.shipments.read()
        self.orders.read()
        return self.shipments.events

    def wrong(self):
        self.read()
        for number, customer in self.database.run(f"SELECT id, customer_id FROM {self.database.schema}.orders"):
            known = self.orders.last.get(str(number), {}).get("customer_id")
            if known is None or self.customers.setdefault(customer, known) != known:
                return [f"order {number}"]
        expected = self.database.join()
        gone = [number for number in self.shipments.last if number not in expected]
        return gone + [number for number, customer in expected.items() if number not in self.shipments.last or
                       self.shipments.last[number].get("customer_id") != self.customers.get(customer)]

    def published(self, seconds=120):
        until(lambda: self.daemon.alive() and not self.wrong(), seconds,
              lambda: f"{len(self.wrong())} differ, as {self.wrong()[:3]}; {self.daemon.last_words()}")

    def holds(self):
        """Every assertion about the events so far."""
        last, seen, places = {}, set(), {}
        for event in self.read():
            expect(event.headers["ce_id"] not in seen, lambda event=event: f"twice: {event}")
            seen.add(event.headers["ce_id"])
            expect(places.get(event.key, (0, 0)) < (event.commit, event.index), lambda event=event: f"order: {event}")
            places[event.key] = (event.commit, event.index)
            if event.body is None:
                continue
            before, after = event.body["before"], event.body["after"]
            expect(before == last.get(event.key), lambda event=event: f"before is not the after: {event} {event.body}")
            expect(before != after, lambda event=event: f"nothing differs: {event}")
            expect("$through" not in str(event.body), lambda event=event: f"a record went out: {event.body}")
            if before and after and before.get("customer_id") != after.get("customer_id"):
                expect("/customer_id" in event.body["changed"], lambda event=event: f"changed: {event.body}")
            last[event.key] = after
        expect(not self.wrong(), lambda: f"not the join: {self.wrong()[:5]}")
        return f"{len(seen)} events of {len(self.shipments.last)} shipments"

    def brings(self, change, count):
        """`change` republishes so many shipments, each once, in some transactions; later polls bring nothing."""
        began = len(self.read())
        change()
        self.published()
        self.daemon.polls(3)
        new = [event for event in self.read()[began:] if event.body]
        expect(len(new) == count, lambda: f"{len(new)} events instead of {count}: {new[:5]}")
        return new


def started(database, **options):
    daemon = Daemon(database.configuration(**options)).start().ready()
    return daemon, Shipments(daemon, database)


def comes_and_goes():
    database = Database()
    database.ships(1, 30, 1)
    database.ships(31, 20, 2)
    database.ships(51, 5, "NULL")
    daemon, shipments = started(database)
    shipments.published()
    expect(all("customer_id" not in event.after for event in shipments.read()), "a customer that nobody knows")
    new = shipments.brings(lambda: database.order(1, 7), 30)
    expect(len({event.commit for event in new}) == 1, "the dependents of one order are in one transaction")
    order = shipments.orders.events[-1]
    expect(new[0].commit == order.commit, "they are in the transaction of their order")
    expect({event.headers["ce_cause"] for event in new} == {"change"}, "an order that came is a change")
    expect(new[0].body["origin"][0]["stream"] == "shipments", lambda: f"origin {new[0].body['origin']}")
    shipments.brings(lambda: database.order(2, 7), 20)
    shipments.brings(lambda: database.order(1, 8), 30)
    # a touch that changes nothing anybody takes
    shipments.brings(lambda: database.run(f"UPDATE {database.schema}.orders SET updated_at = now()"), 0)
    new = shipments.brings(lambda: database.cancel(1), 30)
    expect(all("customer_id" not in event.after for event in new), "the order is gone, its customer is not")
    shipments.brings(lambda: database.order(1, 9), 30)
    # a shipment of another order
    shipments.brings(lambda: database.run(f"UPDATE {database.schema}.shipments SET order_id = 2, updated_at = now() "
                                          "WHERE id = 1"), 1)
    shipments.brings(lambda: database.order(1, 10), 29)
    said = shipments.holds()
    daemon.kill()
    return said


def over_kills():
    database = Database()
    database.ships(1, HUB, 1)
    database.ships(HUB + 1, 50, 2)
    database.order(3, 3)    # a table without a row is not believed
    daemon, shipments = started(database, deletes="2s")
    shipments.published()
    daemon.kill()
    customer = 100
    for number, name in enumerate(FAILPOINTS):
        for count in (1, 2):
            customer += 1
            database.order(1, customer)
            if number % 3 == 2:
                database.cancel(2)
            else:
                database.order(2, customer)
            if number % 2 == count - 1:
                shutil.rmtree(daemon.state, ignore_errors=True)
            # the first transaction is the claim
            daemon.start(failpoint=f"{name}:{count + 1 if name.startswith('kafka') else count}")
            daemon.exit_code(120)
    database.cancel(1)
    daemon.start().ready()
    shipments.published(240)
    said = shipments.holds()
    # rebuilt, it knows who depends on whom
    daemon.kill()
    shutil.rmtree(daemon.state)
    daemon.start().ready()
    database.order(1, 500)
    shipments.published(240)
    daemon.polls(3)
    shipments.holds()
    expect(daemon.stop() == 0, "it did not stop cleanly")
    return f"{said}, {2 * len(FAILPOINTS)} kills"


def comes_to_take():
    """A stream that was published without records: each of its rows gets one, and only what differs goes out."""
    database = Database()
    database.ships(1, 200, 1)
    database.order(1, 7)
    configuration = database.configuration()
    del configuration["erp"]["streams"]["shipments"]["fields"]["customer"]
    daemon = Daemon(configuration).start().ready()
    shipments = Shipments(daemon, database)
    until(lambda: len(shipments.read()) >= 200 and shipments.orders.last, 60, "not loaded")
    expect(daemon.stop() == 0, "it did not stop cleanly")
    # gone while it was down, and the cache with it
    database.run(f"DELETE FROM {database.schema}.shipments WHERE id <= 10")
    shutil.rmtree(daemon.state)
    daemon.configuration["sources"] = database.configuration()
    daemon.write_configuration()
    daemon.start().ready()
    shipments.published()
    new = [event for event in shipments.read()[200:] if event.body]
    expect(len(new) == 200, lambda: f"{len(new)} events instead of 200: {new[:5]}")
    shipments.brings(lambda: database.order(1, 8), 190)
    said = shipments.holds()
    daemon.kill()
    return said


TESTS = {
    "a shipment's customer comes and goes with its order": comes_and_goes,
    "dependents are republished once, over kills and a lost cache": over_kills,
    "a stream that comes to take something is told apart from its last events": comes_to_take,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
