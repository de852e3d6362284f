#!/usr/bin/python3
"""What a stream's definition can say beside its fields, as consumers see it; and a cache rebuilt from the topics equals
the one that was lost."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

from daemon import BINARY, Daemon, Failure, Suite, expect, scratch, until
from ledger import Log

NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"


class Shop:
    """A SQLite database, the daemon that reads it, and what a consumer has of its topics."""

    def __init__(self, sql, streams, topics=("customer",), **source):
        self.directory = scratch()
        self.database = os.path.join(self.directory, "shop.db")
        self.execute(sql)
        for stream in streams.values():
            stream.setdefault("every", "30ms")
            stream.setdefault("watermark", {"column": "updated_at", "overlap": "1h"})
        self.daemon = Daemon({"shop": {"connector": "sqlite", "path": self.database, "streams": streams, **source}},
                             directory=self.directory).start().ready()
        self.log = Log(self.daemon.brokers, [f"{self.daemon.prefix}.{topic}" for topic in topics])
        self.now = {}       # id -> last document
        self.types = []     # of the events since the last `clear`

    def execute(self, sql):
        with closing(sqlite3.connect(self.database, timeout=30)) as database:
            database.executescript(sql.replace("NOW", NOW))

    def read(self):
        for message in self.log.drain(keep=False):
            kind = dict(message.headers())["ce_type"].decode()
            key = message.key().decode()
            self.types.append(kind)
            if message.value() is None or json.loads(message.value())["after"] is None:
                self.now.pop(key, None)
            else:
                self.now[key] = json.loads(message.value())["after"]
        return self.now

    def documents(self):
        return sorted(self.read().values(), key=lambda document: json.dumps(document, sort_keys=True))

    def shows(self, *documents):
        """Waits until the topics hold exactly these."""
        wanted = sorted(documents, key=lambda document: json.dumps(document, sort_keys=True))
        until(lambda: self.documents() == wanted, 30, lambda: f"{self.documents()} instead of {wanted}")

    def happened(self):
        """Types of the events since the last call."""
        self.read()
        types, self.types = self.types, []
        return types

    def stays_quiet(self):
        self.happened()
        self.daemon.polls(2)
        expect(self.happened() == [], lambda: f"events without a change: {self.types}")

    def cache(self):
        """Everything the cache holds, whatever numbers it gave to streams."""
        with closing(sqlite3.connect(os.path.join(self.daemon.state, "state.db"), timeout=30)) as cache:
            names = dict(cache.execute("SELECT no, name FROM stream"))
            numbers = ((place >> 48, str(place & (1 << 48) - 1).encode(), row)
                       for place, row in cache.execute("SELECT place, row FROM state_by_number"))
            texts = cache.execute("SELECT stream, key, row FROM state_by_text")
            # the first eight bytes are a checksum over the stream's number, too
            states = sorted((names[stream], bytes(key), row[8:]) for rows in (numbers, texts) for stream, key, row in rows)
            members = sorted((entity, id_, names[stream], bytes(key))
                             for entity, id_, stream, key in cache.execute("SELECT * FROM member"))
            entities = sorted((entity, id_, row[8:]) for entity, id_, row in cache.execute("SELECT * FROM entity"))
            return {"states": states, "members": members, "entities": entities}

    def rebuilds(self):
        """The cache is lost; what is read from the topics is the same, and nothing is published."""
        expect(self.daemon.stop() == 0, "the daemon does not stop")
        lost = self.cache()
        shutil.rmtree(self.daemon.state)
        self.happened()
        self.daemon.start().ready()
        self.daemon.polls(2)
        expect(self.happened() == [], lambda: f"published by a rebuilt cache: {self.types}")
        expect(self.daemon.stop() == 0, "the daemon does not stop")
        rebuilt = self.cache()
        for what, content in lost.items():
            expect(rebuilt[what] == content, f"{what}: {rebuilt[what]} instead of {content}")
        self.daemon.start().ready()
        return f"{len(lost['states'])} states, {len(lost['entities'])} folded entities"


def absent_rows():
    shop = Shop("""CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, kind TEXT, active BOOLEAN, updated_at TEXT);
                   INSERT INTO customer VALUES(1, 'Anna', 'person', 1, NOW), (2, 'T', 'template', 1, NOW),
                       (3, 'Cem', 'person', 0, NOW);""",
                {"customers": {"table": "customer", "key": ["id"], "skip": {"kind": "template"},
                               "deleted": {"active": "false"}, "entity": "customer", "fields": {"name": "name"}}})
    anna, cem = {"name": "Anna"}, {"name": "Cem"}
    shop.shows(anna)
    expect(shop.happened() == ["customer.created"], lambda: f"{shop.types}")
    shop.execute("UPDATE customer SET active = 0, updated_at = NOW WHERE id = 1")
    shop.shows()
    expect(shop.happened() == ["customer.deleted", "customer.tombstone"], "a row marked as deleted is deleted once")
    shop.stays_quiet()
    shop.execute("UPDATE customer SET active = 1, updated_at = NOW")
    shop.shows(anna, cem)
    expect(shop.happened() == ["customer.created"] * 2, "what comes back is created")
    shop.execute("UPDATE customer SET kind = 'template', updated_at = NOW WHERE id = 3")
    shop.shows(anna)
    expect(shop.happened() == ["customer.deleted", "customer.tombstone"], "a row that comes to be skipped is deleted")
    return shop.rebuilds()


def only_some_rows():
    shop = Shop("""CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, branch TEXT, updated_at TEXT);
                   INSERT INTO customer VALUES(1, 'Anna', 'A', NOW), (2, 'Bob', 'B', NOW), (3, 'Cem', NULL, NOW);""",
                {"customers": {"table": "customer", "key": ["id"], "where": "branch = 'A' or branch is null -- ours",
                               "entity": "customer", "fields": {"name": "name"}}})
    shop.shows({"name": "Anna"}, {"name": "Cem"})
    shop.execute("UPDATE customer SET branch = 'A', updated_at = NOW WHERE id = 2")
    shop.shows({"name": "Anna"}, {"name": "Bob"}, {"name": "Cem"})
    shop.happened()
    expect(shop.daemon.stop() == 0, "the daemon does not stop")
    streams = shop.daemon.configuration["sources"]["shop"]["streams"]
    streams["customers"]["where"] = "brnach = 'A'"
    shop.daemon.write_configuration()
    lint = subprocess.run([BINARY, "lint", "--online", "-c", shop.daemon.path], capture_output=True, text=True, check=False)
    said = lint.stdout + lint.stderr
    place = next(line.split(":") for line in said.splitlines() if "no such column: brnach" in line)
    with open(shop.daemon.path, encoding="utf-8") as file:
        line = file.read().splitlines()[int(place[1]) - 1]
    expect(lint.returncode == 1 and '"where": "brnach' in line, lambda: f"lint, status {lint.returncode}: {said}")


def shared_child():
    shop = Shop("""CREATE TABLE branch(code TEXT PRIMARY KEY, company TEXT);
                   CREATE TABLE web_order(id INTEGER PRIMARY KEY, branch TEXT, updated_at TEXT);
                   INSERT INTO branch VALUES('N', 'North');
                   INSERT INTO web_order VALUES(1, 'N', NOW), (2, NULL, NOW), (3, 'X', NOW), (4, 'N', NOW);""",
                {"orders": {"table": "web_order", "key": ["id"], "entity": "sales_order",
                            "include": {"at": {"table": "branch", "on": {"code": "branch"}, "one": True}},
                            "fields": {"number": "id", "company": "at.company"}}}, ["sales_order"])
    shop.shows({"number": "1", "company": "North"}, {"number": "2"}, {"number": "3"}, {"number": "4", "company": "North"})
    shop.execute("INSERT INTO branch VALUES('X', 'Extra'); UPDATE web_order SET updated_at = NOW WHERE id = 3")
    shop.shows({"number": "1", "company": "North"}, {"number": "2"}, {"number": "3", "company": "Extra"},
               {"number": "4", "company": "North"})
    return shop.rebuilds()


TESTS = {
    "a row that many share is read as one object, null where there is none": shared_child,
    "a condition in the database's SQL chooses rows, and a mistake in it is shown at its place": only_some_rows,
    "rows that are skipped or marked as deleted are no entities, and come back": absent_rows,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
