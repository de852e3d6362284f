"""The oracle: what a read_committed consumer of a real broker got, held against what the source committed.

Every change of the source bumps a row's `rev` under its lock, so that the source itself is the ledger. Transactions
that are rolled back write a rev of POISON or more; none of those may ever be seen.
"""

import json

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from daemon import PARTITIONS, Failure, expect, until

POISON = 1_000_000_000


class Event:
    __slots__ = ("topic", "partition", "offset", "key", "headers", "body", "commit", "index")

    def __init__(self, message):
        self.topic, self.partition, self.offset = message.topic(), message.partition(), message.offset()
        self.key = (message.key() or b"").decode("utf-8")
        self.headers = {name: value.decode("utf-8") for name, value in message.headers() or []}
        value = message.value()
        self.body = None if value is None else json.loads(value)
        self.commit = int(self.headers.get("ce_commit", 0))
        self.index = int(self.headers.get("ce_index", 0))

    @property
    def after(self):
        return self.body and self.body["after"]

    @property
    def rev(self):
        return self.after and self.after["attributes"]["rev"]

    def __repr__(self):
        return f"{self.headers.get('ce_id')} at {self.topic}/{self.partition}/{self.offset}"


def _consumer(brokers, isolation, properties):
    return Consumer({"bootstrap.servers": brokers, "group.id": "ledger", "isolation.level": isolation,
                     "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
                     "fetch.wait.max.ms": 50, "log_level": 2, **(properties or {})})


def _end(client, place):
    """The end as this client's isolation level sees it. A broker that is just back or busy is asked again."""
    why = []

    def ask():
        try:
            return client.get_watermark_offsets(TopicPartition(*place), timeout=10, cached=False)
        except KafkaException as error:
            why.append(error)
            return None
    return until(ask, 60, lambda: f"the end of {place} cannot be found: {why[-1]}")[1]


class Log:
    """Reads some topics from their beginning, and on from there at each call of `drain`."""

    def __init__(self, brokers, topics, partitions=PARTITIONS, isolation="read_committed", properties=None):
        self.places = [(topic, p) for topic in topics for p in range(partitions)]
        self.reader = _consumer(brokers, isolation, properties)
        self.ends = _consumer(brokers, "read_uncommitted", properties)
        self.reader.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for topic, p in self.places])
        self.next = dict.fromkeys(self.places, 0)
        self.messages = []

    def close(self):
        self.reader.close()
        self.ends.close()

    def high(self, place):
        return _end(self.ends, place)

    def stable(self, place):
        """The last stable offset: a read_committed client's end, before the first transaction that is open."""
        return _end(self.reader, place)

    def open_transaction(self):
        return any(self.stable(place) < self.high(place) for place in self.places)

    def drain(self, seconds=60, keep=True, past_open=True):
        """Everything that is committed now. Returns the new messages; with `keep`, all go to `messages` as well.

        Waits for transactions that are open to end, unless `past_open` is false.
        """
        ends = {place: self.high(place) if past_open else self.stable(place) for place in self.places}
        new = []

        def reached():
            for message in self.reader.consume(1000, 0.2):
                place = (message.topic(), message.partition())
                if message.error():
                    if message.error().code() == KafkaError._PARTITION_EOF:
                        self.next[place] = max(self.next[place], message.offset())
                    continue
                self.next[place] = message.offset() + 1
                new.append(message)
            return all(self.next[place] >= end for place, end in ends.items())
        try:
            until(reached, seconds, lambda: f"the end is not reached, a transaction hangs: {self.next} of {ends}")
        finally:
            if keep:
                self.messages.extend(new)
        return new


class Ledger:
    """The events of one entity's topic, as they come."""

    def __init__(self, daemon, entity="customer", brokers=None):
        self.daemon = daemon
        self.log = Log(brokers or daemon.brokers, [f"{daemon.prefix}.{entity}"])
        self.events = []
        self.last = {}      # the row's number -> its last document

    def read(self, seconds=60, past_open=True):
        for message in self.log.drain(seconds, False, past_open):
            event = Event(message)
            self.events.append(event)
            if event.after:
                self.last[event.after["number"]] = event.after
            elif event.body and event.body["before"]:
                self.last.pop(event.body["before"]["number"], None)
        return self.events

    def missing(self, rows):
        """The rows of the source that the topic does not show as they are."""
        return [number for number, row in rows.items() if not shows(self.last.get(number), row)]

    def published(self, source, seconds=90):
        """Waits until the topic shows the source as it is; nothing may be writing any more."""
        rows = source.rows()

        def complete():
            expect(self.daemon.process is None or self.daemon.alive(),
                   lambda: f"the daemon ended with {self.daemon.process.returncode}: {self.daemon.last_words()}")
            self.read()
            return not self.missing(rows)
        until(complete, seconds, lambda: (
            f"last after equals the source row: {len(self.missing(rows))} of {len(rows)} differ, row "
            f"{self.missing(rows)[0]}: {rows[self.missing(rows)[0]]} against "
            f"{self.last.get(self.missing(rows)[0])}; {self.daemon.readiness()}"))

    def settled(self, source, seconds=90):
        """Fully published, and three more polls bring nothing."""
        self.published(source, seconds)
        count = len(self.events)
        self.daemon.polls(3)
        self.read()
        expect(len(self.events) == count, lambda: f"polling again is silent: it brought {self.events[count:]}")

    def holds(self, source):
        """Every assertion; raises with all that do not hold. Call it when `published`."""
        broken = check(self.events, source.rows()) + check_checkpoints(self.daemon, self.events)
        if broken:
            raise Failure(f"{len(broken)} broken: " + "; ".join(broken[:5]))
        return f"{len(self.events)} events of {len(self.last)} rows hold"


def shows(document, row):
    return (document is not None and document["attributes"]["rev"] == row["rev"] and document["name"] == row["name"])


def check(events, rows):
    """The assertions, each with its name. Pure: events in the order they were read, rows of the source by number."""
    broken = []
    seen_ids = {}
    last = {}
    for event in events:
        def wrong(name, detail, event=event):
            broken.append(f"{name}: {event}: {detail}")
        ce_id = event.headers.get("ce_id")
        if ce_id in seen_ids:
            wrong("no ce_id twice", f"already at {seen_ids[ce_id]}")
        seen_ids[ce_id] = event
        if event.headers.get("ce_subject") != event.key:
            wrong("the subject is the key", event.key)
        if event.body is None:
            continue
        before = last.get(event.key)
        if event.after is not None and event.rev >= POISON:
            wrong("no event of an aborted transaction", f"rev {event.rev}")
        if before is None:
            if event.body["before"] is not None:
                wrong("before is the previous after", "the first event of a key has one")
        else:
            if (event.commit, event.index) <= (before.commit, before.index):
                wrong("(commit, index) rises strictly", f"after {before}")
            if event.partition != before.partition:
                wrong("an entity stays in its partition", f"after {before}")
            if event.after is not None and before.after is not None and event.rev <= before.rev:
                wrong("rev rises strictly", f"{event.rev} after {before.rev} of {before}")
            if not event.body.get("before_omitted") and event.body["before"] != before.after:
                wrong("before is the previous after", f"of {before}")
        last[event.key] = event
    documents = {}
    for event in last.values():
        if event.after is None:
            continue
        number = event.after["number"]
        if number in documents:
            broken.append(f"one entity per row: row {number} has two")
        documents[number] = event.after
    for number, row in rows.items():
        if not shows(documents.get(number), row):
            broken.append(f"last after equals the source row: {number}: {documents.get(number)} against {row}")
    for number in documents.keys() - rows.keys():
        broken.append(f"nothing but the source's rows: {number}")
    return broken


def checkpoints(daemon, brokers=None):
    """The latest value of each key of the checkpoints topic."""
    log = Log(brokers or daemon.brokers, [f"{daemon.prefix}.checkpoints"], partitions=1)
    latest = {m.key().decode(): None if m.value() is None else json.loads(m.value()) for m in log.drain(keep=False)}
    log.close()
    return latest


def check_checkpoints(daemon, events):
    latest = checkpoints(daemon)
    instance = daemon.configuration["instance"]
    broken = []
    highest = max((event.commit for event in events), default=0)
    number = (latest.get(instance) or {}).get("number", 0)
    if number < highest:
        broken.append(f"every transaction writes its number: the checkpoints say {number}, an event has {highest}")
    if not latest.get(f"{instance}/claim"):
        broken.append("the claim is in the checkpoints")
    feeds = [key for key in latest if key.startswith(f"{instance}/feed/")]
    if events and not feeds:
        broken.append("positions are in the checkpoints")
    return broken


class DeadLetters:
    """The dead letter topic: what was published per key, and what is unresolved now."""

    def __init__(self, daemon, brokers=None):
        self.log = Log(brokers or daemon.brokers, [f"{daemon.prefix}.dead_letter"])
        self.published = {}      # key -> list of values, None a tombstone
        self.headers = {}

    def read(self):
        for message in self.log.drain(keep=False):
            key = message.key().decode("utf-8", "replace")
            value = message.value()
            self.published.setdefault(key, []).append(None if value is None else json.loads(value))
            self.headers[key] = {n: (v or b"").decode("utf-8", "replace") for n, v in message.headers() or []}
        return self.published

    def unresolved(self):
        return {key: values[-1] for key, values in self.read().items() if values[-1] is not None}
