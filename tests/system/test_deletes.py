#!/usr/bin/python3
"""Rows that are gone from a polled table of a real PostgreSQL: under writers that delete and insert again, over kills of
the daemon, and held back when too many are gone. The source counts each delete it commits, so that none may be made up.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing

from daemon import BINARY, Daemon, Suite, expect, scratch, until
from ledger import Ledger
from workload import PostgresSource, Writer, stream

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
SECONDS = 10
# whatever is gone may go, so that the writers alone decide; `at_most` is for the tests of the guard
ALL = {"every": "200ms", "at_most": "100%"}
GUARDED = {"every": "200ms", "at_most": "5%", "always": 3}


class DeletingSource(PostgresSource):
    """Writers also delete rows and insert them again, some with a stamp of long ago that no poll finds."""

    def __init__(self, rows=300, **options):
        super().__init__(rows=rows, **{"every": "30ms", **options})
        self.execute(f"CREATE SEQUENCE {self.schema}.life")
        self.execute(f"CREATE TABLE {self.table}_gone(id bigint, at timestamptz DEFAULT clock_timestamp())")

    def execute(self, sql):
        with closing(self.connect()) as database, database.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def delete(self, cursor, where):
        cursor.execute(f"WITH d AS (DELETE FROM {self.table} WHERE {where} RETURNING id) "
                       f"INSERT INTO {self.table}_gone(id) SELECT id FROM d")

    def insert(self, cursor, number, stamp="now()"):
        # the next life of a row has higher revs than the last one
        cursor.execute(f"INSERT INTO {self.table}(id, rev, name, updated_at) SELECT {number}, r, "
                       f"'row {number} rev ' || r, {stamp} FROM (SELECT 1000 * nextval('{self.schema}.life') r) x "
                       "ON CONFLICT DO NOTHING")

    def write(self, cursor, rng, poison):
        super().write(cursor, rng, poison)
        if poison:
            return
        for number in sorted(rng.sample(range(1, 301), rng.choice([1, 2, 10]))):
            what = rng.random()
            if what < 0.4:
                self.delete(cursor, f"id = {number}")
            elif what < 0.8:
                self.insert(cursor, number)
            elif what < 0.85:
                self.insert(cursor, number, "'2001-01-01'")
            else:
                # gone and back within one transaction
                self.delete(cursor, f"id = {number}")
                self.insert(cursor, number)

    def gone(self):
        return Counter(str(number) for (number,) in self.execute(f"SELECT id FROM {self.table}_gone"))


def deletes(ledger):
    return [event for event in ledger.events if event.body is not None and event.after is None]


def caught_up(ledger, source, seconds=90):
    """The topic shows the source's rows and no others; nothing may be writing any more."""
    def complete():
        rows = source.rows()
        ledger.read()
        return not ledger.missing(rows) and ledger.last.keys() == rows.keys()
    until(complete, seconds, lambda: (
        f"missing {ledger.missing(source.rows())[:5]}, too many {sorted(ledger.last.keys() - source.rows().keys())[:5]}"
        f" {ledger.daemon.readiness()}"))


def check_deletes(ledger, source):
    # whoever waits for a delete may have been shown it alone: its tombstone can be in the broker's next answer
    ledger.read()
    gone = source.gone()
    told = Counter(event.body["before"]["number"] for event in deletes(ledger))
    made_up = {number: (count, gone[number]) for number, count in told.items() if count > gone[number]}
    expect(not made_up, lambda: f"deletes nobody made: {made_up}")
    places = {(event.commit, event.index): event for event in ledger.events}
    for event in deletes(ledger):
        tombstone = places.get((event.commit, event.index + 1))
        expect(tombstone is not None and tombstone.body is None and tombstone.key == event.key,
               lambda event=event: f"no tombstone follows {event}")
    return sum(told.values())


def work(daemon, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    until(lambda: time.monotonic() > deadline or not daemon.alive(), seconds + 30, "time stands still")
    expect(daemon.alive(), lambda: f"the daemon ended: {daemon.last_words()}")


def under_fire():
    source = DeletingSource(deletes=ALL, sweep={"every": "1s"})
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    with ExitStack() as stack:
        writers = [stack.enter_context(Writer(source, SEED * 100 + i)) for i in range(4)]
        work(daemon)
    caught_up(ledger, source)
    number = check_deletes(ledger, source)
    expect(number > 100, lambda: f"only {number} deletes were found")
    note = ledger.holds(source)
    daemon.kill()
    return f"seed {SEED}, {sum(w.committed for w in writers)} transactions, {number} deletes, {note}"


def over_kills():
    source = DeletingSource(deletes=ALL, sweep={"every": "1s"})
    rng = random.Random(SEED)
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    with ExitStack() as stack:
        for i in range(2):
            stack.enter_context(Writer(source, SEED * 100 + i, pause=0.02))
        for _ in range(12):
            work(daemon, rng.uniform(0.1, 1.5))
            daemon.kill()
            daemon.start().ready()
    caught_up(ledger, source)
    number = check_deletes(ledger, source)
    expect(number > 20, lambda: f"only {number} deletes were found")
    note = ledger.holds(source)
    daemon.kill()
    return f"seed {SEED}, 12 kills, {number} deletes, {note}"


def command(daemon, *arguments):
    done = subprocess.run([BINARY, "deletes", *arguments, "-c", daemon.path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


def held(daemon):
    def says():
        expect(daemon.alive(), lambda: f"the daemon ended: {daemon.last_words()}")
        status, body = daemon.readiness()
        return body if status == 200 and "deletes_held" in body else None
    return until(says, 30, lambda: f"/readyz does not say that deletes are held: {daemon.readiness()}")


def guard(emptied, running):
    source = DeletingSource(rows=100, deletes=GUARDED)
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    with closing(source.connect()) as database, database.cursor() as cursor:
        source.delete(cursor, "true" if emptied else "id <= 40")
    said = held(daemon)
    expect("names no row at all" in said if emptied else "40 of 100" in said, said)
    expect("deletes confirm erp/customers" in said, said)
    conditions = [line for line in daemon.get("/metrics")[1].splitlines() if line.startswith("tributary_conditions{")]
    expect(any('code="deletes_held"' in line for line in conditions), lambda: f"the metric does not say it: {conditions}")
    expect("deletes_held" in daemon.output(), "the log does not say it")
    daemon.polls(20)
    ledger.read()
    expect(not deletes(ledger), "something was deleted though it was held")
    code, out = command(daemon, "confirm", "erp/customer")
    expect(code == 2 and "did you mean 'erp/customers'" in out, out)
    code, out = command(daemon, "list")
    expect(code == 0 and "erp/customers" in out, out)
    if not running:
        expect(daemon.stop() == 0, "the daemon does not stop")
    code, out = command(daemon, "confirm", "erp/customers")
    expect(code == 0 and ("100" if emptied else "40") in out, out)
    if not running:
        daemon.start().ready()
    caught_up(ledger, source)
    expect(check_deletes(ledger, source) == (100 if emptied else 40), "not exactly the rows that are gone went")
    until(lambda: "deletes_held" not in daemon.readiness()[1], 30, "the condition stays")
    expect(command(daemon, "confirm", "erp/customers")[0] == 1, "what is not held is confirmed")
    daemon.kill()


def back_again():
    source = DeletingSource(rows=100, deletes=GUARDED)
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    # one string is one transaction: the table is empty, never missing
    source.execute(f"ALTER TABLE {source.table} RENAME TO hidden; "
                   f"CREATE TABLE {source.table} (LIKE {source.schema}.hidden); "
                   f"GRANT SELECT ON {source.table} TO reader, monitor")
    held(daemon)
    source.execute(f"DROP TABLE {source.table}; ALTER TABLE {source.schema}.hidden RENAME TO customer")
    until(lambda: "deletes_held" not in daemon.readiness()[1], 90, lambda: f"the condition stays: {daemon.readiness()}")
    ledger.settled(source)
    expect(not deletes(ledger), "a table that was empty for a while lost rows")
    daemon.kill()


def without_watermark():
    source = DeletingSource(rows=100)
    configuration = source.configuration()
    del configuration["erp"]["streams"]["customers"]["watermark"]
    daemon = Daemon(configuration).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    with closing(source.connect()) as database, database.cursor() as cursor:
        source.delete(cursor, "id <= 15")
    caught_up(ledger, source)
    with closing(source.connect()) as database, database.cursor() as cursor:
        source.delete(cursor, "true")
    held(daemon)
    expect(check_deletes(ledger, source) == 15, "not exactly the rows that vanished between two reads went")
    daemon.kill()


def swept():
    source = DeletingSource(rows=100, sweep={"every": "300ms"})
    # old enough that no poll reads them once more: the bound stays behind what was just written
    source.execute(f"UPDATE {source.table} SET updated_at = now() - interval '1 hour'")
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    source.execute(f"ALTER TABLE {source.table} ALTER updated_at DROP NOT NULL")
    source.execute(f"UPDATE {source.table} SET rev = 2, name = 'row 7 rev 2' WHERE id = 7")
    source.execute(f"UPDATE {source.table} SET rev = 2, name = 'row 8 rev 2', updated_at = NULL WHERE id = 8")
    ledger.published(source)
    causes = [event.headers["ce_cause"] for event in ledger.events if event.rev == 2]
    expect(causes == ["repair", "repair"], lambda: f"causes {causes}")
    ledger.settled(source)
    daemon.kill()


def swept_early():
    """Rows that a sweep reads before the poll whose turn it is are changes all the same."""
    source = DeletingSource(rows=50, every="2s", sweep={"every": "100ms"})
    source.execute(f"UPDATE {source.table} SET updated_at = now() - interval '1 hour'")
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    before = len(ledger.events)
    for number in range(1, 9):
        source.execute(f"UPDATE {source.table} SET rev = 2, name = 'row {number} rev 2', updated_at = clock_timestamp() "
                       f"WHERE id = {number}")
        until(lambda number=number: ledger.read() and ledger.last[str(number)]["attributes"]["rev"] == 2, 60,
              lambda number=number: f"row {number} did not come: {daemon.readiness()}")
    causes = [event.headers["ce_cause"] for event in ledger.events[before:]]
    # one may be stamped before the clock of a poll that begins, and committed behind its page
    expect(len(causes) == 8 and causes.count("change") >= 7, lambda: f"causes {causes}")
    daemon.kill()


def backdated():
    """A change whose stamp is older than what was read, and a row that is left out: each is fetched once."""
    source = DeletingSource(rows=100, deletes=ALL, skip={"note": "template"})
    source.execute(f"UPDATE {source.table} SET updated_at = now() - interval '1 hour'")
    source.execute(f"UPDATE {source.table} SET note = 'template' WHERE id = 11")
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)

    def shows(rev):
        ledger.read()
        return len(ledger.last) == 99 and ledger.last["7"]["attributes"]["rev"] == rev
    until(lambda: shows(1), 60, lambda: f"{len(ledger.last)} of 99 rows")
    expect(daemon.comparisons(3)[1:] == [0, 0], lambda: f"fetched {daemon.comparisons(3)} though nothing was missed")
    source.execute(f"UPDATE {source.table} SET rev = 2, name = 'row 7 rev 2', updated_at = '2001-01-01' WHERE id = 7")
    until(lambda: shows(2), 60, "the change that no poll finds was not found")
    expect(ledger.events[-1].headers["ce_cause"] == "repair", lambda: ledger.events[-1].headers)
    expect(daemon.comparisons(3)[1:] == [0, 0], "the change is fetched again and again")
    # only the stamp: nothing to publish, and from then on nothing to fetch
    before = len(daemon.fetched())
    source.execute(f"UPDATE {source.table} SET updated_at = '2002-01-01' WHERE id < 20")
    until(lambda: 19 in daemon.fetched()[before:], 60, lambda: f"rows with other stamps: {daemon.fetched()[before:]}")
    expect(daemon.comparisons(3)[1:] == [0, 0], "rows whose stamp alone changed are fetched again and again")
    events = len(ledger.events)
    daemon.kill()
    # a cache made from the topics knows the versions of what was published
    daemon.forget()
    daemon.start().ready()
    again = daemon.comparisons(3)
    expect(again[0] <= 19 and again[1:] == [0, 0], lambda: f"fetched {again} after a rebuild")
    ledger.read()
    expect(len(ledger.events) == events, "a comparison published what nobody changed")
    daemon.kill()


def other_keys():
    """Texts with slashes, numbers with a scale, days, UUIDs and bytes in keys: what is there is never taken for gone."""
    source = DeletingSource(rows=1)
    table = f"{source.schema}.part"
    source.execute(f"CREATE TABLE {table}(a text, b numeric(9, 2), c date, d uuid, e bytea, f char(6), g timestamptz, "
                   "h boolean, i smallint, updated_at timestamptz DEFAULT now(), PRIMARY KEY(a, b, c, d, e, f, g, h, i))")
    source.execute(f"INSERT INTO {table} SELECT 'x/' || n || E' 100%\\t\\'\"\\\\', n + 0.5, '2026-01-01'::date + n, "
                   f"md5(n::text)::uuid, decode(md5(n::text), 'hex'), 'f' || n, now() + n * interval '1 s', "
                   f"n % 2 = 0, n FROM generate_series(1, 600) n")
    source.execute(f"GRANT SELECT ON {table} TO reader, monitor")
    key = list("abcdefghi")
    part = stream(table, overlap=None, deletes=ALL)
    part.update(key=key, entity="product", fields={"sku": "i", "name": "a"})
    daemon = Daemon({"erp": {"connector": "postgres", "dsn": source.read_dsn, "time_zone": "UTC",
                             "streams": {"parts": part}}}).start().ready()
    log = Ledger(daemon, "product").log
    bodies = []

    def read():
        bodies.extend(json.loads(m.value()) for m in log.drain(keep=False) if m.value() is not None)
        return bodies
    until(lambda: len(read()) >= 600, 60, lambda: f"{len(bodies)} of 600 products")
    source.execute(f"DELETE FROM {table} WHERE i % 100 = 0")
    until(lambda: len(read()) >= 606, 60, lambda: f"{len(bodies)} of 606 events: {daemon.readiness()}")
    daemon.polls(30)
    gone = sorted(int(body["before"]["sku"]) for body in read() if body["after"] is None)
    expect(gone == [100, 200, 300, 400, 500, 600], lambda: f"gone {gone}")
    expect(len(bodies) == 606, lambda: f"{len(bodies)} events")
    expect("comparison_failed" not in daemon.readiness()[1], lambda: daemon.readiness()[1])
    daemon.kill()


TESTS = {
    "rows deleted and inserted again under fire: no false delete, every true one, tombstones follow": under_fire,
    "a daemon that is killed while it compares makes up no delete and loses none": over_kills,
    "a table that was emptied deletes nothing until it is confirmed, beside the daemon": lambda: guard(True, True),
    "more deletes than may go are held, and confirmed while the daemon is down": lambda: guard(False, False),
    "a table that was empty for a while loses nothing": back_again,
    "rows that vanish between two full reads are deleted, under the same guard": without_watermark,
    "a sweep finds what bypassed the watermark, and says repair": swept,
    "what a sweep reads before the polls is a change": swept_early,
    "a change with an older stamp is found by comparing versions, once": backdated,
    "keys of many types are compared as they are": other_keys,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
