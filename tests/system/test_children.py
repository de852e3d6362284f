#!/usr/bin/python3
"""Orders whose lines change, come and go without a touch of the order itself: what comes out is the order with its lines
as the source has them, each difference once. On the three databases, beside writers, and over kills of the daemon.
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, closing

import psycopg2
import psycopg2.errors
import pymysql

from daemon import BINARY, Daemon, Suite, expect, scratch, until
from ledger import Event, Log
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
SECONDS = 8
ORDERS = 120
COMPARED = {"deletes": {"every": "300ms"}}


class Source:
    """Tables orders(id, rev, updated_at) and line(order_id, no, rev, updated_at). `wrap` opens a short transaction."""

    name = "shop"
    connector = stamp = begin = None
    overlap = None
    longest = 0.5       # seconds a transaction stays open at most

    def setup(self, **options):
        self.options = options
        with closing(self.connect()) as database:
            self.run(database, *self.tables())
            for number in range(1, ORDERS + 1):
                self.insert(database, number, lines=number % 4)

    def connect(self):
        raise NotImplementedError

    def tables(self):
        raise NotImplementedError

    def run(self, database, *statements):
        cursor = database.cursor()
        for sql in statements:
            cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []

    def insert(self, database, number, lines):
        self.run(database, f"INSERT INTO orders(id, rev, updated_at) VALUES ({number}, 1, {self.stamp})",
                 *(f"INSERT INTO line(order_id, no, rev, updated_at) VALUES ({number}, {no}, 1, {self.stamp})"
                   for no in range(1, lines + 1)))

    def configuration(self):
        mark = {"column": "updated_at", **({"overlap": self.overlap} if self.overlap else {})}
        stream = {"table": "orders", "key": ["id"], "watermark": mark, "every": "30ms", "entity": "sales_order",
                  "include": {"lines": {"table": "line", "on": {"order_id": "id"}, "key": ["no"], "watermark": mark}},
                  "fields": {"number": "id", "attributes": {"rev": "rev"},
                             "lines": {"each": "lines", "fields": {"number": "no", "attributes": {"rev": "rev"}}}},
                  **self.options}
        return {self.name: {"connector": self.connector, **self.access(), "time_zone": "UTC",
                            "streams": {"orders": stream}}}

    def access(self):
        raise NotImplementedError

    def orders(self):
        """number -> (rev, {line: rev})"""
        with closing(self.connect()) as database:
            self.run(database, self.begin)
            orders = {str(number): (rev, {}) for number, rev in self.run(database, "SELECT id, rev FROM orders")}
            for number, line, rev in self.run(database, "SELECT order_id, no, rev FROM line"):
                if str(number) in orders:
                    orders[str(number)][1][str(line)] = rev
            self.run(database, "COMMIT")
            return orders

    def transaction(self, database, rng):
        aborted, long = rng.random() < 0.1, rng.random() < 0.03
        self.run(database, self.begin)
        try:
            self.write(database, rng)
            if long:
                # how long people keep a form open
                time.sleep(rng.uniform(0.1, self.longest))
                self.write(database, rng)
        except (psycopg2.errors.DeadlockDetected, psycopg2.errors.UniqueViolation, pymysql.err.MySQLError):
            aborted = True
        self.run(database, "ROLLBACK" if aborted else "COMMIT")
        return int(not aborted)

    def write(self, database, rng):
        number, line = rng.randint(1, ORDERS), rng.randint(1, 4)
        change = f"SET rev = rev + 1, updated_at = {self.stamp} WHERE"
        touch = f"UPDATE orders {change} id = {number}"
        kind = rng.random()
        if kind < 0.45:
            self.run(database, f"UPDATE line {change} order_id = {number} AND no = {line}")
        elif kind < 0.65:
            # may be the line of an order that is not there yet
            number = rng.choice([number, rng.randint(ORDERS, ORDERS + 60)])
            self.run(database, "INSERT INTO line(order_id, no, rev, updated_at) "
                               f"SELECT {number}, coalesce(max(no), 0) + 1, 1, {self.stamp} FROM line "
                               f"WHERE order_id = {number}")
        elif kind < 0.75:
            self.run(database, touch)
        elif kind < 0.85:
            self.run(database, f"UPDATE line {change} order_id = {number}", touch)
        elif kind < 0.95:
            # a line that is removed shows by its order alone, unless keys are compared
            self.run(database, f"DELETE FROM line WHERE order_id = {number} AND no = {line}",
                     *([] if "deletes" in self.options else [touch]))
        else:
            most = self.run(database, "SELECT max(id) FROM orders")[0][0]
            self.run(database, f"INSERT INTO orders(id, rev, updated_at) VALUES ({most + 1}, 1, {self.stamp})")


class PostgresOrders(Source):
    name, connector, stamp, begin = "erp", "postgres", "now()", "BEGIN ISOLATION LEVEL READ COMMITTED"

    def __init__(self, **options):
        self.schema = f"t{uuid.uuid4().hex[:12]}"
        with closing(psycopg2.connect(os.environ["PG_DSN"])) as database:
            database.autocommit = True
            self.run(database, f"CREATE SCHEMA {self.schema}", f"GRANT USAGE ON SCHEMA {self.schema} TO monitor")
        self.setup(**options)

    def connect(self):
        database = psycopg2.connect(os.environ["PG_DSN"], options=f"-c search_path={self.schema}")
        database.autocommit = True
        return database

    def tables(self):
        return ("CREATE TABLE orders(id bigint PRIMARY KEY, rev bigint NOT NULL, updated_at timestamptz NOT NULL)",
                "CREATE TABLE line(order_id bigint, no int, rev bigint NOT NULL, updated_at timestamp(3) NOT NULL "
                "DEFAULT (now() at time zone 'UTC'), PRIMARY KEY (order_id, no))",
                "SET timezone = 'UTC'",
                "CREATE INDEX ON orders(updated_at, id)", "CREATE INDEX ON line(updated_at, order_id)",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {self.schema} TO monitor")

    def run(self, database, *statements):
        # the lines' stamps are wall clocks
        return super().run(database, *(sql if "line" not in sql else sql.replace("now()", "(now() at time zone 'UTC')")
                                       for sql in statements))

    def access(self):
        return {"dsn": f"{os.environ['PG_MONITOR_DSN']}?options=-csearch_path%3D{self.schema}"}


class MariadbOrders(Source):
    name, connector, stamp, overlap = "depot", "mariadb", "now(6)", "3s"
    begin = "BEGIN"

    def __init__(self, **options):
        self.database = f"t{uuid.uuid4().hex[:12]}"
        with closing(self.connect(None)) as session:
            self.run(session, f"CREATE DATABASE {self.database}",
                     "CREATE USER IF NOT EXISTS ledger@'127.0.0.1' IDENTIFIED BY 'ledger'",
                     f"GRANT SELECT ON {self.database}.* TO ledger@'127.0.0.1'")
        self.setup(**options)

    def connect(self, database=""):
        return pymysql.connect(host=os.environ["MARIADB_HOST"], port=int(os.environ["MARIADB_PORT"]),
                               user=os.environ["MARIADB_USER"], password=os.environ["MARIADB_PASSWORD"],
                               database=self.database if database == "" else database, autocommit=True)

    def tables(self):
        return ("CREATE TABLE orders(id bigint PRIMARY KEY, rev bigint NOT NULL, updated_at timestamp(6) NOT NULL, "
                "KEY (updated_at, id))",
                "CREATE TABLE line(order_id bigint, no int, rev bigint NOT NULL, updated_at timestamp(6) NOT NULL, "
                "PRIMARY KEY (order_id, no), KEY (updated_at, order_id))")

    def access(self):
        return {"host": os.environ["MARIADB_HOST"], "port": int(os.environ["MARIADB_PORT"]), "user": "ledger",
                "password": "ledger", "database": self.database}


class SqliteOrders(Source):
    connector, stamp, overlap = "sqlite", "strftime('%Y-%m-%d %H:%M:%f', 'now')", "1s"
    begin = "BEGIN IMMEDIATE"

    def __init__(self, **options):
        self.file = os.path.join(scratch(), "shop.db")
        self.setup(**options)

    def connect(self):
        return sqlite3.connect(self.file, timeout=30, isolation_level=None, check_same_thread=False)

    def tables(self):
        return ("PRAGMA journal_mode=WAL",
                "CREATE TABLE orders(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, updated_at TEXT NOT NULL)",
                "CREATE TABLE line(order_id INTEGER, no INTEGER, rev INTEGER NOT NULL, updated_at TEXT NOT NULL, "
                "PRIMARY KEY (order_id, no))",
                "CREATE INDEX changed ON orders(updated_at, id)", "CREATE INDEX line_changed ON line(updated_at)")

    def access(self):
        return {"path": self.file}


class Orders:
    """What a consumer of the orders' topic holds."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.log = Log(daemon.brokers, [f"{daemon.prefix}.sales_order"])
        self.events, self.last = [], {}

    def read(self):
        for message in self.log.drain():
            event = Event(message)
            if event.body is None:
                continue
            before = self.last.get(event.key)
            expect(event.body["before"] == (before.after if before else None),
                   lambda event=event: f"before is the previous after: {event} {event.body}")
            expect(before is None or before.after != event.after,
                   lambda event=event: f"an event without a difference: {event} {event.body}")
            expect(before is None or (before.commit, before.index) < (event.commit, event.index),
                   lambda event=event, before=before: f"(commit, index) rises: {before} {event}")
            self.last[event.key] = event
            self.events.append(event)
        return {event.after["number"]: shown(event.after) for event in self.last.values() if event.after}

    def published(self, source, seconds=60):
        wanted = source.orders()

        def complete():
            expect(self.daemon.alive(), lambda: f"the daemon ended: {self.daemon.last_words()}")
            return self.read() == wanted

        def differ():
            got = self.read()
            return {n: (got.get(n), wanted.get(n)) for n in got.keys() | wanted.keys() if got.get(n) != wanted.get(n)}
        until(complete, seconds, lambda: f"got, wanted: {dict(list(differ().items())[:3])} {self.daemon.readiness()}")

    def settled(self, source):
        """Published, and three more polls bring nothing."""
        self.published(source)
        count = len(self.events)
        self.daemon.polls(3)
        self.read()
        expect(len(self.events) == count, lambda: f"polling again brought {self.events[count:]}")


def shown(order):
    return (order["attributes"]["rev"],
            {line["number"]: line["attributes"]["rev"] for line in order.get("lines", [])})


def beside_writers(source, kills=0, writers=4):
    daemon = Daemon(source.configuration()).start().ready()
    orders = Orders(daemon)
    rng = random.Random(SEED)
    with ExitStack() as stack:
        working = [stack.enter_context(Writer(source, SEED * 100 + i)) for i in range(writers)]
        for part in range(kills + 1):
            deadline = time.monotonic() + SECONDS / (kills + 1) * rng.uniform(0.5, 1.5)
            until(lambda end=deadline: time.monotonic() > end, 60, "time stands still")
            orders.read()
            if part < kills:
                daemon.kill()
                daemon.start().ready()
    orders.settled(source)
    committed = sum(writer.committed for writer in working)
    expect(committed > 100, lambda: f"only {committed} transactions")
    alone = sum(1 for e in orders.events if e.body["before"] and
                e.body["before"]["attributes"]["rev"] == e.after["attributes"]["rev"])
    expect(alone > 30, lambda: f"only {alone} events are about lines alone")
    daemon.kill()
    return f"seed {SEED}, {committed} transactions, {len(orders.events)} events, {alone} of lines alone"


def swept():
    """Nothing tells of a line that was removed alone: a sweep finds it."""
    source = PostgresOrders(sweep={"every": "300ms"})
    daemon = Daemon(source.configuration()).start().ready()
    orders = Orders(daemon)
    orders.settled(source)
    before = len(orders.events)
    with closing(source.connect()) as database:
        source.run(database, "DELETE FROM line WHERE order_id = 7 AND no = 2")
    orders.settled(source)
    new = orders.events[before:]
    expect(len(new) == 1 and new[0].headers["ce_cause"] == "repair", lambda: f"{new} {[e.headers for e in new]}")
    daemon.kill()


def compared(source):
    """Lines that come, go or take another's place unstamped, one after the other; and then nothing is left to find."""
    with closing(source.connect()) as database:
        # older than any overlap reads back
        source.run(database, *(f"UPDATE {table} SET updated_at = '2001-01-02 03:04:05'" for table in ("orders", "line")))
    daemon = Daemon(source.configuration()).start().ready()
    orders = Orders(daemon)
    orders.settled(source)
    for change in (("DELETE FROM line WHERE order_id = 7 AND no = 2",),
                   ("INSERT INTO line(order_id, no, rev, updated_at) VALUES (7, 8, 1, '2001-02-03 04:05:06')",),
                   ("DELETE FROM line WHERE order_id = 7 AND no = 8",
                    "INSERT INTO line(order_id, no, rev, updated_at) VALUES (7, 9, 1, '2001-02-03 04:05:06')"),
                   ("UPDATE line SET rev = 5, updated_at = '2001-02-03 04:05:07' WHERE order_id = 7 AND no = 9",),
                   ("DELETE FROM line WHERE order_id = 7",)):
        before = len(orders.events)
        with closing(source.connect()) as database:
            source.run(database, source.begin, *change, "COMMIT")
        orders.settled(source)
        new = orders.events[before:]
        expect(len(new) == 1 and new[0].headers["ce_cause"] == "repair" and new[0].after["number"] == "7",
               lambda change=change, new=new: f"{change} made {new} {[e.headers for e in new]}")
    expect(daemon.comparisons(3)[1:] == [0, 0], lambda: f"what was found is fetched again: {daemon.fetched()}")
    daemon.kill()
    # a cache made from the topics knows the versions of what was published
    daemon.forget()
    daemon.start().ready()
    expect(daemon.comparisons(1) == [0], lambda: f"fetched {daemon.fetched()} after a rebuild")
    daemon.kill()


def once():
    """A change of order and lines in one transaction is one event, and one of a line alone is one of its order."""
    source = PostgresOrders()
    daemon = Daemon(source.configuration()).start().ready()
    orders = Orders(daemon)
    orders.settled(source)
    for change in (("UPDATE line SET rev = 7, updated_at = now() WHERE order_id = 7 AND no = 2",),
                   ("UPDATE line SET rev = 8, updated_at = now() WHERE order_id = 7",
                    "UPDATE orders SET rev = 8, updated_at = now() WHERE id = 7"),
                   ("INSERT INTO line(order_id, no, rev, updated_at) VALUES (7, 9, 1, now())",)):
        before = len(orders.events)
        with closing(source.connect()) as database:
            source.run(database, "BEGIN", *change, "COMMIT")
        orders.settled(source)
        new = orders.events[before:]
        expect(len(new) == 1, lambda change=change, new=new: f"{change} made {new}")
        expect(new[0].after["number"] == "7", lambda new=new: f"another order changed: {new}")
    daemon.kill()


def renamed_while_down():
    """A column of a child that is not there any more parks the stream; without it every order would lose it."""
    source = PostgresOrders(sweep={"every": "300ms"})
    daemon = Daemon(source.configuration()).start().ready()
    orders = Orders(daemon)
    orders.settled(source)
    expect(daemon.stop() == 0, "the daemon does not stop")
    # what nobody maps may come and go
    with closing(source.connect()) as database:
        source.run(database, "ALTER TABLE line ADD remark text", "ALTER TABLE line RENAME rev TO revision")
    lint = subprocess.run([BINARY, "lint", "--online", "-c", daemon.path], capture_output=True, text=True, check=False)
    place = next((line for line in lint.stderr.splitlines() + lint.stdout.splitlines() if "no column 'rev' in" in line), "")
    with open(daemon.path, encoding="utf-8") as file:
        written = file.read().splitlines()
    expect(lint.returncode == 1 and '"rev": "rev"' in written[int(place.split(":")[1]) - 1],
           lambda: f"lint, status {lint.returncode}: {lint.stdout}{lint.stderr}")
    daemon.start()
    reason = daemon.unready("parked")
    expect("no column 'rev' in" in reason and "line" in reason, lambda: reason)
    with closing(source.connect()) as database:
        source.run(database, "ALTER TABLE line RENAME revision TO rev", "ALTER TABLE line DROP remark")
    expect(daemon.stop() == 0, "the daemon does not stop")
    daemon.start().ready()
    before = len(orders.events)
    orders.settled(source)
    expect(len(orders.events) == before, lambda: f"the rename was published: {orders.events[before:]}")
    with closing(source.connect()) as database:
        source.run(database, "ALTER TABLE line ADD remark text")
    daemon.polls(2)
    with closing(source.connect()) as database:
        source.run(database, "ALTER TABLE line DROP remark")
    daemon.polls(3)
    expect(all(feed["state"] == "running" for feed in daemon.feeds()), lambda: daemon.readiness()[1])
    daemon.kill()


TESTS = {
    "a column of a line that is renamed while the daemon is down parks its stream": renamed_while_down,
    "lines that change alone publish their order, once": once,
    "postgres: orders and lines beside writers are right in the end":
        lambda: beside_writers(PostgresOrders()),
    "mariadb: orders and lines beside writers are right in the end":
        lambda: beside_writers(MariadbOrders(), writers=2),
    "sqlite: orders and lines beside a writer are right in the end":
        lambda: beside_writers(SqliteOrders(), writers=1),
    "postgres: orders and lines are right in the end over kills":
        lambda: beside_writers(PostgresOrders(), kills=8),
    "a line that was removed alone is found by a sweep": swept,
    "postgres: lines that no stamp tells of are found by comparing keys": lambda: compared(PostgresOrders(**COMPARED)),
    "mariadb: lines that no stamp tells of are found by comparing keys": lambda: compared(MariadbOrders(**COMPARED)),
    "sqlite: lines that no stamp tells of are found by comparing keys": lambda: compared(SqliteOrders(**COMPARED)),
    "postgres: lines are removed beside writers and over kills, and keys compared":
        lambda: beside_writers(PostgresOrders(**COMPARED), kills=4),
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
