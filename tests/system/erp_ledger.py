"""What a read_committed consumer holds of an ERP's entities, against what the ERP holds: for the tests of API connectors."""

from daemon import expect, until
from ledger import POISON, Event, Log


class Entities:
    """Everything that was published, entity by entity; complains at once about what may never be."""

    def __init__(self, daemon, names):
        self.logs = {name: Log(daemon.brokers, [f"{daemon.prefix}.{name}"]) for name in names}
        self.last = {name: {} for name in names}     # entity -> id -> its last document
        self.keys = {}                               # id -> key of the row it was made of
        self.places, self.ids, self.count = {}, set(), 0

    def read(self):
        """Reads on; how many events there are so far, tombstones aside."""
        for name, log in self.logs.items():
            for message in log.drain(keep=False):
                event = Event(message)
                expect(event.headers["ce_id"] not in self.ids, f"no ce_id twice: {event}")
                self.ids.add(event.headers["ce_id"])
                if event.body is not None:
                    self._take(event, self.last[name])
        return self.count

    def _take(self, event, last):
        self.count += 1
        place, before = (event.commit, event.index), self.places.get(event.key, (0, -1, event.partition))
        expect(before[:2] < place and before[2] == event.partition, f"an entity is in order: {event} after {before}")
        self.places[event.key] = (*place, event.partition)
        expect(event.body["before"] == last.get(event.key), f"before is the previous after: {event}: {event.body}")
        if event.body["before"] is None:
            self.keys[event.key] = event.body["origin"][0]["key"]
        if event.after is None:
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


def published(daemon, entities, held, wanted, seconds=120):
    """Waits until `held(entities)` is `wanted`, what the ERP holds; nobody may be writing any more. Then polling is silent."""
    def complete():
        expect(daemon.alive(), lambda: f"the daemon ended with {daemon.process.returncode}: {daemon.last_words()}")
        entities.read()
        return not differences(held(entities), wanted)
    until(complete, seconds, lambda: f"{len(differences(held(entities), wanted))} differ: "
          f"{'; '.join(differences(held(entities), wanted)[:3])}; {daemon.readiness()} {daemon.last_words()}")
    count = entities.count
    daemon.polls(3)
    entities.read()
    expect(entities.count == count, lambda: f"polling again is silent: {entities.count - count} more")
