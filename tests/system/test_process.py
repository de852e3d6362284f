#!/usr/bin/python3
"""The process and what it stands on: signals, a full disk, rights taken away, credentials that are wrong, secrets."""

import os
import signal
import subprocess
import sys

from daemon import Broker, Daemon, Failure, Suite, expect, scratch, until
from ledger import Ledger, Log
from workload import SqliteSource, Writer, stream

CANARY = "c4n4ry-0f-pl41n-sight"
LARGE_ROWS, LARGE_NOTE = 200_000, 1_500
MOST_MEMORY = 200       # MB; what is queued, being pulled and being committed is bounded, the table is not


def started(source_options=None, **options):
    directory = scratch()
    source = SqliteSource(directory, **(source_options or {}))
    daemon = Daemon(source.configuration(), directory=directory, **options).start().ready()
    return daemon, source, Ledger(daemon)


def finished(daemon, source, ledger):
    daemon.ready(120)
    ledger.settled(source)
    note = ledger.holds(source)
    daemon.kill()
    ledger.log.close()
    return note


def until_more(ledger, count=200):
    before = len(ledger.events)
    until(lambda: len(ledger.read(past_open=False)) >= before + count, 60, "no events come")


def terminated_under_load():
    daemon, source, ledger = started()
    with Writer(source, 1, pause=0.002):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            until_more(ledger)
            daemon.signal(number)
            code = daemon.exit_code(10)
            expect(code == 0, lambda code=code: f"it ended with {code}: {daemon.last_words()}")
            daemon.start().ready()
    return finished(daemon, source, ledger)


def terminated_during_the_load():
    """The first load is cut by SIGTERM and goes on where it was."""
    directory = scratch()
    source = SqliteSource(directory, rows=60_000)
    daemon = Daemon(source.configuration(), directory=directory, commit={"events": 2000}).start()
    until(lambda: daemon.get("/version")[0] == 200, 60, "nothing listens")
    until(lambda: any(feed["events"] > 0 for feed in daemon.feeds()), 60, "the load does not begin")
    code = daemon.stop(10)
    expect(code == 0, lambda: f"it ended with {code}: {daemon.last_words()}")
    ledger = Ledger(daemon)
    cut = len(ledger.read())
    daemon.start().ready()
    note = finished(daemon, source, ledger)
    expect(0 < cut < 60_000, lambda: f"the load was not cut, {cut} of 60000 were out")
    loads = {event.headers["ce_cause"] for event in ledger.events}
    expect(loads == {"load"}, lambda: f"a load that goes on is still a load: {loads}")
    return f"cut at {cut}, {note}"


def second_signal():
    """The broker stands still: there is something to wait for."""
    broker = Broker(KAFKA_EXTRA="", KAFKA_SECURE="").start()
    directory = scratch()
    source = SqliteSource(directory)
    daemon = Daemon(source.configuration(), brokers=broker.address, directory=directory, stop_within="60s")
    daemon.start().ready()
    ledger = Ledger(daemon)
    ledger.settled(source)   # what the load had in flight is not what the writer brings
    broker.signal(signal.SIGSTOP)
    try:
        with Writer(source, 2):
            # several batches of 256 KB: the first of them cannot but be in flight
            until(lambda: queued(daemon) > 1_000_000, 30, "nothing is in flight")
        daemon.signal(signal.SIGTERM)
        until(lambda: "stopping" in daemon.readiness()[1], 20,
              lambda: f"it does not stop: {daemon.readiness()} {daemon.process.poll()} {daemon.last_words()}")
        expect(daemon.alive(), "it did not wait for what is in flight")
        daemon.signal(signal.SIGTERM)
        code = daemon.exit_code(2)
        expect(code == 128 + signal.SIGTERM, lambda: f"it ended with {code}")
        until(lambda: f'"by_pid":{os.getpid()}' in daemon.output().replace(" ", ""), 5, "it does not say who stopped it")
    finally:
        broker.signal(signal.SIGCONT)
    daemon.start().ready(120)
    return finished(daemon, source, ledger)


def queued(daemon):
    return sum(feed["queue_bytes"] for feed in daemon.feeds())


def peak_memory(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM:"))


def stuck_broker():
    """The table is larger than the bound by far: whoever read on would hold it."""
    broker = Broker(KAFKA_EXTRA="", KAFKA_SECURE="").start()
    directory = scratch()
    source = SqliteSource(directory, rows=LARGE_ROWS)
    source.execute(f"UPDATE customer SET note = hex(randomblob({LARGE_NOTE // 2}))")
    daemon = Daemon(source.configuration(), brokers=broker.address, directory=directory).start()
    until(lambda: any(feed["events"] > 0 for feed in daemon.feeds()), 60, "the load does not begin")
    broker.signal(signal.SIGSTOP)
    try:
        until(lambda: queued(daemon) > 8_000_000, 60, lambda: f"nothing waits: {daemon.feeds()}")
        reason = daemon.unready('"broker', 120)
        # by now the last pull is older than a source may be
        expect("source_stale" not in reason, lambda: f"the source is blamed: {reason}")
        full = queued(daemon)
    finally:
        broker.signal(signal.SIGCONT)
    ledger = Ledger(daemon)
    note = f"{full / 1e6:.0f} MB queued, "
    daemon.ready(300)
    ledger.settled(source, 300)
    note += ledger.holds(source)
    peak = peak_memory(daemon)
    expect(peak < MOST_MEMORY, lambda: f"{peak} MB of memory, at most {MOST_MEMORY} are expected")
    until(lambda: queued(daemon) == 0, 30, lambda: f"{queued(daemon)} bytes are said to be queued, though all is out")
    daemon.kill()
    ledger.log.close()
    return f"{note}, {peak} MB at most"


class SmallDisk:
    """A tmpfs of some megabytes. Mounting needs root."""

    def __init__(self, megabytes):
        expect(os.geteuid() == 0, "a full disk needs a tmpfs, and mounting one needs root: run this test as root")
        self.path = os.path.join(scratch(), "small")
        os.makedirs(self.path)
        self.filler = os.path.join(self.path, "filler")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.path],
                              stderr=subprocess.PIPE, encoding="utf-8", check=False)
        expect(done.returncode == 0, lambda: f"no tmpfs: {done.stderr}")

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass

    def free(self):
        os.remove(self.filler)

    def gone(self):
        subprocess.run(["umount", "-l", self.path], check=False)


def disk_full():
    # the write-ahead log of the cache may take 32 MB before it is folded in
    disk = SmallDisk(64)
    directory = scratch()
    source = SqliteSource(directory)
    daemon = Daemon(source.configuration(), directory=directory)
    daemon.configuration["state"]["directory"] = os.path.join(disk.path, "state")
    daemon.write_configuration()
    try:
        daemon.start().ready()
        ledger = Ledger(daemon)
        with Writer(source, 3, pause=0.002):
            for _ in range(2):
                until_more(ledger)
                disk.fill()
                reason = daemon.unready("store", 90)
                expect("full" in reason, lambda reason=reason: f"the reason does not name the full disk: {reason}")
                disk.free()
                daemon.ready(120)
        note = finished(daemon, source, ledger)
    finally:
        if daemon.alive():
            daemon.kill()
        disk.gone()
    return note


def alice(broker, password="alice-secret"):
    return {"brokers": [broker.settings["KAFKA_SASL_BROKERS"]],
            "properties": {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
                           "sasl.username": "alice", "sasl.password": password}}


def grant(broker, prefix):
    broker.acls("--add", "--allow-principal", "User:alice", "--operation", "All", "--topic", prefix,
                "--resource-pattern-type", "prefixed", "--transactional-id", prefix, "--group", "*")
    broker.acls("--add", "--allow-principal", "User:alice", "--operation", "All", "--cluster")


def two_entities(directory):
    source = SqliteSource(directory)
    source.execute("CREATE TABLE product(id INTEGER PRIMARY KEY, rev INTEGER, name TEXT, note, updated_at TEXT)")
    configuration = source.configuration()
    configuration["shop"]["streams"]["products"] = stream(
        table="product", entity="product",
        fields={"sku": "id", "name": "name", "attributes": {"rev": "rev", "number": "id"}})
    return source, configuration


def revoked_right():
    broker = Broker(KAFKA_EXTRA="", KAFKA_SECURE="1").start()
    directory = scratch()
    source, configuration = two_entities(directory)
    daemon = Daemon(configuration, brokers=broker.address, directory=directory)
    daemon.configuration["kafka"].update(alice(broker))
    daemon.write_configuration()
    grant(broker, daemon.prefix)
    daemon.start().ready(120)
    ledger = Ledger(daemon)
    ledger.published(source)
    topic = f"{daemon.prefix}.product"
    rule = ("--deny-principal", "User:alice", "--operation", "Write", "--topic", topic)
    broker.acls("--add", *rule)
    products = Log(daemon.brokers, [topic])
    with Writer(source, 4):
        source.execute("INSERT INTO product VALUES(1, 1, 'anvil', NULL, strftime('%Y-%m-%d %H:%M:%f', 'now'))")
        reason = daemon.unready("product", 90)
        expect(topic in reason, lambda: f"the topic is not named: {reason}")
        until_more(ledger)      # the rest commits
        expect(not products.drain(past_open=False), "the refused topic has an event")
        broker.acls("--remove", "--force", *rule)
        until(lambda: products.drain(past_open=False), 120, lambda: f"it does not recover: {daemon.readiness()}")
    note = finished(daemon, source, ledger)
    products.drain()
    expect(len(products.messages) == 1, lambda: f"{len(products.messages)} events of the one product")
    products.close()
    return note


def bad_credentials():
    broker = Broker(KAFKA_EXTRA="", KAFKA_SECURE="1").start()
    directory = scratch()
    source = SqliteSource(directory)
    daemon = Daemon(source.configuration(), brokers=broker.address, directory=directory)
    grant(broker, daemon.prefix)
    secret = os.path.join(directory, "secret")
    daemon.configuration["kafka"].update(alice(broker, f"${{file:{secret}}}"))
    daemon.write_configuration()
    with open(secret, "w", encoding="ascii") as file:
        file.write(CANARY)
    daemon.start()
    reason = daemon.unready("redential", 60)
    expect(daemon.get("/livez")[0] == 200, "wrong credentials are no reason to restart")
    watched = [daemon.get(path)[1] for path in
               ("/readyz?verbose", "/healthz", "/metrics", "/v1/sources?expand=status", "/v1/sources/shop/status")]
    daemon.kill()
    for text in (*watched, daemon.output()):
        expect(CANARY not in text, lambda text=text: f"the password shows: {text[:500]}")
    with open(secret, "w", encoding="ascii") as file:
        file.write("alice-secret")
    daemon.start().ready(120)
    note = finished(daemon, source, Ledger(daemon))
    return f"{note}; said {reason[reason.find('redential') - 40:][:90]!r}"


def canary_in_a_dsn():
    """The database refuses the password, or does not exist: libpq quotes what it was given."""
    directory = scratch()
    seen = []
    for dsn in (f"postgresql://crm:{CANARY}@127.0.0.1:1/erp",
                f"host=127.0.0.1 port=1 user=crm password='{CANARY}' x=y"):
        configuration = {"erp": {"connector": "postgres", "dsn": dsn, "streams": {"customers": stream()}}}
        daemon = Daemon(configuration, directory=directory)
        daemon.start(options=("--log-level", "debug"))
        until(lambda daemon=daemon: not daemon.alive() or "erp" in daemon.readiness()[1] and (
            daemon.feeds() and daemon.feeds()[0]["state"] not in ("unassigned", "running")), 60,
              lambda daemon=daemon: f"the source does not fail: {daemon.feeds()}")
        seen += [daemon.get(path)[1] for path in ("/readyz?verbose", "/metrics", "/v1/sources?expand=status")]
        daemon.kill()
        seen.append(daemon.output())
    for text in seen:
        expect(CANARY not in text,
               lambda text=text: f"the password shows: {text[max(0, text.find(CANARY) - 300):][:600]}")


TESTS = {
    "signals end it within 10 s, under load, with nothing lost": terminated_under_load,
    "a first load that is terminated goes on where it was": terminated_during_the_load,
    "a second signal ends it at once": second_signal,
    "a fast source and a broker that is stuck cost no memory, and nobody blames the source": stuck_broker,
    "a full disk: up, says so, recovers": disk_full,
    "a topic's right is taken away: its entity waits, the rest goes on": revoked_right,
    "wrong credentials: says so, shows none, starts when they are right": bad_credentials,
    "a password in a DSN shows nowhere": canary_in_a_dsn,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
