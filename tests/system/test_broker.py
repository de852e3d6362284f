#!/usr/bin/python3
"""Faults of the broker and of the way to it, on a broker of the test's own; then the ledger must hold."""

import os
import signal
import sys
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, ConfigResource

from daemon import Broker, Daemon, Failure, Suite, expect, free_port, scratch, until
from kafka_proxy import Proxy
from ledger import Ledger, checkpoints
from workload import SqliteSource, Writer

# the coordinator looks every second for transactions that took too long
QUICK = "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000"
LONGEST = 800    # seconds that a transaction may take; not Kafka's default
BROKER = PROXY = None


def started(**options):
    """A daemon behind the proxy, with its source and ledger."""
    directory = scratch()
    source = SqliteSource(directory)
    daemon = Daemon(source.configuration(), brokers=PROXY.address, directory=directory, **options)
    daemon.start().ready(120)
    return daemon, source, Ledger(daemon)


def finished(daemon, source, ledger, seconds=120):
    daemon.ready(seconds)
    ledger.settled(source, seconds)
    note = ledger.holds(source)
    daemon.kill()
    ledger.log.close()
    return note


def some_commits(ledger, count=5):
    """Waits until the topic grows, so that the fault meets a daemon at work."""
    before = len({event.commit for event in ledger.read(past_open=False)})
    until(lambda: len({event.commit for event in ledger.read(past_open=False)}) >= before + count, 60,
          "no transactions are committed")


def stays_up_for(daemon, seconds):
    deadline = time.monotonic() + seconds

    def passed():
        expect(daemon.alive(), lambda: f"the process ended with {daemon.process.returncode}: {daemon.last_words()}")
        return time.monotonic() > deadline
    until(passed, seconds + 60, "time stands still")


def broker_restarts():
    daemon, source, ledger = started()
    with Writer(source, 1):
        for _ in range(3):
            some_commits(ledger)
            BROKER.kill()
            BROKER.start()
            daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


def broker_away():
    daemon, source, ledger = started()
    with Writer(source, 2):
        some_commits(ledger)
        BROKER.kill()
        began = time.monotonic()
        reason = daemon.unready("broker", 45)
        expect("reason" in reason or "what" in reason, lambda: f"/readyz gives no reason: {reason}")
        expect(daemon.get("/livez")[0] == 200, lambda: f"an outage is no reason to restart: {daemon.get('/livez')}")
        stays_up_for(daemon, max(0, 35 - (time.monotonic() - began)))
        expect(daemon.readiness()[0] == 503, "/readyz says ready while the broker is away")
        BROKER.start()
        daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


def start_without_broker():
    BROKER.kill()
    directory = scratch()
    source = SqliteSource(directory)
    daemon = Daemon(source.configuration(), brokers=PROXY.address, directory=directory)
    try:
        daemon.start().unready("broker", 45)
    finally:
        BROKER.start()
    daemon.ready(120)
    return finished(daemon, source, Ledger(daemon))


def transactions(daemon, outcome):
    total = 0
    for line in daemon.get("/metrics")[1].splitlines():
        if line.startswith("tributary_transactions_total{") and f'"{outcome}"' in line:
            total += float(line.rsplit(" ", 1)[1])
    return total


def behind_a_lossy_link():
    return started(kafka={"properties": {"transaction.timeout.ms": 6000, "socket.timeout.ms": 2000}})


def cut_short(what):
    """The connection is cut with the end of five transactions on it."""
    daemon, source, ledger = behind_a_lossy_link()
    with Writer(source, 3):
        some_commits(ledger)
        PROXY.lose(what, 5, cut=True)
        try:
            until(lambda: PROXY.lost == 5, 60, lambda: f"only {PROXY.lost} were lost")
        finally:
            PROXY.pass_all()
        daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


def replies_never_come():
    """The transaction is committed, the client is not told and asks again and again; that shows in /readyz."""
    daemon, source, ledger = behind_a_lossy_link()
    with Writer(source, 3):
        some_commits(ledger)
        PROXY.lose("reply", 10_000, cut=False)
        try:
            until(lambda: PROXY.lost >= 4, 90, lambda: f"only {PROXY.lost} were lost")
            daemon.unready("broker", 90)
        finally:
            PROXY.pass_all()
        daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


def requests_never_arrive():
    """The coordinator ends the transaction when its time is up: the outcome is read back, and the work goes again."""
    daemon, source, ledger = behind_a_lossy_link()
    with Writer(source, 3):
        some_commits(ledger)
        PROXY.lose("request", 10_000, cut=False)
        try:
            until(lambda: not ledger.log.open_transaction() and PROXY.lost >= 3, 90, "the transaction is not ended")
        finally:
            PROXY.pass_all()
        until(lambda: transactions(daemon, "unknown") > 0, 90, "no outcome became unknown")
        daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


def stand_still(daemon, ledger):
    """Stops the process in a transaction, until the coordinator has aborted that."""
    def frozen():
        if not ledger.log.open_transaction():
            return False
        daemon.signal(signal.SIGSTOP)
        if ledger.log.open_transaction():
            return True
        daemon.signal(signal.SIGCONT)
        return False
    until(frozen, 60, "no open transaction is seen")
    until(lambda: not ledger.log.open_transaction(), 60, "the coordinator does not abort the transaction")


def zombie():
    daemon, source, ledger = started(kafka={"properties": {"transaction.timeout.ms": 3000}})
    with Writer(source, 4):
        for _ in range(2):
            some_commits(ledger)
            stand_still(daemon, ledger)
            daemon.signal(signal.SIGCONT)
            some_commits(ledger)
        expect(daemon.alive(), lambda: f"it ended with {daemon.process.returncode}: {daemon.last_words()}")
    return finished(daemon, source, ledger)


def clean_up(topic, policy):
    settings = {"cleanup.policy": policy, "delete.retention.ms": str(7 * 24 * 3600 * 1000)}
    admin = AdminClient({"bootstrap.servers": PROXY.address})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config=settings)
    for answer in admin.alter_configs([resource]).values():
        answer.result(30)


def topic_setting_changes():
    """Settings are looked at when a producer is made anew: the process stood still, and its transaction was aborted."""
    daemon, source, ledger = started(kafka={"properties": {"transaction.timeout.ms": 3000}})
    topic = f"{daemon.prefix}.customer"
    with Writer(source, 8):
        some_commits(ledger)
        stand_still(daemon, ledger)
        clean_up(topic, "delete")
        daemon.signal(signal.SIGCONT)
        reason = daemon.unready("cleanup.policy", 60)
        expect(topic in reason, lambda: f"the topic is not named: {reason}")
        expect("tributary_broker_up 0" in daemon.get("/metrics")[1], "the metrics say all is well")
        stays_up_for(daemon, 3)
        clean_up(topic, "compact")
        daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


def two_of_one_name():
    older, source, ledger = started()
    newer = Daemon(source.configuration(), brokers=PROXY.address, prefix=older.prefix)
    newer.configuration["state"]["directory"] = older.state
    newer.write_configuration()
    with Writer(source, 5):
        some_commits(ledger)
        newer.start()
        code = older.exit_code(60)
        expect(code == 79, lambda: f"the older one ended with {code}: {older.last_words()}")
        expect(str(newer.pid) in older.last_words(),
               lambda: f"the older one does not name process {newer.pid}: {older.last_words()}")
        newer.ready(120)
        expect(checkpoints(newer)["one/claim"]["pid"] == newer.pid, "the claim is not the newer one's")
        ledger.daemon = newer
        some_commits(ledger)
    return finished(newer, source, ledger)


def second_name():
    daemon, source, ledger = started()
    other = Daemon(source.configuration(), brokers=PROXY.address, prefix=daemon.prefix)
    other.configuration["instance"] = "two"
    other.write_configuration()
    code = other.start().exit_code(60)
    expect(code == 78, lambda: f"the second instance ended with {code}: {other.last_words()}")
    expect("'one'" in other.last_words(), lambda: f"it does not name the first: {other.last_words()}")
    with Writer(source, 6):
        some_commits(ledger)
    return finished(daemon, source, ledger)


def foreign_transaction():
    """Somebody else's transaction hangs in a partition: consumers wait for it, and so does a cache that is rebuilt."""
    daemon, source, ledger = started()
    foreign = Producer({"bootstrap.servers": PROXY.address, "transactional.id": f"{daemon.prefix}-foreign",
                        "transaction.timeout.ms": 600_000, "partitioner": "murmur2"})
    foreign.init_transactions(30)
    with Writer(source, 7):
        some_commits(ledger)
        foreign.begin_transaction()
        foreign.produce(f"{daemon.prefix}.customer", key="foreign", value="not an event", partition=1)
        foreign.flush(30)
        until(ledger.log.open_transaction, 30, "the foreign transaction is not open")
        commit = checkpoints(daemon)["one"]["number"]
        until(lambda: checkpoints(daemon)["one"]["number"] > commit + 3, 60, "the daemon does not commit beside it")
        daemon.kill()
        for name in os.listdir(daemon.state):
            if name.startswith("state.db"):
                os.remove(os.path.join(daemon.state, name))
        daemon.start()
        reason = daemon.unready("a transaction hangs there", 60)
        expect(f"{daemon.prefix}.customer/1" in reason and f"at most {LONGEST} s" in reason,
               lambda: f"it does not say which partition hangs, and how long it can: {reason}")
        stays_up_for(daemon, 5)
        expect(daemon.readiness()[0] == 503, "it compares with a cache that cannot be complete")
        foreign.abort_transaction(30)
        daemon.ready(120)
        some_commits(ledger)
    return finished(daemon, source, ledger)


TESTS = {
    "the broker is killed and started again while rows are written": broker_restarts,
    "the broker is away for half a minute: up, not ready, back by itself": broker_away,
    "a start without a broker waits for it": start_without_broker,
    "the replies to commits are lost and the connection is cut": lambda: cut_short("reply"),
    "the replies to commits never come": replies_never_come,
    "the requests to commit are lost and the connection is cut": lambda: cut_short("request"),
    "the requests to commit never arrive": requests_never_arrive,
    "a process that stood still beyond its transaction's time goes on by itself": zombie,
    "a topic setting that changes in a running process: up, says so, goes on when it is mended": topic_setting_changes,
    "of two processes with one name the older ends with 79": two_of_one_name,
    "a second instance under one prefix is refused": second_name,
    "a hanging transaction of somebody else delays and loses nothing": foreign_transaction,
}


def main():
    global BROKER, PROXY
    port = free_port(3)
    PROXY = Proxy(port)
    BROKER = Broker(KAFKA_EXTRA=f"advertised.listeners=PLAINTEXT://{PROXY.address} {QUICK} "
                                f"transaction.max.timeout.ms={LONGEST * 1000}", KAFKA_SECURE="")
    BROKER.port = port
    BROKER.start()
    return Suite().run_all(TESTS)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{failure}")
