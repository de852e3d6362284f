#!/usr/bin/python3
"""What docs/events.md says about messages, held against messages: names of headers, and the samples.

`--write` puts new samples into the document.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import closing
import sqlite3

from daemon import BINARY, PATIENCE, ROOT, Daemon, Suite, expect, scratch, until
from ledger import Event, Log

DOCUMENT = os.path.join(ROOT, "docs/events.md")
CONFIGURATION = os.path.join(ROOT, "config/sqlite.yaml")
BEGIN, END = "<!-- samples: begin -->\n", "<!-- samples: end -->"
PREFIX = "acme.crm"     # as the samples show it; the run has one of its own
# what differs from run to run: times, numbers of transactions and places in them, the hash of a row with a time
VOLATILE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z?|(?<=acme-shop:)\d+:\d+|"
                      r'(?<=ce_commit: )\d+|(?<=ce_index: )\d+|(?<="hash": ")\w{16}|~[0-9a-f]{16}')


class Shop:
    """The shop of config/sqlite.yaml, from its first load to an order that is gone."""

    def __init__(self):
        directory = scratch()
        self.database = os.path.join(directory, "shop.db")
        with open(os.path.join(ROOT, "config/sql/shop.sqlite.sql"), encoding="utf-8") as schema:
            self.execute(schema.read())
        self.daemon = Daemon({}, directory=directory)
        self.daemon.path = CONFIGURATION
        self.environment = {"SHOP_DB": self.database, "SHOP_STATE": self.daemon.state,
                            "SHOP_PREFIX": self.daemon.prefix, "SHOP_PORT": str(self.daemon.port)}
        self.daemon.start(environment=self.environment).ready()
        self.orders = Log(self.daemon.brokers, [f"{self.daemon.prefix}.sales_order"])
        self.letters = Log(self.daemon.brokers, [f"{self.daemon.prefix}.dead_letter"])

    def execute(self, sql):
        with closing(sqlite3.connect(self.database, timeout=30)) as database:
            database.executescript(sql)

    def events(self, count):
        """All events of orders, by their place; waits until there are so many."""
        def there():
            self.orders.drain()
            return len(self.orders.messages) >= count
        until(there, 30, lambda: f"{len(self.orders.messages)} of {count} events: {self.daemon.last_words()}")
        return sorted(map(Event, self.orders.messages), key=lambda event: (event.commit, event.index))

    def rejects(self, count):
        def there():
            self.letters.drain()
            return len(self.letters.messages) >= count
        until(there, 30, lambda: f"{len(self.letters.messages)} of {count} dead letters")
        return [Event(message) for message in self.letters.messages]

    def remove_orders(self):
        expect(self.daemon.stop() == 0, lambda: f"not stopped in order: {self.daemon.last_words()}")
        done = subprocess.run([BINARY, "reset", "--remove", "shop/orders", "-c", CONFIGURATION], check=False, text=True,
                              env={**os.environ, **self.environment}, capture_output=True, timeout=60 * PATIENCE)
        expect(done.returncode == 0, lambda: f"reset: {done.stderr}")


def recorded():
    """Every kind of message, by its title in the document."""
    shop = Shop()
    shop.events(2)
    shop.execute("UPDATE web_order SET status = 'S' WHERE id = 1")
    shop.events(3)
    shop.execute("UPDATE web_order_line SET qty = '2' WHERE order_id = 2 AND line_no = 1")
    shop.events(4)
    shop.execute("UPDATE web_order SET status = 'Q' WHERE id = 2")
    letter = shop.rejects(1)[0]
    shop.execute("UPDATE web_order SET status = 'N' WHERE id = 2")
    cleared = shop.rejects(2)[1]
    shop.remove_orders()
    events = shop.events(8)
    expect(len(events) == 8, lambda: f"more events than there should be: {[e.headers['ce_type'] for e in events]}")
    gone = next(i for i, event in enumerate(events) if event.headers["ce_type"] == "sales_order.deleted")
    return shop.daemon.prefix, {
        "The first load": events[0], "A status changed": events[2], "A line changed": events[3],
        "A delete": events[gone], "and the tombstone behind it": events[gone + 1],
        "A dead letter": letter, "and the tombstone when the row has been accepted": cleared}


def laid_out(body):
    """JSON with a line for each of its members."""
    if body is None:
        return "(no value)"
    members = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in body.items()]
    return "{" + ",\n ".join(members) + "}"


def sample(prefix, title, event):
    headers = [f"{name}: {value}".replace(ROOT + "/", "") for name, value in event.headers.items()] or ["(no headers)"]
    return "\n".join([f"{title}:", "", "```text", f"topic {event.topic.replace(prefix, PREFIX)}, key {event.key}", "",
                      *headers, "", laid_out(event.body), "```", ""])


def samples(prefix, messages):
    return "\n" + "\n".join(sample(prefix, title, event) for title, event in messages.items()) + "\n"


def document():
    with open(DOCUMENT, encoding="utf-8") as file:
        return file.read()


def shown(text):
    return text[text.index(BEGIN) + len(BEGIN):text.index(END)]


def table_names(heading):
    """The names in the first column of the table below a line that starts so."""
    text = document()
    table = text[text.index(heading):]
    table = table[table.index("\n|"):].lstrip().split("\n\n")[0]
    return set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE))


def samples_are_real(prefix, messages):
    fresh, there = (VOLATILE.sub("…", text) for text in (samples(prefix, messages), shown(document())))
    different = next(((old, new) for old, new in zip(there.splitlines(), fresh.splitlines()) if old != new), None)
    expect(fresh == there, lambda: f"docs/events.md shows other samples, --write renews them: {different}")


def headers_are_the_table(heading, events):
    names = table_names(heading)
    for event in events:
        expect(set(event.headers) == names, lambda event=event: f"{set(event.headers) ^ names} of {event.headers}")


def deletes_are_whole(messages):
    delete, tombstone = messages["A delete"], messages["and the tombstone behind it"]
    body = delete.body
    expect(body["after"] is None and body["before"]["number"] == "W-1001" and body["changed"] == [],
           lambda: f"another delete: {body}")
    expect(tombstone.body is None and tombstone.headers["ce_type"] == "sales_order.tombstone" and
           (tombstone.key, tombstone.commit, tombstone.index) == (delete.key, delete.commit, delete.index + 1),
           lambda: f"another tombstone: {tombstone.headers}")


def murmur2(key):
    """As the Java client computes it; written from the description of MurmurHash2, seed 0x9747b28c."""
    mask, m = 0xffffffff, 0x5bd1e995
    h = 0x9747b28c ^ len(key)
    whole = len(key) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at:at + 4], "little") * m & mask
        h = h * m & mask ^ ((k ^ k >> 24) * m & mask)
    if key[whole:]:
        h = (h ^ int.from_bytes(key[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def partitions_are_as_said(messages):
    vectors = re.findall(r"of `(\w+)` (?:is )?(-\d+|\d+)|`(\w+)` (-?\d{8,})", document())
    pairs = [(a or c, int(b or d)) for a, b, c, d in vectors]
    expect(len(pairs) == 3, lambda: f"three hashes stand in the document, not {pairs}")
    for text, value in pairs:
        expect(murmur2(text.encode()) == value & 0xffffffff, lambda: f"murmur2 of {text} is {murmur2(text.encode())}")
    for event in messages.values():
        expect(event.partition == (murmur2(event.key.encode()) & 0x7fffffff) % 3,
               lambda event=event: f"{event.key} is in partition {event.partition}")


def ids_are_those_of_the_vectors():
    """docs/id-vectors.json is what a unit test computes; the document may show no other."""
    with open(os.path.join(ROOT, "docs/id-vectors.json"), encoding="utf-8") as file:
        vectors = {(vector["hashed"], vector["id"]) for vector in json.load(file)}
    rows = set(re.findall(r"^\| `(\d+:[^`]+)`.* \| `(\w{30})` \|$", document(), re.MULTILINE))
    expect(rows and rows <= vectors, lambda: f"not in docs/id-vectors.json: {rows - vectors}")


def write(prefix, messages):
    text = document()
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text.replace(BEGIN + shown(text) + END, BEGIN + samples(prefix, messages) + END))


def main():
    prefix, messages = recorded()
    if "--write" in sys.argv:
        write(prefix, messages)
    letter, cleared = list(messages.values())[-2:]
    events = list(messages.values())[:-2]
    return Suite().run_all({
        "the samples of docs/events.md are what a consumer gets": lambda: samples_are_real(prefix, messages),
        "every event and tombstone has the headers of the table": lambda: headers_are_the_table("## An event", events),
        "a dead letter has the headers of the table": lambda: headers_are_the_table("## Rejects", [letter]),
        "a dead letter's tombstone has no headers": lambda: expect(not cleared.headers, f"{cleared.headers}"),
        "a tombstone follows its delete": lambda: deletes_are_whole(messages),
        "the partition is that of the Java client": lambda: partitions_are_as_said(messages),
        "the ids in docs/events.md are among the pinned ones": ids_are_those_of_the_vectors,
    })


if __name__ == "__main__":
    sys.exit(main())
