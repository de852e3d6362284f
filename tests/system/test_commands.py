#!/usr/bin/python3
"""The commands beside `run`: what they print, what they exit with, and what they leave alone."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys

from confluent_kafka.admin import AdminClient

from daemon import BINARY, PATIENCE, ROOT, Daemon, Suite, expect, scratch, until
from ledger import Event, Log

SCHEMA = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT, name TEXT, email TEXT, kind TEXT DEFAULT 'P', stamp TEXT);
INSERT INTO customer(id, code, name, email, stamp) VALUES
  (1, 'A', 'Anna', 'anna@example.org', '2026-01-01T10:00:00'), (2, 'B', 'Boris', NULL, '2026-01-01T10:00:01'),
  (3, 'C', 'Cem', 'cem@example.org', '2026-01-01T10:00:02'), (4, 'D', 'Dora', NULL, '2026-01-01T10:00:03');
UPDATE customer SET kind = 'X' WHERE id = 4;
"""
SHOP = """tenant: acme
instance: one
state: {directory: %(directory)s/state}
kafka: {brokers: [%(brokers)s], topic_prefix: %(prefix)s}
http: {listen: off}
sources:
  shop:
    connector: sqlite
    path: "${SHOP_DB}"
    defaults: {time_zone: UTC}
    streams:
      customers:
        table: customer
        key: [id]
        watermark: {column: stamp}
        entity: customer
        fields:
          name: name
          emails: [{address: email}]
          type: {from: kind, map: {P: person, O: organisation}}
"""


def tributary(*arguments, **environment):
    """Exit code and everything that was printed."""
    done = subprocess.run([BINARY, *arguments], env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, encoding="utf-8",
                          timeout=120 * PATIENCE, check=False)
    expect("\033" not in done.stdout, lambda: f"colour where nobody looks: {done.stdout!r}")
    return done.returncode, done.stdout


def answers(wanted_code, words, *arguments, **environment):
    """The command ends with that code and says all these words; returns what it printed."""
    code, text = tributary(*arguments, **environment)
    expect(code == wanted_code, lambda: f"{' '.join(arguments)}: exit code {code}, expected {wanted_code}: {text}")
    for word in words:
        expect(word in text, lambda: f"{' '.join(arguments)}: '{word}' is missing in: {text}")
    return text


def execute(database, sql):
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.executescript(sql)


class Shop:
    """A database of four customers, one of whom no mapping accepts, and a configuration for it."""

    def __init__(self, change=lambda text: text):
        self.directory = scratch()
        self.database = os.path.join(self.directory, "shop.db")
        execute(self.database, SCHEMA)
        self.prefix = "t" + os.path.basename(self.directory).rsplit(".", 1)[1].lower().replace("_", "x")
        self.path = os.path.join(self.directory, "shop.yaml")
        text = SHOP % {"directory": self.directory, "brokers": os.environ["KAFKA_BROKERS"], "prefix": self.prefix}
        self.write("shop.yaml", change(text))

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def answers(self, code, words, command, *arguments, database=None):
        return answers(code, words, command, "-c", self.path, *arguments, SHOP_DB=database or self.database)


# lint

def lint_says_everything_at_once():
    shop = Shop(lambda text: text.replace("table:", "tabel:").replace("emails:", "emals:").replace("tenant: acme\n", ""))
    text = shop.answers(1, [f"{shop.path}:12:9: error: ", "did you mean 'table'?", f"{shop.path}:18:11: error: ",
                            "did you mean 'emails'?", "tenant"], "lint")
    found = json.loads(shop.answers(1, [], "lint", "--json"))
    expect(len(found) == len(text.splitlines()), lambda: f"--json says something else than the text: {found} {text}")
    expect({"file": shop.path, "line": 12, "column": 9, "severity": "error"}.items() <= found[1].items(),
           lambda: f"the place is another one: {found}")


def lint_accepts_a_good_file():
    shop = Shop()
    shop.answers(0, ["no errors, 1 source, 1 stream"], "lint", "--online")
    expect(json.loads(shop.answers(0, [], "lint", "--json")) == [], "there are findings where there is nothing to find")


def lint_checks_names_and_addresses():
    shop = Shop(lambda text: text.replace("tenant: acme", 'tenant: "a/b"').replace("listen: off", "listen: here"))
    shop.answers(1, [f"{shop.path}:1:9: error: tenant 'a/b'", f"{shop.path}:5:16: error: 'here'"], "lint")


def lint_asks_the_source():
    shop = Shop(lambda text: text.replace("address: email", "address: e_mail"))
    shop.answers(0, ["no errors"], "lint")
    shop.answers(1, [f"{shop.path}:19:30: error: ", "'e_mail'", "did you mean 'email'?"], "lint", "--online")
    gone = Shop(lambda text: text.replace("table: customer", "table: custmer"))
    gone.answers(1, [f"{gone.path}:13:16: error: ", "'custmer'"], "lint", "--online")


def lint_warns_of_a_source_that_is_away():
    shop = Shop()
    with contextlib.closing(sqlite3.connect(shop.database, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=DELETE")
        writer.execute("BEGIN EXCLUSIVE")
        shop.answers(0, [f"{shop.path}:12:7: warning: ", "source 'shop' is away", "no errors"], "lint", "--online")


def lint_says_what_only_a_human_mends():
    """A file, a database or a password that is wrong is no outage."""
    shop = Shop(lambda text: text + """      others: {table: customer, key: [id], entity: product, fields: {sku: name}}\n""")
    said = shop.answers(1, [f"{shop.path}:9:11: error: ", "source 'shop'", "nowhere.db"], "lint", "--online",
                        database=os.path.join(shop.directory, "nowhere.db"))
    expect(said.count("error: ") == 1, lambda: f"what the source as a whole lacks is said more than once: {said}")


def secrets_do_not_show():
    shop = Shop(lambda text: text.replace("${SHOP_DB}", "${file:where}"))
    shop.write("where", os.path.join(shop.directory, "sesame-4711.db"))
    for command, code in (("lint", 1), ("dry-run", 1)):
        text = shop.answers(code, ["***"], command, *(["--online"] if command == "lint" else []))
        expect("sesame-4711" not in text, lambda text=text: f"what came from a file shows: {text}")


def plain_variables_show():
    shop = Shop()
    shop.answers(1, ["nowhere-4711.db"], "lint", "--online", database=os.path.join(shop.directory, "nowhere-4711.db"))


# list, describe, help

def list_names_connectors_and_streams():
    text = answers(0, ["sqlite", "postgres", "mariadb"], "list")
    expect("shop/customers" not in text, "streams without a configuration")
    shop = Shop()
    shop.answers(0, ["sqlite", "shop/customers", "customer", "10s", f"{shop.path}:12"], "list")


def describe_shows_what_can_be_written():
    answers(0, ["sqlite", "sales_order", "configuration"], "describe")
    text = answers(0, ["Of the source:", "busy_timeout", "time_zone", "Of a stream:", "watermark.overlap", "entity",
                       "Offers", "check", "Lacks", "keys"], "describe", "sqlite")
    expect(text.count("\nkey ") == 1, "an option that both the core and the connector have shows once")
    answers(0, ["lines[].quantity", "status", "product id, as product_id", "required"], "describe", "sales_order")
    answers(0, ["kafka.topic_prefix", "stop_within"], "describe", "configuration")


def describe_knows_what_was_meant():
    answers(2, ["'sqlit'", "did you mean 'sqlite'?"], "describe", "sqlit")
    answers(2, ["'sales_ordr'", "did you mean 'sales_order'?"], "describe", "sales_ordr")


def every_command_has_help_with_an_example():
    text = answers(0, ["Exit codes:", "78", "79"], "--help")
    commands = ("run", "lint", "test", "dry-run", "list", "describe", "status", "reset", "docs")
    for command in commands:
        expect(f"\n  {command} " in text, f"{command} is not in the list of commands")
        answers(0, ["Examples:", f"tributary {command}"], command, "--help")
    for wrong in ((), ("lnt",), ("lint", "--jsn"), ("dry-run", "--events", "0"), ("test",)):
        answers(2, [], *wrong)


# test

CASES = """cases:
  - name: %s
    stream: shop/customers
    rows: [{id: 1, name: Anna, kind: P}, {id: 2, name: Boris, kind: X}]
    expect: [{customer: {name: %s, type: person}}, {reject: "'X'"}]
"""


def cases_pass_and_fail():
    shop = Shop()
    good = shop.write("good.yaml", CASES % ("a person", "Anna"))
    bad = shop.write("bad.yaml", CASES % ("another person", "Hanna"))
    shop.answers(0, ["ok    a person", "1 passed, 0 failed"], "test", good)
    text = shop.answers(1, ["ok    a person", "FAIL  another person  (line 2)",
                            "row 1: name: expected Hanna, found Anna", "1 passed, 1 failed"], "test", good, bad)
    expect(text.count("row 2") == 0, "what fits is no difference")


def mistakes_in_cases_fail():
    shop = Shop()
    path = shop.write("cases.yaml", (CASES % ("typo", "Anna")).replace("shop/customers", "shop/customer"))
    shop.answers(1, [f"{path}:3:13: error: ", "shop/customer", "FAIL  typo", "0 passed, 1 failed"], "test", path)
    empty = shop.write("empty.yaml", "cases: []\n")
    shop.answers(1, ["there is no case"], "test", empty)
    answers(2, ["does not exist"], "test", os.path.join(shop.directory, "nothing.yaml"))


# dry-run

def topics_of(prefix):
    names = AdminClient({"bootstrap.servers": os.environ["KAFKA_BROKERS"]}).list_topics(timeout=30).topics
    return [name for name in names if name.startswith(prefix)]


def dry_run_touches_nothing():
    shop = Shop()
    text = shop.answers(0, ["customer.created  cus_", "shop/customers 1", '"Anna"', '{"address":"anna@example.org"}',
                            "rejected  shop/customers 4", f"{shop.path}:20", "'X'",
                            "shop/customers: 4 rows read, 3 events, 1 rejects"], "dry-run")
    expect(text.count("customer.created") == 3, lambda: f"three customers are fine: {text}")
    expect(not os.path.exists(os.path.join(shop.directory, "state")), "there is a state directory")
    expect(topics_of(shop.prefix) == [], "there are topics")


def dry_run_prints_json_lines():
    shop = Shop()
    done = subprocess.run([BINARY, "dry-run", "--json", "--events", "2", "-c", shop.path], check=True,
                          env={**os.environ, "SHOP_DB": shop.database}, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60 * PATIENCE)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    events = [line for line in lines if line["topic"] == f"{shop.prefix}.customer"]
    letters = [line for line in lines if line["topic"] == f"{shop.prefix}.dead_letter"]
    expect([event["value"]["after"]["name"] for event in events] == ["Anna", "Boris"], lambda: f"others: {lines}")
    expect(events[0]["headers"]["ce_type"] == "customer.created" and events[0]["headers"]["ce_subject"] ==
           events[0]["key"], lambda: f"no headers of an event: {events[0]}")
    expect([letter["key"] for letter in letters] == ["shop/customers/4"], lambda: f"other rejects: {letters}")
    expect(letters[0]["value"]["row"]["name"] == "Dora", lambda: f"another row: {letters[0]}")


def dry_run_chooses_streams():
    shop = Shop()
    shop.answers(0, ["customer.created"], "dry-run", "--stream", "shop/customers")
    shop.answers(0, ["customer.created"], "dry-run", "--stream", "shop")
    shop.answers(2, ["'shop/custmers'", "did you mean 'shop/customers'?"], "dry-run", "--stream", "shop/custmers")


def dry_run_says_what_is_wrong():
    shop = Shop(lambda text: text.replace("name: name", "name: nam"))
    shop.answers(1, [f"{shop.path}:18:17: error: ", "did you mean 'name'?"], "dry-run")
    broken = Shop(lambda text: text.replace("entity: customer", "entity: custmer"))
    broken.answers(78, ["did you mean 'customer'?"], "dry-run")


# status and reset, against a running daemon

def daemon_of_four(**top):
    directory = scratch()
    database = os.path.join(directory, "shop.db")
    execute(database, SCHEMA)
    stream = {"table": "customer", "key": ["id"], "watermark": {"column": "stamp"}, "every": "100ms",
              "entity": "customer", "fields": {"name": "name", "emails": [{"address": "email"}],
                                               "type": {"from": "kind", "map": {"P": "person"}}}}
    daemon = Daemon({"shop": {"connector": "sqlite", "path": database, "time_zone": "UTC",
                              "streams": {"customers": stream}}}, directory=directory, **top)
    daemon.database = database
    daemon.stream = stream
    return daemon


class Topics:
    """What a daemon's topics show, message by message."""

    def __init__(self, daemon):
        self.entity = Log(daemon.brokers, [f"{daemon.prefix}.customer"])
        self.letters = Log(daemon.brokers, [f"{daemon.prefix}.dead_letter"])

    def events(self):
        return sorted((Event(m) for m in self.entity.drain()), key=lambda event: (event.commit, event.index))

    def rejects(self):
        self.letters.drain()
        last = {message.key().decode(): message.value() for message in self.letters.messages}
        return sorted(key for key, value in last.items() if value is not None)


def run_until_polled(daemon):
    daemon.start().ready().polls(3)
    expect(daemon.stop() == 0, lambda: f"not stopped in order: {daemon.last_words()}")


def types(events):
    return [event.headers["ce_type"].split(".")[1] for event in events]


def status_asks_the_daemon():
    daemon = daemon_of_four()
    answers(1, ["no answer", "is the daemon running"], "status", "-c", daemon.path)
    daemon.start().ready()
    for where in (("-c", daemon.path), ("--url", f"127.0.0.1:{daemon.port}"), ("--url", f"http://127.0.0.1:{daemon.port}/")):
        answers(0, ["shop", "customers", "running"], "status", *where)
    body = json.loads(answers(0, [], "status", "--json", "-c", daemon.path))
    expect(body["status"]["sources"][0]["name"] == "shop", lambda: f"another source: {body}")
    daemon.stop()
    answers(2, ["HOST:PORT"], "status", "--url", "nonsense")


def other_partitions_are_told():
    """Topics that are there keep theirs, whatever the configuration says now."""
    daemon = daemon_of_four()
    daemon.start().ready()
    daemon.stop()
    expect("keep what they have" not in daemon.output(), daemon.last_words)
    daemon.configuration["kafka"]["partitions"] = 7
    daemon.write_configuration()
    daemon.start().ready()
    expect("keep what they have" in daemon.output() and f"{daemon.prefix}.customer (" in daemon.output(), daemon.last_words)
    daemon.stop()


def reset_refuses_beside_a_daemon():
    daemon = daemon_of_four()
    daemon.start().ready()
    answers(78, [f"a daemon answers at 127.0.0.1:{daemon.port}", "stop it first"], "reset", "shop", "--remove", "-c",
            daemon.path)
    daemon.stop()
    daemon.configuration["http"] = {"listen": "off"}
    daemon.write_configuration()
    daemon.start()
    until(lambda: daemon.output().count('"running"') == 2 or not daemon.alive(), 60, daemon.last_words)
    answers(78, [f"held by process {daemon.pid}"], "reset", "shop", "--remove", "-c",
            daemon.path)
    expect(daemon.alive(), lambda: f"the daemon did not survive it: {daemon.last_words()}")
    daemon.stop()


def reset_publishes_only_differences():
    daemon = daemon_of_four()
    run_until_polled(daemon)
    topics = Topics(daemon)
    expect(types(topics.events()) == ["created"] * 3, "the first load is another one")
    # nothing stamps these: polling cannot see them
    execute(daemon.database, "UPDATE customer SET name = 'Berta' WHERE id = 2; UPDATE customer SET kind = 'P' WHERE id = 4")
    run_until_polled(daemon)
    expect(topics.events() == [], "polling found what has no stamp")
    answers(0, ["shop/customers", "back to its first load"], "reset", "shop/customers", "-c", daemon.path)
    expect(topics.events() == [], "a reset published something")
    run_until_polled(daemon)
    events = topics.events()
    expect(types(events) == ["updated", "created"], lambda: f"other events: {events}")
    expect({event.headers["ce_cause"] for event in events} == {"reread"}, "the cause is not reread")
    expect([event.after["name"] for event in events] == ["Berta", "Dora"], "other customers")
    expect(topics.rejects() == [], "the mended row is still a dead letter")


def reset_in_words_changes_nothing():
    daemon = daemon_of_four()
    run_until_polled(daemon)
    log = Log(daemon.brokers, [f"{daemon.prefix}.checkpoints"], partitions=1)
    before = log.high((f"{daemon.prefix}.checkpoints", 0))
    answers(0, ["would go back to its first load"], "reset", "shop", "--dry-run", "-c", daemon.path)
    answers(0, ["3 records would be removed and 1 rejects cleared"], "reset", "shop", "--remove", "--dry-run", "-c",
            daemon.path)
    expect(log.high((f"{daemon.prefix}.checkpoints", 0)) == before, "the checkpoints have moved")
    daemon.start().ready()
    answers(0, ["would go back"], "reset", "shop", "--remove", "--dry-run", "-c", daemon.path)
    expect(daemon.alive() and daemon.stop() == 0, "looking ended the daemon")


def reset_knows_what_was_meant():
    daemon = daemon_of_four()
    run_until_polled(daemon)
    answers(2, ["'shop/custmers'", "did you mean 'shop/customers'?"], "reset", "shop/custmers", "-c", daemon.path)
    embedded = daemon_of_four(kafka={"brokers": "embedded"})
    answers(78, ["embedded"], "reset", "shop", "-c", embedded.path)


def removed_entities_go_and_come():
    daemon = daemon_of_four()
    run_until_polled(daemon)
    topics = Topics(daemon)
    old = {event.key for event in topics.events()}
    expect(topics.rejects() == ["shop/customers/4"], lambda: f"other rejects: {topics.rejects()}")
    daemon.stream["key"] = ["code"]
    daemon.write_configuration()
    daemon.start()
    expect(daemon.exit_code(60) == 78, "a changed key was accepted")
    expect("tributary reset --remove shop/customers" in daemon.output(), "the command to run is not named")
    answers(0, ["events published: 3"], "reset", "--remove", "shop/customers", "-c", daemon.path)
    gone = topics.events()
    expect(types(gone) == ["deleted", "tombstone"] * 3, lambda: f"other events: {types(gone)}")
    expect({event.key for event in gone} == old, "others were deleted")
    expect(all(event.body["before"] and event.after is None for event in gone if event.body), "a delete is no delete")
    expect([event.index for event in gone] == list(range(6)), "the events have no places in their commit")
    expect(topics.rejects() == [], lambda: f"dead letters stay: {topics.rejects()}")
    run_until_polled(daemon)
    events = topics.events()
    expect(types(events) == ["created"] * 3 and not {event.key for event in events} & old,
           lambda: f"other events: {events}")
    expect({event.headers["ce_cause"] for event in events} == {"load"}, "the new entities are no first load")
    expect(topics.rejects() == ["shop/customers/D"], lambda: f"other rejects: {topics.rejects()}")


def folded_entities_are_removed_too():
    daemon = daemon_of_four()
    daemon.stream.update({"space": "people", "identity": ["code"]})
    execute(daemon.database, "CREATE TABLE more(id INTEGER PRIMARY KEY, code TEXT, email TEXT, stamp TEXT);"
            "INSERT INTO more VALUES(1, 'A', 'a@example.com', '2026-01-01T10:00:00')")
    daemon.configuration["sources"]["shop"]["streams"]["more"] = {
        **daemon.stream, "table": "more", "fields": {"name": {"value": "?"}, "emails": [{"address": "email"}]}}
    daemon.write_configuration()
    run_until_polled(daemon)
    topics = Topics(daemon)
    last = {event.key: event.after for event in topics.events()}
    anna = next(key for key, after in last.items() if len(after["emails"]) == 2) if last else None
    answers(0, ["events published: 1"], "reset", "--remove", "shop/more", "-c", daemon.path)
    events = topics.events()
    expect([event.key for event in events] == [anna], lambda: f"other entities: {events}")
    expect([mail["address"] for mail in events[0].after["emails"]] == ["anna@example.org"], lambda: f"{events[0].body}")
    answers(0, ["events published: 3"], "reset", "--remove", "shop/customers", "-c", daemon.path)
    expect(types(topics.events()) == ["deleted", "tombstone"] * 3, "the rest is not gone")


def gone_streams_can_be_removed():
    daemon = daemon_of_four()
    run_until_polled(daemon)
    topics = Topics(daemon)
    topics.events()
    daemon.configuration["sources"] = {"other": daemon.configuration["sources"]["shop"]}
    daemon.write_configuration()
    answers(0, ["events published: 3"], "reset", "--remove", "shop/customers", "-c", daemon.path)
    expect(types(topics.events()) == ["deleted", "tombstone"] * 3, "the old source's entities are not gone")
    daemon.start().ready()  # and nobody asks for `retired` any more
    daemon.stop()


def reset_gives_up_without_a_broker():
    daemon = daemon_of_four(brokers="127.0.0.1:1")
    answers(1, ["cannot reach the broker"], "reset", "shop", "-c", daemon.path)


# docs

def docs_are_written_and_checked():
    copy = scratch()
    for folder in ("docs", "connectors"):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(copy, folder))
    tributary("docs", copy)
    answers(0, [], "docs", "--check", copy)
    with open(os.path.join(copy, "docs/metrics.md"), "a", encoding="utf-8") as file:
        file.write("by hand\n")
    readme = os.path.join(copy, "connectors/sqlite/README.md")
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    with open(readme, "w", encoding="utf-8") as file:
        file.write(text.replace("| `table` |", "| `tabel` |"))
    answers(1, ["docs/metrics.md is stale", "connectors/sqlite/README.md is stale"], "docs", "--check", copy)
    answers(0, ["docs/metrics.md", "connectors/sqlite/README.md"], "docs", copy)
    with open(readme, encoding="utf-8") as file:
        expect(file.read() == text, "what stands around the tables was touched")
    with open(os.path.join(copy, "docs/configuration.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    streams = schema["properties"]["sources"]["additionalProperties"]["anyOf"]
    expect({kind["properties"]["connector"]["const"] for kind in streams} >= {"sqlite", "postgres", "mariadb"},
           lambda: f"other connectors: {streams}")
    answers(2, ["no checkout"], "docs", "--check", scratch())


TESTS = {
    "lint says everything at once, with file, line and column": lint_says_everything_at_once,
    "lint accepts a good file": lint_accepts_a_good_file,
    "lint checks names and addresses, too": lint_checks_names_and_addresses,
    "lint --online names a missing column where the mapping does": lint_asks_the_source,
    "lint --online warns of a source that is away": lint_warns_of_a_source_that_is_away,
    "lint --online takes a file that is not there for a mistake": lint_says_what_only_a_human_mends,
    "what came from a file does not show in errors": secrets_do_not_show,
    "a variable in an option that is no secret shows in errors": plain_variables_show,
    "list names connectors and streams": list_names_connectors_and_streams,
    "describe shows what can be written": describe_shows_what_can_be_written,
    "describe knows what was meant": describe_knows_what_was_meant,
    "every command has help with an example": every_command_has_help_with_an_example,
    "mapping cases pass and fail, with a readable difference": cases_pass_and_fail,
    "mistakes in a file of cases fail": mistakes_in_cases_fail,
    "dry-run prints events and rejects and touches nothing": dry_run_touches_nothing,
    "dry-run --json prints what a consumer would get": dry_run_prints_json_lines,
    "dry-run takes the streams that were named": dry_run_chooses_streams,
    "dry-run says what is wrong with the definition": dry_run_says_what_is_wrong,
    "status asks the daemon": status_asks_the_daemon,
    "other partitions than the topics have are told": other_partitions_are_told,
    "reset --remove refuses beside a running daemon": reset_refuses_beside_a_daemon,
    "after a reset only differences go out, as rereads": reset_publishes_only_differences,
    "reset --dry-run changes nothing, also beside a daemon": reset_in_words_changes_nothing,
    "reset knows what was meant": reset_knows_what_was_meant,
    "reset --remove deletes what a changed key leaves behind": removed_entities_go_and_come,
    "reset --remove takes a stream's part out of a shared entity": folded_entities_are_removed_too,
    "streams that are no longer configured can be removed": gone_streams_can_be_removed,
    "reset gives up when no broker answers": reset_gives_up_without_a_broker,
    "generated documents are written, and checked to be fresh": docs_are_written_and_checked,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
