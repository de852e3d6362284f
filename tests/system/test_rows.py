#!/usr/bin/python3
"""Rows that are wrong, too large, or stamped in unusual ways: each is met without losing another."""

import sys

from daemon import Daemon, Failure, Suite, expect, scratch, until
from ledger import DeadLetters, Ledger
from workload import NOW, SqliteSource, Writer, stream

STATUS = {"status": {"from": "state", "map": {"A": "active", "I": "inactive"}}}


def started(rows, **options):
    directory = scratch()
    source = SqliteSource(directory, rows=rows, fields={**stream()["fields"], **STATUS}, **options)
    source.execute("ALTER TABLE customer ADD COLUMN state TEXT DEFAULT 'A'")
    daemon = Daemon(source.configuration(), directory=directory).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    return daemon, source, ledger, DeadLetters(daemon)


def finished(daemon, source, ledger):
    ledger.settled(source)
    note = ledger.holds(source)
    daemon.kill()
    ledger.log.close()
    return note


def update(source, number, sql, *parameters):
    source.execute(f"UPDATE customer SET rev = rev + 1, name = 'row ' || id || ' rev ' || (rev + 1), "
                   f"updated_at = {NOW}, {sql} WHERE id = ?", (*parameters, number))


def rows_read(daemon):
    return sum(feed["rows"] for feed in daemon.feeds())


def unresolved(letters, keys, seconds=30):
    def same():
        return set(letters.unresolved()) == set(keys)
    until(same, seconds, lambda: f"unresolved are {set(letters.unresolved())}, not {set(keys)}")


def bad_row_many_polls():
    daemon, source, ledger, letters = started(20, overlap="1h", every="20ms")
    update(source, 7, "state = 'Q'")
    unresolved(letters, ["shop/customers/7"])
    before = rows_read(daemon)
    # a poll after a commit reads the last hour again, the bad row with it; the writer leaves that row alone
    source.execute("CREATE TRIGGER spared BEFORE UPDATE ON customer WHEN old.id = 7 AND new.state = 'Q' "
                   "BEGIN SELECT raise(IGNORE); END")
    with Writer(source, 11):
        until(lambda: rows_read(daemon) >= before + 100 * 20, 90,
              lambda: f"{rows_read(daemon) - before} rows were read")
    values = letters.read()
    expect({key: len(each) for key, each in values.items()} == {"shop/customers/7": 1},
           lambda: f"exactly one dead letter: {({key: len(each) for key, each in values.items()})}")
    headers = letters.headers["shop/customers/7"]
    expect("Q" in headers["reason"] and "status" in headers["reason"],
           lambda: f"the reason names field and value: {headers}")
    expect(headers["mapping_line"].isdigit() and int(headers["mapping_line"]) > 0,
           lambda: f"the reason has its line: {headers}")
    source.execute("DROP TRIGGER spared")
    update(source, 7, "state = 'I'")
    unresolved(letters, [])
    expect(letters.published["shop/customers/7"][1:] == [None],
           lambda: f"exactly one tombstone: {letters.published['shop/customers/7'][1:]}")
    return finished(daemon, source, ledger)


def reject_survives_restarts():
    """The hash of a reject is state: neither a kill nor a lost cache publishes it again."""
    daemon, source, ledger, letters = started(20, overlap="1h")
    update(source, 3, "state = 'Q'")
    unresolved(letters, ["shop/customers/3"])
    for _ in range(2):
        daemon.kill()
        daemon.start().ready()
        before = rows_read(daemon)
        update(source, 4, "state = 'A'")
        until(lambda before=before: rows_read(daemon) >= before + 20, 30, "the overlap is not read again")
        daemon.polls(2)
    expect(len(letters.read()["shop/customers/3"]) == 1, lambda: f"published again: {letters.published}")
    update(source, 3, "state = 'A'")
    unresolved(letters, [])
    return finished(daemon, source, ledger)


def poison_in_a_batch():
    daemon, source, ledger, letters = started(1)
    with source.connect() as database:
        database.execute("BEGIN IMMEDIATE")
        for number in range(2, 1002):
            database.execute(f"INSERT INTO customer VALUES(?, 1, ?, NULL, {NOW}, ?)",
                             (number, f"row {number} rev 1", "Q" if number == 501 else "A"))
        database.execute("COMMIT")

    def rest():
        ledger.read()
        return len(ledger.last) == 1000
    until(rest, 60, lambda: f"{len(ledger.last)} of 1000 are published")
    expect(set(letters.unresolved()) == {"shop/customers/501"},
           lambda: f"the dead letter comes with the rest: {letters.unresolved()}")
    commits = {event.commit for event in ledger.events if event.after["number"] != "1"}
    expect(len(commits) == 1, lambda: f"one transaction holds them: {commits}")
    update(source, 501, "state = 'A'")
    unresolved(letters, [])
    return finished(daemon, source, ledger)


def large_entity():
    daemon, source, ledger, letters = started(5)
    update(source, 2, "note = ?", "a" * 600_000)
    ledger.published(source)
    update(source, 2, "note = ?", "b" * 600_000)
    ledger.published(source)
    body = ledger.events[-1].body
    expect(body["before"] is None and body.get("before_omitted") is True,
           lambda: f"before is left out: {str(body)[:200]}")
    expect(len(body["after"]["attributes"]["note"]) == 600_000, "after is whole")
    expect("/attributes/note" in body["changed"], lambda: f"what changed is named: {body['changed']}")
    update(source, 2, "note = 'small again'")
    ledger.published(source)
    expect(not letters.unresolved(), lambda: f"nothing is rejected: {list(letters.unresolved())}")
    return finished(daemon, source, ledger)


def huge_field():
    daemon, source, ledger, letters = started(50)
    last_good = dict(source.rows())["9"]
    with source.connect() as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute(f"UPDATE customer SET note = ?, updated_at = {NOW} WHERE id = 9", ("x" * 10_000_000,))
        source.bump(database, [8, 10])
        database.execute("COMMIT")
    unresolved(letters, ["shop/customers/9"])
    value = letters.unresolved()["shop/customers/9"]
    expect(value["cut"] is True and value["size"] > 10_000_000 and len(value["row"]) <= 256 * 1024,
           lambda: f"the row is cut and its size kept: {value['cut']}, {value['size']}, {len(value['row'])}")
    ledger.published(source)
    expect(ledger.last["9"]["attributes"]["rev"] == last_good["rev"], "the last good state stays")
    update(source, 9, "note = NULL")
    unresolved(letters, [])
    return finished(daemon, source, ledger)


def equal_timestamps():
    daemon, source, ledger, _ = started(10)
    stamp = source.execute(f"SELECT {NOW}")[0][0]
    with source.connect() as database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO customer VALUES(?, 1, 'row ' || ? || ' rev 1', NULL, ?, 'A')",
                             [(number, number, stamp) for number in range(11, 10_511)])
        database.execute("COMMIT")
    ledger.published(source)
    with source.connect() as database:
        database.execute("UPDATE customer SET rev = rev + 1, name = 'row ' || id || ' rev ' || (rev + 1), "
                         f"updated_at = {NOW}")
    ledger.published(source)
    return finished(daemon, source, ledger)


def unreadable_text():
    daemon, source, ledger, letters = started(30)
    good = source.rows()
    source.execute(f"UPDATE customer SET name = CAST(x'41ff42' AS TEXT), updated_at = {NOW} WHERE id = 5")
    source.execute(f"UPDATE customer SET name = 'a' || char(0) || 'b', updated_at = {NOW} WHERE id = 6")
    with source.connect() as database:
        source.bump(database, [4, 7])
    unresolved(letters, ["shop/customers/5", "shop/customers/6"])
    until(lambda: ledger.read() and ledger.last["7"]["attributes"]["rev"] == 2, 30, "the other rows do not go on")
    expect(ledger.last["5"]["name"] == good["5"]["name"], "the last good state stays")
    for number in (5, 6):
        update(source, number, "state = 'A'")
    unresolved(letters, [])
    return finished(daemon, source, ledger)


def stamped_ahead():
    daemon, source, ledger, _ = started(30)
    ahead = "strftime('%Y-%m-%d %H:%M:%f', 'now', '+2 days')"
    for rev in (2, 3):
        source.execute(f"UPDATE customer SET rev = {rev}, name = 'row 5 rev {rev}', updated_at = {ahead} WHERE id = 5")
        ledger.published(source)
        with source.connect() as database:
            source.bump(database, [6])
        ledger.published(source)
    update(source, 5, "state = 'A'")    # back at today's clock
    ledger.published(source)
    return finished(daemon, source, ledger)


def column_away():
    """A column of the mapping goes: that stream is parked and named; it comes back by itself when the column does."""
    daemon, source, ledger, _ = started(5)
    source.execute("ALTER TABLE customer RENAME COLUMN state TO status_code")
    reason = daemon.unready("parked", 60)
    expect("state" in reason, lambda: f"the column is not named: {reason}")
    source.execute("ALTER TABLE customer RENAME COLUMN status_code TO state")
    update(source, 3, "state = 'A'")
    daemon.ready(120)
    return finished(daemon, source, ledger)


TESTS = {
    "one bad row and 100 overlapping polls make one dead letter, its repair one tombstone": bad_row_many_polls,
    "a reject is not published again after a kill": reject_survives_restarts,
    "a poison row in a batch of 1,000 goes to the dead letters, the rest goes on": poison_in_a_batch,
    "an entity of 600 KB that changes goes out without its before": large_entity,
    "a field of 10 MB goes to the dead letters, the rest goes on": huge_field,
    "10,500 equal timestamps cross the page edge whole": equal_timestamps,
    "invalid UTF-8 and NULs are rejects": unreadable_text,
    "a column that goes parks its stream, and the stream comes back with it": column_away,
    "a row stamped two days ahead is read and moves nothing": stamped_ahead,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
