#!/usr/bin/python3
"""Schemas that change and databases that crash under a running daemon, on PostgreSQL, MariaDB and SQLite."""

import os
import subprocess
import sys
from contextlib import closing

from daemon import LAB, Daemon, Suite, expect, free_port, scratch, side_by_side, until
from ledger import Event, Ledger, Log
from mariadb_workload import MariadbSource
from workload import PostgresSource, SqliteSource, stream

ROWS = 300_000      # of a load that is long enough to be cut


def run(source, *statements):
    with closing(source.connect()) as database:
        cursor = database.cursor()
        for sql in statements:
            cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def changed(source, number, rev):
    table = getattr(source, "table", "customer")
    now = {"postgres": "now()", "mariadb": "now(6)", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}[kind(source)]
    run(source, f"UPDATE {table} SET rev = {rev}, name = 'row {number} rev {rev}', updated_at = {now} "
                f"WHERE id = {number}")


def published(daemon):
    return sum(feed["events"] for feed in daemon.feeds())


def kind(source):
    return next(iter(source.configuration().values()))["connector"]


def drifts(source, rename_column, other_type, table="customer"):
    """Statements come with the table's name in them; SQLite has no `other_type`, as its columns have none."""
    table = getattr(source, "table", table)
    schema = f"{table.rpartition('.')[0]}." if "." in table else ""
    select = f"SELECT id + 5000 AS id, rev, name, note, updated_at FROM {table}"
    run(source, f"CREATE TABLE {schema}partner AS {select}")
    if schema:
        run(source, f"GRANT SELECT ON {schema}partner TO monitor")
    configuration = source.configuration()
    streams = next(iter(configuration.values()))["streams"]
    overlap = streams["customers"]["watermark"].get("overlap")
    streams["partners"] = stream(f"{schema}partner", overlap=overlap, space="partners")
    daemon = Daemon(configuration).start().ready()
    ledger = Ledger(daemon)
    until(lambda: len(ledger.read()) == 400, 60, lambda: f"{len(ledger.events)} events of 400 rows")

    def parked(word, undo):
        reason = daemon.unready("parked")
        expect(word in reason, lambda: f"'{word}' is not named: {reason}")
        before = len(ledger.read())
        run(source, f"UPDATE {schema}partner SET rev = rev + 1, name = 'other', updated_at = "
                    f"{'now()' if kind(source) != 'sqlite' else 'datetime(' + repr('now') + ')'} WHERE id = 5003")
        until(lambda: len(ledger.read()) > before, 30, "the other stream does not go on")
        expect(daemon.readiness()[0] == 503, "it is ready though a stream is parked")
        run(source, undo)
        daemon.ready(120)

    def arrives(number, rev):
        changed(source, number, rev)
        until(lambda: ledger.read() and str((ledger.last.get(str(number)) or {"attributes": {"rev": 0}})
                                            ["attributes"]["rev"]) == str(rev), 60,
              lambda: f"row {number} does not arrive: {ledger.last.get(str(number))} {daemon.readiness()}")

    def told(words):
        until(lambda: words in daemon.readiness()[1], 30, lambda: f"{words} is not told: {daemon.readiness()}")
        expect(daemon.readiness()[0] == 200, lambda: f"it is not ready: {daemon.readiness()}")
        expect('code="schema_drift"} 1' in daemon.get("/metrics")[1], "the metrics do not tell")

    run(source, rename_column.format(table=table, old="note", new="remark"))
    parked("note", rename_column.format(table=table, old="remark", new="note"))
    arrives(1, 100)
    bare = table.rpartition(".")[2]
    run(source, f"ALTER TABLE {table} RENAME TO {bare}_gone" if kind(source) == "postgres" else
        f"ALTER TABLE {table} RENAME TO customer_gone")
    parked("customer", f"ALTER TABLE {schema}{bare}_gone RENAME TO {bare}")
    arrives(2, 100)
    run(source, f"ALTER TABLE {table} ADD COLUMN extra int")
    arrives(3, 100)
    told("'extra' (")
    if other_type:
        run(source, other_type.format(table=table))
        arrives(4, 100)
        told("'rev' is ")
    ids = [event.headers["ce_id"] for event in ledger.events]
    expect(len(ids) == len(set(ids)), "an event came twice")
    daemon.kill()


def postgres_drifts():
    drifts(PostgresSource(), "ALTER TABLE {table} RENAME COLUMN {old} TO {new}",
           "ALTER TABLE {table} ALTER rev TYPE text")


def mariadb_drifts():
    drifts(MariadbSource(overlap="3s"), "ALTER TABLE {table} RENAME COLUMN {old} TO {new}",
           "ALTER TABLE {table} MODIFY rev varchar(40) NOT NULL")


def sqlite_drifts():
    drifts(SqliteSource(scratch()), "ALTER TABLE {table} RENAME COLUMN {old} TO {new}", None)


class Database:
    """A database server of the test's own, to be crashed."""

    def __init__(self, name):
        self.name, self.port, self.directory = name, free_port(), os.path.join(scratch(), name)

    def lab(self, action, *arguments):
        done = subprocess.run([os.path.join(LAB, self.name), action, self.directory, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", check=False)
        expect(done.returncode == 0, lambda: f"{self.name} {action}: {done.stderr[-800:]}")

    def start(self):
        self.lab("start", str(self.port))
        done = subprocess.run([os.path.join(LAB, self.name), "env", self.directory], stdout=subprocess.PIPE,
                              encoding="utf-8", check=True)
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def crashes(name, source_of):
    """The server crashes twice while the first load is under way, and once while it is polled."""
    database = Database(name)
    settings = {key: value.strip("'\"") for key, value in database.start().items()}
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    try:
        source = source_of()
        daemon = Daemon(source.configuration()).start()
        log = Log(daemon.brokers, [f"{daemon.prefix}.customer"])
        events = []

        def more(count):
            events.extend(Event(message) for message in log.drain(keep=False))
            return len(events) >= count
        for cut in (1, ROWS // 3):
            until(lambda count=cut: published(daemon) >= count, 120, "the load does not go on")
            database.lab("kill")
            daemon.unready('"reasons":[{')
            more(0)
            expect(len(events) < ROWS, lambda: f"the load had ended: {len(events)}")
            database.start()
        daemon.ready(180)
        until(lambda: more(ROWS), 180, lambda: f"{len(events)} of {ROWS} events {daemon.readiness()}")
        database.lab("kill")
        daemon.unready('"reasons":[{')
        database.start()
        daemon.ready(180)
        changed(source, 7, 2)
        until(lambda: more(ROWS + 1), 60, "the change after the crash does not come")
        daemon.polls(3)
        more(0)
        expect(len(events) == ROWS + 1, lambda: f"{len(events)} events of {ROWS} rows and one change")
        keys = {event.key for event in events}
        expect(len(keys) == ROWS, lambda: f"{len(keys)} entities of {ROWS} rows")
        daemon.kill()
    finally:
        database.lab("kill")
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def all_drift():
    """At the same time: a stream that is parked is looked at again once a minute."""
    side_by_side([postgres_drifts, mariadb_drifts, sqlite_drifts])


TESTS = {
    "a column, a table and a type that change, on each database: what cannot go on is parked, and comes back": all_drift,
    "postgres crashes in the middle of a first load": lambda: crashes("postgres", lambda: PostgresSource(rows=ROWS)),
    "mariadb crashes in the middle of a first load":
        lambda: crashes("mariadb", lambda: MariadbSource(rows=ROWS, overlap="3s")),
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
