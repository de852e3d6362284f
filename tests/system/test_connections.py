#!/usr/bin/python3
"""The streams of a source share its connections: how many there are, who gets its turn, what happens when they break, and
that a load which reads ahead brings what one that does not brings."""

import random
import sys
import threading
import time
from contextlib import closing

import pymysql

from daemon import Daemon, Suite, expect, until
from ledger import Ledger
from mariadb_workload import MariadbSource
from workload import PostgresSource, stream

LOADS, TRICKLES, CONNECTIONS = 3, 37, 3
STRIDE = 1_000_000      # ids of one table and the next
SMALL, BIG = 20, 20_000
LONG = 100_000         # rows of a load that lasts
MOST_KILLED = 8         # of a load's sessions: pages have to come through as well


class Tables:
    """Loads and trickles: forty tables, whose ids tell them apart."""

    def __init__(self, kind, rows=BIG):
        self.kind = kind
        self.source = kind()
        self.names = [f"part_{number}" for number in range(LOADS + TRICKLES)]
        self.postgres = kind is PostgresSource
        self.schema = f"{self.source.schema}." if self.postgres else ""
        for number, name in enumerate(self.names):
            size, first = (rows if number < LOADS else SMALL), number * STRIDE + 1
            if self.postgres:
                self.run(f"CREATE TABLE {self.schema}{name} (LIKE {self.source.table} INCLUDING ALL)",
                         f"INSERT INTO {self.schema}{name}(id, rev, name, updated_at) SELECT n, 1, 'row ' || n || ' rev 1', "
                         f"now() FROM generate_series({first}, {first + size - 1}) n",
                         f"GRANT SELECT ON {self.schema}{name} TO monitor")
            else:
                self.run(f"CREATE TABLE {name} LIKE customer",
                         f"INSERT INTO {name}(id, rev, name) SELECT seq, 1, concat('row ', seq, ' rev 1') "
                         f"FROM seq_{first}_to_{first + size - 1}")

    def run(self, *statements):
        with closing(self.source.connect()) as session, session.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def configuration(self):
        settings = self.source.configuration()
        shared = settings[self.source.name]
        shared["connections"] = CONNECTIONS
        if self.postgres:
            shared["application_name"] = self.source.schema
        shared["streams"] = {name: stream(self.schema + name, every="100ms", overlap=self.source.options["overlap"], space=name)
                             for name in self.names}
        return settings

    def rows(self):
        found = {}
        for name in self.names:
            for number, rev, text in self.run(f"SELECT id, rev, name FROM {self.schema}{name}"):
                found[str(number)] = {"rev": rev, "name": text}
        return found

    def change(self, number, rng):
        """A row of a trickle; returns its id and its rev."""
        row = number * STRIDE + rng.randint(1, SMALL)
        name = f"{self.schema}{self.names[number]}"
        now = "now()" if self.postgres else "now(6)"
        text = "'row ' || id || ' rev ' || (rev + 1)" if self.postgres else "concat('row ', id, ' rev ', rev + 1)"
        self.run(f"UPDATE {name} SET name = {text}, rev = rev + 1, updated_at = {now} WHERE id = {row}")
        return str(row), self.run(f"SELECT rev FROM {name} WHERE id = {row}")[0][0]


def sessions_of(source, name):
    """The daemon's sessions, as the server numbers them; without those that only end another's statement."""
    with closing(source.connect()) as session, session.cursor() as cursor:
        if isinstance(source, PostgresSource):
            cursor.execute(f"SELECT pid FROM pg_stat_activity WHERE application_name = '{name}'")
        else:
            cursor.execute(f"SELECT id FROM information_schema.processlist WHERE db = '{name}' AND user = 'ledger' "
                           "AND coalesce(info, '') NOT LIKE 'kill query%' AND command <> 'Connect'")
        return [row[0] for row in cursor.fetchall()]


class Watch:
    """Counts the sessions all the time, and ends one of them now and then."""

    def __init__(self, source, name, kill_every=None, most_killed=1000, seed=1):
        self.source, self.name, self.kill_every = source, name, kill_every
        self.most_killed = most_killed
        self.most, self.looks, self.killed, self.error = 0, 0, 0, None
        self.rng, self.ended = random.Random(seed), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        due = time.monotonic() + (self.kill_every or 0)
        try:
            while not self.ended.wait(0.02):
                found = sessions_of(self.source, self.name)
                self.most, self.looks = max(self.most, len(found)), self.looks + 1
                if self.kill_every and found and time.monotonic() >= due and self.killed < self.most_killed:
                    due = time.monotonic() + self.kill_every
                    self.killed += self.kill(self.rng.choice(found))
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def kill(self, number):
        with closing(self.source.connect()) as session, session.cursor() as cursor:
            if isinstance(self.source, PostgresSource):
                cursor.execute(f"SELECT pg_terminate_backend({number})")
                return 1
            try:
                cursor.execute(f"KILL {number}")
                return 1
            except pymysql.err.OperationalError:    # it has gone by itself
                return 0

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        if self.error:
            raise self.error


def many_streams(kind):
    tables = Tables(kind)
    name = tables.source.schema if tables.postgres else tables.source.database
    daemon = Daemon(tables.configuration())
    rng = random.Random(7)
    with Watch(tables.source, name) as watch:
        daemon.start().ready(120)
        ledger = Ledger(daemon)
        until(lambda: watch.most >= CONNECTIONS, 60, lambda: f"{watch.most} connections in {watch.looks} looks")
        watch.kill_every = 1
        for _ in range(150):
            tables.change(rng.randrange(LOADS, LOADS + TRICKLES), rng)
        until(lambda: watch.killed >= 10 or not daemon.alive(), 60, lambda: f"{watch.killed} of at most {watch.most} sessions were ended in {watch.looks} looks")
    expect(daemon.alive(), lambda: f"the daemon ended with {daemon.process.returncode}: {daemon.last_words()}")
    expect(watch.most == CONNECTIONS, lambda: f"{watch.most} connections at a time, not {CONNECTIONS}")
    ledger.published(tables, 180)
    told = ledger.holds(tables)
    daemon.ready(120)
    daemon.stop()
    until(lambda: not sessions_of(tables.source, name), 10, "a stopped daemon leaves connections")
    return f"{watch.killed} sessions killed, at most {watch.most} in {watch.looks} looks, {told}"


def turns(daemon, feed):
    """Pulls of a feed, how long each waited for its turn and how long it took, on average; seconds."""
    shown = daemon.get("/metrics")[1]

    def value(metric):
        return next(float(line.rsplit(" ", 1)[1]) for line in shown.splitlines()
                    if line.startswith(metric + "{") and f'feed="{feed}"' in line)
    pulls = value("tributary_pull_duration_seconds_count")
    return pulls, value("tributary_turn_wait_seconds_total") / pulls, value("tributary_pull_duration_seconds_sum") / pulls


def trickle_beside_loads():
    """Reading every row of the load costs the server time, so that its connections are busy; the trickle is polled ten
    times a second all the same."""
    tables = Tables(PostgresSource, LONG)
    tables.run("CREATE FUNCTION " + tables.schema + "slow(n bigint) RETURNS bigint LANGUAGE plpgsql AS "
               "$$ DECLARE x bigint := n; BEGIN FOR i IN 1..200 LOOP x := (x * 31 + i) % 1000003; END LOOP; RETURN x; END $$",
               f"GRANT EXECUTE ON FUNCTION {tables.schema}slow(bigint) TO monitor")
    settings = tables.configuration()
    streams = next(iter(settings.values()))["streams"]
    for name in tables.names[:LOADS]:
        del streams[name]["table"]
        streams[name]["query"] = f"SELECT id, rev, name, {tables.schema}slow(id)::text AS note, updated_at FROM {tables.schema}{name}"
    for name in tables.names[LOADS + 1:]:
        del streams[name]
    for one in streams.values():
        one["watermark"].pop("overlap", None)
    daemon = Daemon(settings).start()
    rng, waits, trickle = random.Random(3), [], tables.names[LOADS]

    def feed(name):
        return next(feed for feed in daemon.feeds() if feed["name"] == name)

    def loading():
        return sum(feed["phase"] == "load" for feed in daemon.feeds()[:LOADS]) == LOADS
    until(lambda: daemon.feeds() and feed(trickle)["events"] == SMALL, 60, "the trickle is not loaded")
    while loading() and len(waits) < 100:
        before = feed(trickle)["events"]
        tables.change(LOADS, rng)
        began = time.monotonic()
        # as the daemon counts them: a consumer would have to get through the events of the loads
        until(lambda before=before: feed(trickle)["events"] > before, 60, "the trickle's change is not committed")
        waits.append(time.monotonic() - began)
    expect(len(waits) >= 5, lambda: f"the loads were over after {len(waits)} changes, which took {waits}")
    waits.sort()
    pulls, waited, took = turns(daemon, trickle)
    daemon.kill()
    middle = waits[len(waits) // 2]
    expect(middle < 5, lambda: f"beside loads a change takes {middle:.1f} s")
    return (f"{len(waits)} changes beside {LOADS} loads over {CONNECTIONS} connections: median {middle * 1000:.0f} ms, most "
            f"{waits[-1] * 1000:.0f} ms; of {pulls:.0f} pulls each waited {waited * 1000:.0f} ms of {took * 1000:.0f}")


def reads_ahead(kind, rows, kills):
    """One stream whose load waits for its source, killed again and again: it is over when every row is there once."""
    source = kind(rows=rows, access={"connections": 4})
    name = source.schema if isinstance(source, PostgresSource) else source.database
    settings = source.configuration()
    shared = next(iter(settings.values()))
    if isinstance(source, PostgresSource):
        shared["application_name"] = name
    query = shared["streams"]["customers"]
    table = query.pop("table")
    # what the rows cost does not touch their keys
    busy = ("(SELECT max(md5(id::text || g)) FROM generate_series(1, 100) g WHERE g + id > 0)" if isinstance(source, PostgresSource)
            else "(SELECT max(md5(concat(c.id, g.seq))) FROM seq_1_to_20 g)")
    query["query"] = f"SELECT id, rev, name, {busy} AS note, updated_at FROM {table} c"
    daemon, rng = Daemon(settings), random.Random(11)
    with Watch(source, name, kill_every=2, most_killed=MOST_KILLED) as watch:
        for _ in range(kills):
            daemon.start()
            time.sleep(rng.uniform(0.5, 3))     # the random moment itself
            daemon.kill()
        daemon.start()
        ledger = Ledger(daemon)
        until(lambda: daemon.feeds() and daemon.feeds()[0]["phase"] == "poll", 300, lambda: f"{daemon.feeds()} {daemon.last_words()}")
    expect(2 <= watch.most <= 4, lambda: f"a load reads over {watch.most} connections")
    ledger.settled(source, 120)
    told = ledger.holds(source)
    expect(len(ledger.events) == rows, lambda: f"{len(ledger.events)} events of {rows} rows")
    daemon.stop()
    return f"{kills} kills, {watch.killed} sessions ended, at most {watch.most} at a time, {told}"


if __name__ == "__main__":
    sys.exit(Suite().run_all({
        "forty streams of PostgreSQL share three connections, which break": lambda: many_streams(PostgresSource),
        "forty streams of MariaDB share three connections, which break": lambda: many_streams(MariadbSource),
        "a trickle gets its turn beside loads that keep all connections busy": trickle_beside_loads,
        "a load of PostgreSQL that reads ahead brings each row once, through kills": lambda: reads_ahead(PostgresSource, 60_000, 6),
        "a load of MariaDB that reads ahead brings each row once, through kills": lambda: reads_ahead(MariadbSource, 60_000, 6),
    }))
