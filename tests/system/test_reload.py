#!/usr/bin/python3
"""A new configuration for a running daemon, by SIGHUP and by itself: taken over under the same process number with
nothing lost or twice, or refused with the place of the mistake while the old one goes on.
"""

import json
import os
import random
import signal
import sys
import time

from daemon import Daemon, Suite, expect, scratch, until
from ledger import Ledger
from workload import PostgresSource, SqliteSource, Writer, stream

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))


def started(daemon):
    return daemon.output().count('"message":"running"')


def reloaded(daemon, before, seconds=30):
    pid = daemon.pid

    def again():
        expect(daemon.alive(), lambda: f"the daemon ended with {daemon.process.returncode}: {daemon.last_words()}")
        return started(daemon) > before
    until(again, seconds, lambda: f"it does not start again: {daemon.last_words()}")
    daemon.ready()
    expect(daemon.pid == pid, "the process number changed")


def refused(daemon, wanted):
    """The old configuration is in force, and /readyz warns of the new one."""
    before = started(daemon)

    def warned():
        expect(daemon.alive(), lambda: f"the daemon ended with {daemon.process.returncode}: {daemon.last_words()}")
        status, body = daemon.readiness()
        return status == 200 and "configuration_refused" in body and wanted in body
    until(warned, 30, lambda: f"/readyz does not warn of '{wanted}': {daemon.readiness()} {daemon.last_words()}")
    daemon.polls(3)
    expect(started(daemon) == before, "it started again all the same")


def write(daemon, text=None):
    if text is None:
        daemon.write_configuration()
        return
    # as editors do: a new file in the old one's place
    with open(daemon.path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(daemon.path + ".new", daemon.path)


def hang_up(daemon):
    before = started(daemon)
    daemon.signal(signal.SIGHUP)
    return before


def taken_over():
    directory = scratch()
    source = SqliteSource(directory, overlap="1s")
    source.execute("CREATE TABLE partner(id INTEGER PRIMARY KEY, rev INTEGER, name TEXT, note, updated_at TEXT)")
    source.execute("INSERT INTO partner SELECT id + 1000, rev, name, note, updated_at FROM customer LIMIT 50")
    daemon = Daemon(source.configuration(), directory=directory).start().ready()
    ledger = Ledger(daemon)
    ledger.settled(source)
    expect(len(ledger.events) == 200, lambda: f"{len(ledger.events)} events of 200 rows")
    daemon.configuration["sources"]["shop"]["streams"]["partners"] = stream("partner", overlap="1s", space="partners")
    write(daemon)
    reloaded(daemon, hang_up(daemon))
    until(lambda: len(ledger.read()) == 250, 30, lambda: f"{len(ledger.events)} events, 250 are expected")
    source.insert(5, 500)
    until(lambda: len(ledger.read()) == 255, 30, lambda: f"{len(ledger.events)} events, 255 are expected")
    daemon.kill()


def under_load():
    source = PostgresSource(rows=300)
    daemon = Daemon(source.configuration()).start().ready()
    ledger = Ledger(daemon)
    with Writer(source, SEED), Writer(source, SEED + 1):
        for _ in range(10):
            reloaded(daemon, hang_up(daemon))
            ledger.read(past_open=False)
    ledger.settled(source)
    note = ledger.holds(source)
    expect(daemon.stop() == 0, "it did not stop cleanly")
    return f"seed {SEED}, {note}"


def kept():
    directory = scratch()
    source = SqliteSource(directory, overlap="1s")
    daemon = Daemon(source.configuration(), directory=directory).start().ready()
    ledger = Ledger(daemon)
    ledger.settled(source)
    good = json.dumps(daemon.configuration, indent=1)

    def wrong(change, wanted):
        configuration = json.loads(good)
        change(configuration["sources"]["shop"]["streams"], configuration)
        write(daemon, json.dumps(configuration, indent=1))
        hang_up(daemon)
        refused(daemon, wanted)
        write(daemon, good)

    wrong(lambda streams, _: streams["customers"].update(evry="1s"), "did you mean 'every'")
    wrong(lambda streams, _: streams["customers"].update(key=["name"]), "reset --remove shop/customers")
    wrong(lambda streams, _: streams.update(others=streams.pop("customers")), "shop/customers has a checkpoint")
    # a stream that is new, and one whose fields changed, are read from the beginning: their columns are asked for
    wrong(lambda streams, _: streams.update(more=stream("customr", space="more")), "no table 'customr'")
    wrong(lambda streams, _: streams["customers"]["fields"].update(tax_number="taxno"), "no column 'taxno'")
    write(daemon, "tenant: [\n")
    hang_up(daemon)
    refused(daemon, "tributary.yaml:")
    source.insert(3)
    until(lambda: len(ledger.read()) == 203, 30, lambda: f"{len(ledger.events)} events: the old one is not in force")
    write(daemon, good)
    reloaded(daemon, hang_up(daemon))
    expect("configuration_refused" not in daemon.readiness()[1], "the warning stays")
    ledger.settled(source)
    expect(len(ledger.events) == 203, lambda: f"{len(ledger.events)} events")
    daemon.kill()


def watched():
    directory = scratch()
    source = SqliteSource(directory, overlap="1s")
    daemon = Daemon(source.configuration(), directory=directory).start(options=["--watch"]).ready()
    ledger = Ledger(daemon)
    ledger.settled(source)
    fields = daemon.configuration["sources"]["shop"]["streams"]["customers"]["fields"]
    fields["tax_number"] = "name"
    before = started(daemon)
    write(daemon)
    reloaded(daemon, before)
    until(lambda: len(ledger.read()) == 400, 60, lambda: f"{len(ledger.events)} events: the rows are not read again")
    causes = {event.headers["ce_cause"] for event in ledger.events[200:]}
    expect(causes == {"reread"}, lambda: f"causes {causes}")
    write(daemon, "what: ever\n")
    refused(daemon, "tributary.yaml:1:1")
    daemon.kill()


def broker_away():
    """Whoever wrote the wrong address of the broker need not end the daemon."""
    directory = scratch()
    source = SqliteSource(directory)
    brokers = os.environ["KAFKA_BROKERS"]
    daemon = Daemon(source.configuration(), directory=directory, brokers="127.0.0.1:1").start()
    daemon.unready("broker")
    daemon.configuration["kafka"]["brokers"] = [brokers]
    daemon.brokers = brokers
    write(daemon)
    reloaded(daemon, hang_up(daemon))
    Ledger(daemon).settled(source)
    # and a stop that comes with a reload is a stop
    daemon.signal(signal.SIGHUP)
    began = time.monotonic()
    expect(daemon.stop() in (0, 128 + signal.SIGTERM), "it did not stop")
    return f"stopped within {time.monotonic() - began:.1f} s"


TESTS = {
    "a stream that was added is read, the others go on where they were": taken_over,
    "ten times under load nothing is lost or twice": under_load,
    "what would refuse to start is refused, and the old configuration goes on": kept,
    "with --watch a change is taken over by itself": watched,
    "while the broker is away a better address is taken over": broker_away,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
