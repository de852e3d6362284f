#!/usr/bin/python3
"""Values that have broken somebody's pipeline, from a real PostgreSQL and a SQLite file: each comes out as it is, or is a
dead letter that says why; none costs another row, and every message is JSON that a strict reader takes.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing

from daemon import Daemon, Suite, expect, scratch, until
from ledger import Log
from workload import PostgresSource

TEXTS = ["=1+1", "@SUM(A1)", "+48 22", "-1", "'; DROP TABLE customer; --", "\u202eright to left", "zero\u200bwidth", "e\u0301",
         "\U0001f600", "\U0010ffff", "\ufeffmark", "\ufffe", "tab\there", "line\nbreak\r\n", "\x01\x1f\x7f", "\u2028\u2029",
         "\\u0000", "\"quoted\"", "back\\slash", "</script>", "${HOME}", "{{x}}", "%s%n", "null", "NaN", "0", "true",
         "x" * 20_000, " blanks "]

# column type, what is written, what comes out; a reason: the row is a dead letter
POSTGRES = [
    ("numeric", "'123456789012345678901234567890.123456789'", "123456789012345678901234567890.123456789"),
    ("numeric", "'-0.000000000000000000000000000001'", "-0.000000000000000000000000000001"),
    ("numeric", "'NaN'", "NaN"), ("numeric", "'Infinity'", "Infinity"),
    ("bigint", "9223372036854775807", "9223372036854775807"), ("bigint", "9007199254740991", 9007199254740991),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("date", "'0001-01-01'", "0001-01-01"), ("date", "'9999-12-31'", "9999-12-31"), ("date", "'2024-02-29'", "2024-02-29"),
    ("date", "'infinity'", "infinity"), ("date", "'-infinity'", "-infinity"),
    ("timestamptz", "'0001-01-01 00:00:00+00'", "0001-01-01T00:00:00Z"),
    ("timestamptz", "'9999-12-31 23:59:59.999999+00'", "9999-12-31T23:59:59.999999Z"),
    ("timestamptz", "'infinity'", "infinity"),
    ("timestamp", "'2026-03-29 02:30:00'", "2026-03-29T01:30:00Z"),      # skipped in Warsaw
    ("timestamp", "'2026-10-25 02:30:00'", "2026-10-25T00:30:00Z"),      # shown twice
    ("boolean", "true", True), ("uuid", "'A0EEBC999C0B4EF8BB6D6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
]
POSTGRES_BAD = [
    ("float8", "'NaN'", "'NaN'"), ("float8", "'-Infinity'", "'-Infinity'"),
    ("date", "'5874897-12-31'", "year"), ("timestamptz", "'20000-01-01 00:00:00+00'", "year"),
    ("timestamptz", "'4713-11-24 00:00:00+00 BC'", "year"),
]
SQLITE_BAD = [("CAST(x'41ff42' AS TEXT)", "UTF-8"), ("CAST(x'eda080' AS TEXT)", "UTF-8"), ("CAST(x'c080' AS TEXT)", "UTF-8"),
              ("CAST(x'f4908080' AS TEXT)", "UTF-8"), ("CAST(x'e282' AS TEXT)", "UTF-8"), ("'a' || char(0) || 'b'", "NUL")]


class Topics:
    """Documents by number and reasons by key, read strictly."""

    def __init__(self, daemon):
        self.log = Log(daemon.brokers, [f"{daemon.prefix}.customer", f"{daemon.prefix}.dead_letter"])
        self.documents, self.reasons = {}, {}

    def read(self):
        for message in self.log.drain():
            headers = {name: value.decode("utf-8", "strict") for name, value in message.headers() or []}
            body = json.loads(message.value().decode("utf-8", "strict"), parse_constant=lambda word: 1 / 0)
            if message.topic().endswith("dead_letter"):
                self.reasons[headers["key"]] = headers["reason"]
            else:
                self.documents[body["after"]["number"]] = body["after"]
        return len(self.documents) + len(self.reasons)


def check(topics, good, bad):
    for number, (name, value) in good.items():
        document = topics.documents.get(number)
        expect(document is not None, lambda n=number: f"row {n} is missing: {topics.reasons.get(n)}")
        got = document["name"] if value is None else document["attributes"]["value"]
        wanted = name if value is None else value
        expect(got == wanted and isinstance(got, type(wanted)), lambda n=number, g=got, w=wanted: f"row {n}: {g!r}, not {w!r}")
    for number, reason in bad.items():
        expect(reason in topics.reasons.get(number, ""),
               lambda n=number, r=reason: f"row {n}: '{topics.reasons.get(n)}' does not say '{r}'")
    expect(len(topics.documents) == len(good) and len(topics.reasons) == len(bad), "there are others")
    return f"{len(good)} values, {len(bad)} dead letters"


def postgres():
    source = PostgresSource(rows=0)
    good, bad, streams = {}, {}, {}
    with closing(source.connect()) as database, database.cursor() as cursor:
        number = 0
        for text in TEXTS:
            number += 1
            cursor.execute(f"INSERT INTO {source.table}(id, rev, name, updated_at) VALUES (%s, 1, %s, now())", (number, text))
            good[str(number)] = (text, None)
        for place, (kind, written, value) in enumerate(POSTGRES + POSTGRES_BAD):
            number += 1
            table = f"{source.schema}.odd{place}"
            cursor.execute(f"CREATE TABLE {table}(id bigint PRIMARY KEY, value {kind}, updated_at timestamptz DEFAULT now())")
            cursor.execute(f"INSERT INTO {table}(id, value) VALUES ({number}, {written})")
            if place < len(POSTGRES):
                good[str(number)] = ("odd", value)
            else:
                bad[str(number)] = value
            streams[f"odd{place}"] = {"table": table, "key": ["id"], "every": "100ms", "space": f"odd{place}",
                                      "watermark": {"column": "updated_at"}, "entity": "customer",
                                      "fields": {"name": {"value": "odd"}, "number": "id", "attributes": {"value": "value"}}}
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {source.schema} TO monitor")
    configuration = source.configuration()
    configuration["erp"]["time_zone"] = "Europe/Warsaw"
    configuration["erp"]["streams"].update(streams)
    return published(configuration, good, bad)


def sqlite():
    file = os.path.join(scratch(), "odd.db")
    good, bad = {}, {}
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE odd(id INTEGER PRIMARY KEY, name TEXT, updated_at TEXT DEFAULT CURRENT_TIMESTAMP)")
        for number, text in enumerate(TEXTS, 1):
            database.execute("INSERT INTO odd(id, name) VALUES (?, ?)", (number, text))
            good[str(number)] = (text, None)
        for number, (written, reason) in enumerate(SQLITE_BAD, len(TEXTS) + 1):
            database.execute(f"INSERT INTO odd(id, name) VALUES ({number}, {written})")
            bad[str(number)] = reason
    return published({"shop": {"connector": "sqlite", "path": file, "streams": {"odd": {
        "table": "odd", "key": ["id"], "every": "100ms", "watermark": {"column": "updated_at", "overlap": "1h"},
        "entity": "customer", "fields": {"name": "name", "number": "id"}}}}}, good, bad)


def published(sources, good, bad):
    daemon = Daemon(sources).start().ready()
    topics = Topics(daemon)
    until(lambda: topics.read() >= len(good) + len(bad), 60,
          lambda: f"{len(topics.documents)} documents, {topics.reasons}, {daemon.readiness()}")
    note = check(topics, good, bad)
    daemon.kill()
    return note


TESTS = {
    "odd values of PostgreSQL come out as they are, or are dead letters": postgres,
    "odd values of SQLite come out as they are, or are dead letters": sqlite,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
