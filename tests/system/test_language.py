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
            # the first eight bytes are a checksum over the stream's number, too; which version of its row a record was
            # made from (eight bytes behind entity and id) is not in the records' topic
            states = sorted((names[stream], bytes(key), row[8:26] + row[34:]) for rows in (numbers, texts) for stream, key, row in rows)
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


CONTACTS = """CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, updated_at TEXT);
              CREATE TABLE contact(id INTEGER PRIMARY KEY, customer_id INTEGER, value TEXT, updated_at TEXT);
              INSERT INTO customer VALUES(1, 'Anna', NOW), (2, 'Bob', NOW);
              INSERT INTO contact VALUES(10, 1, '+48225550123', NOW), (11, 3, '+48225550124', NOW),
                  (12, NULL, '+48225550125', NOW);"""


def customers():
    return {"table": "customer", "key": ["id"], "entity": "customer", "fields": {"name": "name"}}


def contacts():
    return {"table": "contact", "key": ["id"], "of": {"customer": "customer_id"},
            "fields": {"phones": [{"number": "value"}]}}


def anna(*numbers):
    return {"name": "Anna", **({"phones": [{"number": number} for number in numbers]} if numbers else {})}


def added_rows():
    """An orphan's telephone is nobody's until its customer comes; the entity goes with its own row, not with a contact's."""
    shop = Shop(CONTACTS, {"customers": customers(), "contacts": contacts()})
    bob, one, two = {"name": "Bob"}, "+48225550123", "+48225550124"
    shop.shows(anna(one), bob)
    shop.execute("UPDATE contact SET customer_id = 1, updated_at = NOW WHERE id = 12")
    shop.shows(anna(one, "+48225550125"), bob)
    shop.execute("UPDATE contact SET customer_id = NULL, updated_at = NOW WHERE id = 12")
    shop.shows(anna(one), bob)
    shop.execute("INSERT INTO customer VALUES(3, 'Cem', NOW)")
    shop.shows(anna(one), bob, {"name": "Cem", "phones": [{"number": two}]})
    shop.execute("UPDATE contact SET customer_id = 2, updated_at = NOW WHERE id = 11")
    shop.shows(anna(one), {"name": "Bob", "phones": [{"number": two}]}, {"name": "Cem"})
    shop.stays_quiet()
    return shop.rebuilds()


def sharing_comes_later():
    """Rows that add to entities which are published already: those are updated, not created again."""
    shop = Shop(CONTACTS, {"customers": customers()})
    shop.shows(anna(), {"name": "Bob"})
    shop.happened()
    expect(shop.daemon.stop() == 0, "the daemon does not stop")
    streams = shop.daemon.configuration["sources"]["shop"]["streams"]
    streams["contacts"] = {**contacts(), "every": "30ms", "watermark": {"column": "updated_at", "overlap": "1h"}}
    shop.daemon.write_configuration()
    shop.daemon.start().ready()
    shop.shows(anna("+48225550123"), {"name": "Bob"})
    shop.daemon.polls(2)
    expect(shop.happened() == ["customer.updated"], lambda: f"{shop.types}")
    return shop.rebuilds()


def removed_contacts():
    """What only added to entities is taken back from those there are; those that never were are not deleted."""
    shop = Shop(CONTACTS, {"customers": customers(), "contacts": contacts()})
    shop.shows(anna("+48225550123"), {"name": "Bob"})
    shop.happened()
    expect(shop.daemon.stop() == 0, "the daemon does not stop")
    reset = subprocess.run([BINARY, "reset", "--remove", "shop/contacts", "-c", shop.daemon.path], capture_output=True,
                           text=True, check=False)
    expect(reset.returncode == 0, lambda: f"reset: {reset.stdout}{reset.stderr}")
    shop.shows(anna(), {"name": "Bob"})
    expect(shop.happened() == ["customer.updated"], lambda: f"{shop.types}")
    del shop.daemon.configuration["sources"]["shop"]["streams"]["contacts"]
    shop.daemon.write_configuration()
    shop.daemon.start().ready()
    shop.execute("INSERT INTO customer VALUES(3, 'Cem', NOW)")
    shop.shows(anna(), {"name": "Bob"}, {"name": "Cem"})
    return shop.rebuilds()


def retired_contacts():
    """A stream that only added and is configured no more keeps what it added, and keeps no entity alive."""
    mails = {"table": "mail", "key": ["id"], "of": {"customer": "customer_id"}, "fields": {"emails": [{"address": "value"}]}}
    shop = Shop(CONTACTS + """CREATE TABLE mail(id INTEGER PRIMARY KEY, customer_id INTEGER, value TEXT, updated_at TEXT);
                              INSERT INTO mail VALUES(1, 2, 'bob@example.org', NOW);""",
                {"customers": {**customers(), "skip": {"name": "gone"}}, "contacts": contacts(), "mails": mails})
    bob = {"name": "Bob", "emails": [{"address": "bob@example.org"}]}
    shop.shows(anna("+48225550123"), bob)
    shop.execute("UPDATE contact SET value = '+48225550129', updated_at = NOW WHERE id = 10")
    shop.shows(anna("+48225550129"), bob)   # its last event is one that the contact caused
    expect(shop.daemon.stop() == 0, "the daemon does not stop")
    del shop.daemon.configuration["sources"]["shop"]["streams"]["contacts"]
    shop.daemon.configuration["retired"] = ["shop/contacts"]
    shop.daemon.write_configuration()
    shop.daemon.start().ready()
    note = shop.rebuilds()
    shop.execute("UPDATE customer SET name = 'Anne', updated_at = NOW WHERE id = 1")
    shop.shows({**anna("+48225550129"), "name": "Anne"}, bob)
    expect(shop.happened() == ["customer.updated"], lambda: f"{shop.types}")
    shop.execute("UPDATE customer SET name = 'gone', updated_at = NOW WHERE id = 1")
    shop.shows(bob)
    expect(shop.happened() == ["customer.deleted", "customer.tombstone"], lambda: f"{shop.types}")
    return note


def several_records():
    card = {"entity": "customer", "space": "cards", "key": ["card_no"], "when": {"card_no": {"present": True}},
            "since": "sold_at", "fields": {"name": "card_name"}}
    order = {"entity": "sales_order", "space": "pos", "fields": {"number": "receipt_no"}}
    shop = Shop("""CREATE TABLE receipt(id INTEGER PRIMARY KEY, receipt_no TEXT, card_no TEXT, card_name TEXT,
                                        sold_at TEXT, updated_at TEXT);
                   INSERT INTO receipt VALUES(1, 'R-1', 'C-1', 'Old name', '2026-01-01', NOW),
                       (2, 'R-2', NULL, NULL, '2026-01-02', NOW), (3, 'R-3', 'C-1', 'New name', '2026-01-03', NOW);""",
                {"receipts": {"table": "receipt", "key": ["id"], "emit": [card, order]}}, ["customer", "sales_order"],
                time_zone="UTC")
    orders = [{"number": f"R-{i}"} for i in (1, 2, 3)]
    shop.shows({"name": "New name"}, *orders)
    shop.stays_quiet()
    shop.execute("UPDATE receipt SET card_no = NULL, updated_at = NOW WHERE id = 3")
    shop.shows({"name": "Old name"}, *orders)
    expect(shop.happened() == ["customer.updated"], lambda: f"{shop.types}")
    note = shop.rebuilds()
    shop.execute("UPDATE receipt SET card_no = NULL, updated_at = NOW WHERE id = 1")
    shop.shows(*orders)
    expect(shop.happened() == ["customer.deleted", "customer.tombstone"], lambda: f"{shop.types}")
    shop.rebuilds()
    expect(shop.daemon.stop() == 0, "the daemon does not stop")
    reset = subprocess.run([BINARY, "reset", "--remove", "shop/receipts", "-c", shop.daemon.path], capture_output=True,
                           text=True, check=False)
    shop.shows()
    expect(reset.returncode == 0, lambda: f"reset: {reset.stdout}{reset.stderr}")
    return note


TESTS = {
    "rows that add to an entity change it, and never make or delete one": added_rows,
    "rows that come to add to published entities update them": sharing_comes_later,
    "the rows of a removed stream that added are taken back, and nothing else is deleted": removed_contacts,
    "a retired stream that added keeps no entity alive, also in a cache made from the topics": retired_contacts,
    "a row of emit makes several entities, and the newest of a card's receipts decides": several_records,
    "a row that many share is read as one object, null where there is none": shared_child,
    "a condition in the database's SQL chooses rows, and a mistake in it is shown at its place": only_some_rows,
    "rows that are skipped or marked as deleted are no entities, and come back": absent_rows,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
