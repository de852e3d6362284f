#!/usr/bin/python3
"""The consumers of docs/consumers, against hand-made events on a real broker (KAFKA_BROKERS)."""

import json
import os
import subprocess
import sys
import tempfile
import uuid

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BROKERS = os.environ["KAFKA_BROKERS"]


def event(before, after, changed=()):
    return json.dumps({"before": before, "after": after, "changed": list(changed), "origin": []}, ensure_ascii=False)


def message(key, commit, index, kind, value):
    return {"key": key, "value": value,
            "headers": {"ce_type": kind, "ce_commit": str(commit), "ce_index": str(index)}}


def publish(transactions):
    """Makes a topic of three partitions; each transaction is (messages, committed)."""
    topic = f"consumers.{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": BROKERS})
    admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": BROKERS, "transactional.id": topic, "partitioner": "murmur2"})
    producer.init_transactions(30)
    for messages, committed in transactions:
        producer.begin_transaction()
        for one in messages:
            producer.produce(topic, **one)
        producer.flush(30)
        producer.commit_transaction(30) if committed else producer.abort_transaction(30)
    return topic


def consumers(directory):
    program = os.path.join(directory, "consumer")
    source = os.path.join(ROOT, "docs/consumers/consumer.cpp")
    subprocess.run(["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", source, "-lrdkafka", "-o", program], check=True)
    python = [sys.executable, os.path.join(ROOT, "docs/consumers/consumer.py")]
    return {"C++": lambda topic: [program, BROKERS, topic, "--until-end"],
            "Python": lambda topic: [*python, "--brokers", BROKERS, "--topic", topic, "--until-end"]}


def consume(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=120)
    *lines, summary = done.stdout.splitlines() or [""]
    return done.returncode, sorted(lines), summary


ANNA, BORIS = {"name": "Anna"}, {"name": "Борис"}

IN_ORDER = [
    ([message("cus_a", 1, 0, "customer.created", event(None, ANNA)),
      message("cus_b", 1, 1, "customer.created", event(None, BORIS))], True),
    ([message("cus_a", 2, 0, "customer.updated", event(ANNA, {"name": "lost"}, ["/name"]))], False),
    ([message("cus_a", 3, 0, "customer.updated", event(ANNA, {"name": "Anna B."}, ["/name"])),
      message("cus_b", 3, 1, "customer.deleted", event(BORIS, None)),
      message("cus_b", 3, 2, "customer.tombstone", None)], True),
]
TWICE = [
    ([message("cus_a", 7, 4, "customer.created", event(None, ANNA))], True),
    ([message("cus_a", 7, 4, "customer.created", event(None, ANNA))], True),
]
OUTCOMES = {
    "what was rolled back is not seen, what was deleted is gone": (IN_ORDER, (
        0, ["1:0 customer.created cus_a", "1:1 customer.created cus_b", "3:0 customer.updated cus_a (/name)",
            "3:1 customer.deleted cus_b"], "5 messages, 1 entities, 0 out of order")),
    "a number that does not grow is reported": (TWICE, (1, None, "2 messages, 1 entities, 1 out of order")),
}


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as directory:
        commands = consumers(directory)
        for title, (transactions, (status, lines, summary)) in OUTCOMES.items():
            topic = publish(transactions)
            for language, command in commands.items():
                seen = consume(command(topic))
                if seen == (status, seen[1] if lines is None else lines, summary):
                    passed += 1
                else:
                    failed += 1
                    print(f"{language}: {title}: status {seen[0]}, {seen[2]}", *seen[1], sep="\n  ")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
