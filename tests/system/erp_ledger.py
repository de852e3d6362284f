"""What a read_committed consumer holds of an ERP's entities, against what the ERP holds: for the tests of API connectors."""

from daemon import expect, until
from ledger import POISON, Event, Log


class Entities:
    """Everything that was published, entity by entity; complains at once about what may never be."""

    def __init__(self, daemon, names):
        self.logs = {name: Log(daemon.brokers, [f"{daemon.prefix}.{name}"]) for name in names}
        self.last = {name: {} for name in names}     # entity -> id -> its last document
        self.keys = {}                               # id -> key of the row it was made of
        self.places, self.ids = {}, set()
        self.count = self.deletes = 0

    def read(self, past_open=True):
        """Reads on; how many events there are so far, tombstones aside. See Log.drain."""
        for name, log in self.logs.items():
            for message in log.drain(keep=False, past_open=past_open):
                self._take(Event(message), self.last[name])
        return self.count

    def _take(self, event, last):
        expect(event.headers["ce_id"] not in self.ids, f"no ce_id twice: {event}")
        self.ids.add(event.headers["ce_id"])
        place, before = (event.commit, event.index), self.places.get(event.key, (0, -1, event.partition))
        expect(before[:2] < place and before[2] == event.partition, f"an entity is in order: {event} after {before}")
        known = event.key in self.places
        self.places[event.key] = (*place, event.partition)
        if event.body is None:
            expect(known and event.key not in last, f"a tombstone follows its delete: {event}")
            return
        self.count += 1
        expect(event.body["before"] == last.get(event.key), f"before is the previous after: {event}: {event.body}")
        expect(event.body["before"] != event.after, f"no event without a change: {event}: {event.body}")
        if event.body["before"] is None:
            self.keys[event.key] = event.body["origin"][0]["key"]
        if event.after is None:
            self.deletes += 1
            last.pop(event.key)
            return
        words = event.after.get("name", "").split()
        expect(len(words) != 4 or words[2] != "rev" or int(words[3]) < POISON, f"no event of an aborted transaction: {event}")
        last[event.key] = event.after

    def close(self):
        for log in self.logs.values():
            log.close()


def differences(held, wanted):
    """Both: entity -> key -> facts."""
    return [f"{name} {key}: {held[name].get(key)} against {rows.get(key)}" for name, rows in wanted.items()
            for key in sorted(rows.keys() | held[name].keys(), key=str) if held[name].get(key) != rows.get(key)]


def loaded(daemon, names, events=200):
    """Entities, of which more than so many events have come."""
    entities = Entities(daemon, names)
    until(lambda: entities.read() > events, 60, lambda: f"nothing is loaded: {daemon.readiness()} {daemon.last_words()}")
    return entities


def arrived(daemon, entities, held, wanted, seconds=120):
    """Waits until `held(entities)` is `wanted`, what the ERP holds; nobody may be writing any more."""
    def complete():
        expect(daemon.alive(), lambda: f"the daemon ended with {daemon.process.returncode}: {daemon.last_words()}")
        entities.read()
        return not differences(held(entities), wanted)
    until(complete, seconds, lambda: f"{len(differences(held(entities), wanted))} differ: "
          f"{'; '.join(differences(held(entities), wanted)[:3])}; {daemon.readiness()} {daemon.last_words()}")


def silent(daemon, entities):
    """Everything has arrived: polling again brings nothing."""
    count = entities.read()
    daemon.polls(3)
    expect(entities.read() == count, lambda: f"polling again is silent: {entities.count - count} more")


def published(daemon, entities, held, wanted, seconds=120):
    arrived(daemon, entities, held, wanted, seconds)
    silent(daemon, entities)
