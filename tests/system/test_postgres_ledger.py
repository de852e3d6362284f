#!/usr/bin/python3
"""Eight writers on a real PostgreSQL, some of whose transactions are long, prepared or rolled back: what comes out is
what was committed, whatever the reading role may see, on the primary and on a standby.
"""

import atexit
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack

from daemon import LAB, Daemon, Failure, Suite, expect, free_port, scratch, until
from ledger import Ledger
from workload import PostgresSource, Writer

WRITERS = 8
SECONDS = 12        # the writers work that long; the longest transactions take PostgresSource.longest
SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
RIGHT = "pg_read_all_stats"
# above the longest transaction, with room for a loaded machine
OVERLAP = "15s"


def ledger_of(dsn, warned, overlap=None):
    directory = scratch()
    source = PostgresSource(read_dsn=dsn, overlap=overlap)
    daemon = Daemon(source.configuration(), directory=directory).start().ready()
    ledger = Ledger(daemon)
    status, said = daemon.readiness()
    if warned:
        expect(warned in said, lambda: f"/readyz does not name '{warned}': {said}")
    else:
        expect(RIGHT not in said, lambda: f"/readyz misses a right it has: {said}")
    expect(status == 200, "a right that is missing is a warning")
    with ExitStack() as stack:
        writers = [stack.enter_context(Writer(source, SEED * 100 + i, pause=0.01)) for i in range(WRITERS)]
        until_time(daemon, SECONDS)
        # reading in the middle of it finds nothing torn
        ledger.read(past_open=False)
    committed = sum(writer.committed for writer in writers)
    expect(committed > 100, lambda: f"only {committed} transactions were committed")
    ledger.settled(source)
    note = ledger.holds(source)
    daemon.kill()
    ledger.log.close()
    return f"seed {SEED}, {committed} transactions, {note}"


def until_time(daemon, seconds):
    deadline = time.monotonic() + seconds

    def passed():
        expect(daemon.alive(), lambda: f"the daemon ended: {daemon.last_words()}")
        return time.monotonic() > deadline
    until(passed, seconds + 30, "time stands still")


def as_monitor():
    return ledger_of(os.environ["PG_MONITOR_DSN"], None)


def as_reader():
    return ledger_of(os.environ["PG_READER_DSN"], RIGHT, OVERLAP)


def postgres(action, directory, **environment):
    done = subprocess.run([os.path.join(LAB, "postgres"), action, directory, *environment.pop("arguments", [])],
                          env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False)
    expect(done.returncode == 0, lambda: f"postgres {action}: {done.stderr[-800:]}")
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def on_a_standby():
    directory = os.path.join(scratch(), "standby")
    atexit.register(lambda: subprocess.run([os.path.join(LAB, "postgres"), "kill", directory], check=False,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    standby = postgres("start", directory, arguments=[str(free_port())], PG_PRIMARY=os.environ["PG_DSN"])
    return ledger_of(standby["PG_MONITOR_DSN"], "standby", OVERLAP)


TESTS = {
    "as a role with pg_read_all_stats the ledger holds without overlap": as_monitor,
    "as a role that may only select it holds with an overlap, and the missing right is named": as_reader,
    "on a streaming standby it holds with an overlap, and the standby is named": on_a_standby,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
