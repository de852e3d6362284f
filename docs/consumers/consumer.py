#!/usr/bin/python3
"""Follows one topic of Tributary from the beginning: keeps the latest state of each entity and prints what changes.

    apt install python3-confluent-kafka
    docs/consumers/consumer.py --brokers localhost:9092 --topic acme.crm.customer

It is an example to copy from. With --until-end it stops at the end of the topic, with status 1 if the events of any
entity did not come in the order of their commit numbers."""

import argparse
import json
import sys

from confluent_kafka import Consumer, KafkaError, KafkaException, OFFSET_BEGINNING, TopicPartition


class Table:
    """The latest state of each entity, built from the events of one topic."""

    def __init__(self):
        self.entities = {}      # entity id -> its latest `after`
        self.last = {}          # entity id -> (commit, index) of its last message; kept when the entity is deleted
        self.messages = 0
        self.out_of_order = 0

    def apply(self, key, headers, value):
        """Returns a line about the change, or None when there is nothing to say."""
        self.messages += 1
        number = int(headers["ce_commit"]), int(headers["ce_index"])
        if number <= self.last.get(key, (-1, -1)):
            # Cannot happen on the topic itself; whoever stores events drops what comes twice by the same test.
            self.out_of_order += 1
            return f"out of order: {key} {number} after {self.last[key]}"
        self.last[key] = number
        if value is None:       # a tombstone: compaction may now forget the key
            self.entities.pop(key, None)
            return None
        event = json.loads(value)
        if event["after"] is None:
            self.entities.pop(key, None)
        else:
            self.entities[key] = event["after"]
        what = ", ".join(event["changed"])
        return f"{number[0]}:{number[1]} {headers['ce_type']} {key}" + (f" ({what})" if what else "")


def open_consumer(brokers, topic):
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "example",                  # asked for by the library; nothing is stored under it
        "enable.auto.commit": False,
        "isolation.level": "read_committed",    # never see what was rolled back
        "enable.partition.eof": True,
    })
    metadata = consumer.list_topics(topic, timeout=30).topics[topic]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    partitions = sorted(metadata.partitions)
    # The table needs every event, so every partition is read from its beginning at each start.
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    return consumer, partitions


def follow(consumer, partitions, until_end, table):
    at_end = set()
    while not (until_end and at_end == set(partitions)):
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            at_end.add(message.partition())
            continue
        headers = {name: value.decode() for name, value in message.headers()}
        line = table.apply(message.key().decode(), headers, message.value())
        if line:
            print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:9092")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--until-end", action="store_true", help="stop at the end of the topic")
    options = parser.parse_args()

    table = Table()
    consumer = None
    try:
        consumer, partitions = open_consumer(options.brokers, options.topic)
        follow(consumer, partitions, options.until_end, table)
    except KafkaException as error:
        sys.exit(f"consumer: {error.args[0].str()}")
    except KeyboardInterrupt:
        pass
    finally:
        if consumer is not None:
            consumer.close()
    print(f"{table.messages} messages, {len(table.entities)} entities, {table.out_of_order} out of order")
    return 1 if table.out_of_order else 0


if __name__ == "__main__":
    sys.exit(main())
