#!/usr/bin/python3
"""Fields that change between two starts: all rows are read again behind the polls, over kills as well, and only what
differs goes out; or they hold for what changes from then on.
"""

import sys
from contextlib import closing

from daemon import Daemon, Suite, expect, scratch, until
from ledger import Ledger
from workload import PostgresSource, SqliteSource, Writer

ROWS = 60_000
KILLS = 4


def loaded(source, directory=None):
    daemon = Daemon(source.configuration(), directory=directory or scratch()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source, 120)
    return daemon, ledger


def fields_of(daemon):
    source = next(iter(daemon.configuration["sources"].values()))
    return source["streams"]["customers"]["fields"]


def numbered(ledger):
    return sum(1 for document in ledger.last.values() if document.get("tax_number"))


def behind_the_polls():
    """What the source changes meanwhile does not wait for the reread of a large table."""
    source = PostgresSource(rows=ROWS)
    with closing(source.connect()) as database, database.cursor() as cursor:
        # no poll reads them once more
        cursor.execute(f"UPDATE {source.table} SET updated_at = now() - interval '1 hour'")
    daemon, ledger = loaded(source)
    ledger.settled(source)
    expect(daemon.stop() == 0, "it did not stop cleanly")
    fields_of(daemon)["tax_number"] = "name"
    daemon.write_configuration()
    began = len(ledger.events)
    with Writer(source, 5):
        for _ in range(KILLS):
            daemon.start()
            until(lambda: sum(feed["events"] for feed in daemon.feeds()) > 0, 60, "the reread does not go on")
            daemon.kill()
        daemon.start()
        until(lambda: "all rows were read again" in daemon.output(), 120, "the reread does not end")
    until(lambda: ledger.read() and numbered(ledger) >= ROWS, 120,
          lambda: f"{numbered(ledger)} of {ROWS} rows were read again {daemon.readiness()}")
    ledger.settled(source)
    new = ledger.events[began:]
    causes = {event.headers["ce_cause"] for event in new}
    expect(causes == {"reread", "change"}, lambda: f"causes {causes}")
    rereads = [i for i, event in enumerate(new) if event.headers["ce_cause"] == "reread"]
    live = [i for i, event in enumerate(new) if event.headers["ce_cause"] == "change"]
    expect(live[0] < rereads[-1], "no change went out before the reread had ended")
    for event in new:
        expect(event.body["before"] != event.after, lambda event=event: f"nothing differs: {event.body}")
        expect(event.after["tax_number"] == event.after["name"], lambda event=event: f"half of a mapping: {event.body}")
    before = {}
    for event in ledger.events:
        expect(event.body["before"] == before.get(event.key), lambda event=event: f"before is not the after: {event}")
        before[event.key] = event.after
    daemon.kill()
    return f"{KILLS} kills, {len(rereads)} rereads, {len(live)} changes meanwhile"


def forward():
    directory = scratch()
    source = SqliteSource(directory, overlap="0s", on_mapping_change="forward")
    source.execute("UPDATE customer SET updated_at = '2020-01-01 00:00:00.000'")    # no poll reads them once more
    daemon, ledger = loaded(source, directory)
    ledger.settled(source)
    expect(daemon.stop() == 0, "it did not stop cleanly")
    fields_of(daemon)["tax_number"] = "name"
    daemon.write_configuration()
    daemon.start().ready()
    source.execute("UPDATE customer SET rev = 2, name = 'row 7 rev 2', "
                   "updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE id = 7")
    ledger.settled(source)
    expect(ledger.last["7"]["tax_number"] == "row 7 rev 2", lambda: f"a change has the old mapping: {ledger.last['7']}")
    new = [event for event in ledger.events if event.after.get("tax_number")]
    expect(len(new) == 1, lambda: f"{len(new)} rows have the new mapping, one has changed")
    count = len(ledger.events)
    daemon.kill()
    daemon.start().ready()
    ledger.settled(source)
    expect(len(ledger.events) == count, "a restart reads them again")
    daemon.kill()


TESTS = {
    "changed fields are read again behind the polls, over kills, each difference once": behind_the_polls,
    "fields that are for new changes only touch no other row": forward,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
