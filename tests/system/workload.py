"""Sources that keep their own ledger: every change bumps a row's rev under the row's lock, seeded."""

import os
import random
import sqlite3
import threading
import time
import uuid
from contextlib import closing

import psycopg2
import psycopg2.errors

from ledger import POISON

NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"


def stream(table="customer", every="30ms", overlap="1s", **more):
    watermark = {"column": "updated_at", **({"overlap": overlap} if overlap else {})}
    return {"table": table, "key": ["id"], "watermark": watermark, "every": every, "entity": "customer",
            "fields": {"name": "name", "number": "id", "attributes": {"rev": "rev", "note": "note"}}, **more}


def streams_of(parts=1, **options):
    """One stream of the table, or several that share its rows."""
    if parts == 1:
        return {"customers": stream(**options)}
    return {f"customers_{part}": stream(where=f"id % {parts} = {part}", space=f"part_{part}", **options) for part in range(parts)}


class SqliteSource:
    """A table customer(id, rev, name, note, updated_at); `name` changes with every rev."""

    name = "shop"

    def __init__(self, directory, rows=200, **options):
        self.file = os.path.join(directory, "shop.db")
        self.options = options
        with self.connect() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE IF NOT EXISTS customer(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, "
                             "name TEXT NOT NULL, note, updated_at TEXT NOT NULL)")
            database.execute("CREATE INDEX IF NOT EXISTS changed ON customer(updated_at, id)")
        self.insert(rows)

    def connect(self):
        database = sqlite3.connect(self.file, timeout=30, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA synchronous=OFF")
        return database

    def configuration(self):
        return {self.name: {"connector": "sqlite", "path": self.file, "defaults": {"time_zone": "UTC"},
                            "streams": {"customers": stream(**self.options)}}}

    def execute(self, sql, parameters=()):
        with self.connect() as database:
            return database.execute(sql, parameters).fetchall()

    def insert(self, rows, first=None):
        database = self.connect()
        first = first or database.execute("SELECT coalesce(max(id), 0) + 1 FROM customer").fetchone()[0]
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO customer(id, rev, name, updated_at) "
                             f"VALUES(?, 1, 'row ' || ? || ' rev 1', {NOW})",
                             [(i, i) for i in range(first, first + rows)])
        database.execute("COMMIT")
        database.close()

    def bump(self, database, ids, poison=False):
        database.executemany(
            "UPDATE customer SET rev = rev + 1 + ?, name = 'row ' || id || ' rev ' || (rev + 1 + ?), "
            f"updated_at = {NOW} WHERE id = ?", [(POISON if poison else 0, POISON if poison else 0, i) for i in ids])

    def rows(self):
        return {str(number): {"rev": rev, "name": name}
                for number, rev, name in self.execute("SELECT id, rev, name FROM customer")}

    def transaction(self, database, rng):
        """One seeded transaction: changes, sometimes new rows, sometimes rolled back."""
        most = database.execute("SELECT max(id) FROM customer").fetchone()[0]
        aborted = rng.random() < 0.1
        size = rng.choice([1, 1, 2, 5, 20, 150])
        database.execute("BEGIN IMMEDIATE")
        self.bump(database, [rng.randint(1, most) for _ in range(size)], poison=aborted)
        if rng.random() < 0.05:
            number = most + 1
            rev = POISON if aborted else 1
            database.execute(f"INSERT INTO customer(id, rev, name, updated_at) VALUES(?, ?, ?, {NOW})",
                             (number, rev, f"row {number} rev {rev}"))
        database.execute("ROLLBACK" if aborted else "COMMIT")
        return 0 if aborted else size


class PostgresSource:
    """The same table in a schema of its own. Transactions are short, long, rolled back, or prepared and ended later."""

    name = "erp"
    longest = 2.5       # seconds a transaction stays open at most, deadlock detection aside

    def __init__(self, _directory=None, rows=200, read_dsn=None, access=None, **options):
        self.access = access or {}
        self.dsn = os.environ["PG_DSN"]
        self.read_dsn = read_dsn or os.environ["PG_MONITOR_DSN"]
        self.options = {"overlap": None, **options}
        self.schema = f"t{uuid.uuid4().hex[:12]}"
        self.table = f"{self.schema}.customer"
        with closing(self.connect()) as database, database.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {self.schema}")
            cursor.execute(f"CREATE TABLE {self.table}(id bigserial PRIMARY KEY, rev bigint NOT NULL, "
                           "name text NOT NULL, note text, updated_at timestamptz NOT NULL)")
            cursor.execute(f"CREATE INDEX ON {self.table}(updated_at, id)")
            cursor.execute(f"INSERT INTO {self.table}(rev, name, updated_at) "
                           f"SELECT 1, 'row ' || n || ' rev 1', now() FROM generate_series(1, {rows}) n")
            cursor.execute(f"GRANT USAGE ON SCHEMA {self.schema} TO reader, monitor")
            cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {self.schema} TO reader, monitor")

    def connect(self):
        database = psycopg2.connect(self.dsn)
        database.autocommit = True
        return database

    def configuration(self):
        return {self.name: {"connector": "postgres", "dsn": self.read_dsn, **self.access,
                            "streams": streams_of(table=self.table, **self.options)}}

    def rows(self):
        with closing(self.connect()) as database, database.cursor() as cursor:
            cursor.execute(f"SELECT id, rev, name FROM {self.table}")
            return {str(number): {"rev": rev, "name": name} for number, rev, name in cursor}

    def write(self, cursor, rng, poison):
        # both are at or after the transaction's start, as `stamped_by: database` promises
        now = rng.choice(["now()", "clock_timestamp()"])
        more = 1 + (POISON if poison else 0)
        cursor.execute(f"SELECT last_value FROM {self.table}_id_seq")
        most = cursor.fetchone()[0]
        for number in sorted(rng.sample(range(1, most + 1), rng.choice([1, 1, 2, 5, 30]))):
            cursor.execute(f"UPDATE {self.table} SET rev = rev + {more}, "
                           f"name = 'row ' || id || ' rev ' || (rev + {more}), updated_at = {now} WHERE id = {number}")
        if rng.random() < 0.1:
            cursor.execute(f"INSERT INTO {self.table}(id, rev, name, updated_at) SELECT n, {more}, "
                           f"'row ' || n || ' rev {more}', {now} FROM nextval('{self.table}_id_seq') n")

    def transaction(self, database, rng):
        """One seeded transaction; 1 when it was committed."""
        poison, long, prepared = rng.random() < 0.1, rng.random() < 0.03, rng.random() < 0.03
        name = f"{self.schema}-{uuid.uuid4().hex}"
        with database.cursor() as cursor:
            try:
                cursor.execute("BEGIN")
                self.write(cursor, rng, poison)
                if long:
                    # how long people keep a form open: the transaction is what others have to cope with
                    time.sleep(rng.uniform(0.2, self.longest / 2))
                    self.write(cursor, rng, poison)
                if not prepared:
                    cursor.execute("ROLLBACK" if poison else "COMMIT")
                    return int(not poison)
                cursor.execute(f"PREPARE TRANSACTION '{name}'")
            except (psycopg2.errors.DeadlockDetected, psycopg2.errors.LockNotAvailable):
                cursor.execute("ROLLBACK")
                return 0
            time.sleep(rng.uniform(0.05, self.longest / 2))
            cursor.execute(f"{'ROLLBACK' if poison else 'COMMIT'} PREPARED '{name}'")
            return int(not poison)


class Writer:
    """Runs a source's seeded transactions in a thread until it is stopped."""

    def __init__(self, source, seed, pause=0.01):
        self.source, self.rng, self.pause = source, random.Random(seed), pause
        self.committed = 0
        self.error = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        database = self.source.connect()
        try:
            while not self.ended.is_set():
                self.committed += self.source.transaction(database, self.rng)
                # the pace of the people at work in the source, not a wait for anything
                time.sleep(self.rng.uniform(0, 2 * self.pause))
        except Exception as error:  # pylint: disable=broad-except
            self.error = error
        finally:
            database.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        if self.error:
            raise self.error
