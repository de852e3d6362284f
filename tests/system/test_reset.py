#!/usr/bin/python3
"""`tributary reset` beside a running daemon: what it reads again, what it sends again, and that no word is lost."""

import os
import subprocess
import sys
from collections import Counter

from daemon import BINARY, Daemon, Suite, expect, scratch, until
from ledger import Ledger
from workload import SqliteSource

ROWS = 300


def reset(daemon, *options, code=0):
    answer = subprocess.run([BINARY, "reset", "shop/customers", "-c", daemon.path, *options], capture_output=True,
                            text=True, check=False)
    expect(answer.returncode == code, lambda: f"reset {options}, exit {answer.returncode}: {answer.stdout}{answer.stderr}")
    return answer.stdout + answer.stderr


def done(daemon):
    """The word is taken and what it asked for has ended."""
    folder = os.path.join(daemon.state, "resets")
    until(lambda: os.path.isdir(folder) and not os.listdir(folder), 60,
          lambda: f"{os.listdir(folder)} {daemon.readiness()} {daemon.last_words()}")
    until(lambda: all(feed["phase"] == "poll" and feed["queue_bytes"] == 0 for feed in daemon.feeds()), 60,
          lambda: f"{daemon.feeds()}")


def started(**options):
    source = SqliteSource(scratch(), rows=ROWS, **options)
    # old enough that no poll reads them once more
    source.execute("UPDATE customer SET updated_at = '2026-01-01 00:00:00.000'")
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    return source, daemon, ledger


def reads_again():
    source, daemon, ledger = started()
    reset(daemon)
    done(daemon)
    expect(len(ledger.read()) == ROWS, "a reset published what did not differ")
    source.execute("UPDATE customer SET rev = 2, name = 'row 7 rev 2' WHERE id = 7")
    daemon.polls(2)
    expect(len(ledger.read()) == ROWS, "a change without a stamp was found by a poll")
    reset(daemon)
    ledger.published(source)
    expect(ledger.events[-1].headers["ce_cause"] == "reread", lambda: ledger.events[-1].headers)
    done(daemon)
    expect(len(ledger.read()) == ROWS + 1, lambda: f"{len(ledger.events)} events")
    said = reset(daemon, "--remove", code=78)
    expect("stop it first" in said, said)
    daemon.kill()


def check_sent_again(ledger, since, least=1):
    """Each row is there again as it was, and says that nothing changed."""
    again = ledger.events[since:]
    for event in again:
        expect(event.body["changed"] == [] and event.body["before"] == event.after, lambda event=event: f"{event.body}")
        expect(event.headers["ce_cause"] == "repair", lambda event=event: event.headers)
        expect(event.headers["ce_type"] == "customer.updated", lambda event=event: event.headers)
    counts = Counter(event.key for event in again)
    expect(len(counts) == ROWS and min(counts.values()) >= least, lambda: f"{len(counts)} of {ROWS} rows were sent again")
    return counts


def sends_again():
    source, daemon, ledger = started()
    reset(daemon, "--republish")
    done(daemon)
    ledger.read()
    expect(max(check_sent_again(ledger, ROWS).values()) == 1, "a row was sent twice")
    before = len(ledger.events)
    daemon.polls(3)
    expect(len(ledger.read()) == before, "rows are sent again and again")
    # also for one that is not there yet
    expect(daemon.stop() == 0, "the daemon does not stop")
    expect("next start" in reset(daemon, "--republish"), "the word is for the next start")
    daemon.start().ready()
    done(daemon)
    ledger.read()
    expect(max(check_sent_again(ledger, before).values()) == 1, "a row was sent twice")
    daemon.kill()


def sends_again_whole():
    """A table without watermark: its next complete read is the one."""
    source = SqliteSource(scratch(), rows=ROWS)
    configuration = source.configuration()
    del configuration["shop"]["streams"]["customers"]["watermark"]
    daemon = Daemon(configuration).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    reset(daemon, "--republish")
    done(daemon)
    # a file that nobody writes is not read
    source.execute("UPDATE customer SET note = NULL WHERE id = 1")
    until(lambda: len(ledger.read()) >= 2 * ROWS, 60, lambda: f"{len(ledger.events)} events {daemon.last_words()}")
    check_sent_again(ledger, ROWS)
    before = len(ledger.events)
    source.execute("UPDATE customer SET note = NULL WHERE id = 1")
    daemon.polls(5)
    expect(len(ledger.read()) == before, "rows are sent again and again")
    daemon.kill()


def over_kills():
    source, daemon, ledger = started()
    kills = ("commit.begun", "kafka.before_commit", "kafka.after_commit", "commit.before_store", "commit.after_store")
    for place in kills:
        before = len(ledger.read())
        expect(daemon.stop() == 0, "the daemon does not stop")
        reset(daemon, "--republish")
        daemon.start(failpoint=f"{place}:2")
        daemon.process.wait(60)
        daemon.start().ready()
        done(daemon)
        ledger.read()
        check_sent_again(ledger, before)
    daemon.kill()
    return f"{len(kills)} kills, {len(ledger.events)} events"


TESTS = {
    "beside a running daemon all rows are read again, and only differences go out": reads_again,
    "every entity is sent again, once, beside a running daemon and at the next start": sends_again,
    "of a table without watermark, too": sends_again_whole,
    "a word survives kills": over_kills,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
