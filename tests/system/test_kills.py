#!/usr/bin/python3
"""SIGKILL at each step of both loops and at random moments, while sources are written to; then the ledger must hold.

    test_kills.py [--kills N] [--seed S] [--lanes N] [--sources sqlite,postgres]

Each lane is a daemon with a source of its own, in turn of those kinds. Three kills of five are at failpoints: the daemon
counts the hits of one step and kills itself at the n-th. The others are ours, two of three at a moment at which the
broker is seen to have a transaction open. Every few kills the state cache is deleted, damaged or replaced by an older
copy before the restart.
"""

import argparse
import os
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter
from functools import partial

from daemon import ROOT, Daemon, Failure, Suite, expect, scratch, side_by_side, until
from ledger import Ledger
from workload import PostgresSource, SqliteSource, Writer

LEAST_HITS = 5          # of each failpoint, when there are kills enough
MOST_TRIES = 20         # for a kill that finds changes in flight
ENOUGH_KILLS = 90
# most hits before the kill; the claim is a transaction too, so the steps it takes count from the second hit on
EARLIEST = {"commit.produced": 2, "kafka.before_commit": 2, "kafka.after_commit": 2, "kafka.after_init": 1}
LATEST = {"kafka.after_init": 1}
# several streams over fewer connections, where a source has such
SHARED = {"parts": 3, "access": {"connections": 2}}


def failpoints():
    """The names are declared in one place."""
    with open(os.path.join(ROOT, "core/status/failpoint.cpp"), encoding="utf-8") as file:
        block = re.search(r"declared = \{(.*?)\};", file.read(), re.S).group(1)
    names = re.findall(r'"([a-z_.]+)"', block)
    expect(len(names) >= 10, "the failpoints are not found in core/status/failpoint.cpp")
    return names


class Lane:
    """One daemon, its source and its ledger."""

    def __init__(self, number, seed, source):
        self.rng = random.Random(seed * 1000 + number)
        self.seed = seed * 1000 + number
        self.directory = scratch()
        self.source = source(self.directory)
        self.daemon = Daemon(self.source.configuration(), directory=self.directory)
        self.daemon.start().ready()
        self.ledger = Ledger(self.daemon)
        self.old_copy = None
        self.hits, self.cache, self.idle, self.looks = Counter(), Counter(), 0, 0

    def run(self, plan):
        """`plan`: names of failpoints, "open" and "random". Leaves the daemon running and the source at rest."""
        with Writer(self.source, self.seed) as writer:
            for kind in plan:
                for _ in range(MOST_TRIES):
                    if self.killed_in_flight(kind):
                        break
                    self.idle += 1
                else:
                    raise Failure(f"nothing was in flight at any of {MOST_TRIES} kills at {kind}")
            expect(writer.error is None, lambda: f"the writer broke: {writer.error}")
            self.daemon.start()
        self.daemon.ready()
        self.ledger.settled(self.source)

    def killed_in_flight(self, kind):
        """Kills once. True, and counted, if the daemon was in the middle of something: the source is ahead of the topic."""
        place = kind
        if kind in ("open", "random"):
            place = self.kill_at_random(kind == "open")
        else:
            self.kill_at(kind)
        in_flight = self.behind() > 0
        self.hits[place] += in_flight
        self.maybe_touch_cache()
        return in_flight

    def behind(self):
        rows = self.source.rows()
        self.ledger.read(past_open=False)
        return len(self.ledger.missing(rows))

    def kill_at(self, name):
        count = self.rng.randint(EARLIEST.get(name, 1), LATEST.get(name, 9))
        self.stopped()
        self.daemon.start(failpoint=f"{name}:{count}")
        code = self.daemon.exit_code(60)
        expect(code == -signal.SIGKILL,
               lambda: f"at {name}:{count} the daemon ended with {code}: {self.daemon.last_words()}")

    def kill_at_random(self, in_transaction):
        self.stopped()
        self.daemon.start().ready()
        if in_transaction:
            until(self.held_in_transaction, 60, lambda: (
                f"no open transaction of {self.source.name} is seen: {self.daemon.feeds()} {self.daemon.last_words()}"))
        else:
            time.sleep(self.rng.uniform(0, 0.5))    # the random moment itself
        code = self.daemon.kill()
        expect(code == -signal.SIGKILL,
               lambda: f"the daemon had ended by itself with {code}: {self.daemon.last_words()}")
        return "inside" if self.ledger.log.open_transaction() else "outside"

    def held_in_transaction(self):
        """Stops the process at a random moment, for good if the broker sees a transaction open then. Looking first
        would be too slow: a transaction takes a few milliseconds. A daemon that goes on polls at once, so a moment that
        is always the same after that can fall behind its transaction each time."""
        self.looks += 1
        time.sleep(self.rng.uniform(0, 0.06))       # the random moment itself
        self.daemon.signal(signal.SIGSTOP)
        if self.ledger.log.open_transaction():
            return True
        self.daemon.signal(signal.SIGCONT)
        return False

    def stopped(self):
        if self.daemon.alive():
            self.daemon.kill()

    def maybe_touch_cache(self):
        file = os.path.join(self.daemon.state, "state.db")
        chance = self.rng.random()
        if not os.path.exists(file) or chance > 0.4:
            return
        if chance < 0.12:
            self.cache["copied"] += 1
            self.old_copy = os.path.join(self.directory, "old")
            shutil.rmtree(self.old_copy, ignore_errors=True)
            shutil.copytree(self.daemon.state, self.old_copy)
        elif chance < 0.22:
            self.cache["deleted"] += 1
            for name in os.listdir(self.daemon.state):
                if name.startswith("state.db"):
                    os.remove(os.path.join(self.daemon.state, name))
        elif chance < 0.31 or not self.old_copy:
            self.cache["damaged"] += 1
            self.damage(file)
        else:
            self.cache["rolled back"] += 1
            shutil.rmtree(self.daemon.state)
            shutil.copytree(self.old_copy, self.daemon.state)

    def damage(self, file):
        """Flips bytes in the middle of the database, and of its write-ahead log."""
        for name in (file, file + "-wal"):
            size = os.path.getsize(name) if os.path.exists(name) else 0
            if size < 4096:
                continue
            with open(name, "r+b") as damaged:
                for _ in range(20):
                    at = self.rng.randrange(size // 4, size - 1)
                    damaged.seek(at)
                    byte = damaged.read(1)[0]
                    damaged.seek(at)
                    damaged.write(bytes([byte ^ 0xff]))


def plans(kills, lanes, rng):
    names = failpoints()
    at_failpoints = max(kills * 3 // 5, LEAST_HITS * len(names) if kills >= ENOUGH_KILLS else 0)
    shuffled = rng.sample(names, len(names))
    kinds = [shuffled[i % len(names)] for i in range(at_failpoints)]
    kinds += ["random" if i % 3 == 0 else "open" for i in range(kills - at_failpoints)]
    rng.shuffle(kinds)
    return [kinds[i::lanes] for i in range(lanes)]


def source_kind(name):
    if name == "mariadb":
        # pylint: disable-next=import-outside-toplevel
        from mariadb_workload import MariadbSource      # its client is wanted by nobody else
        return partial(MariadbSource, **SHARED)
    return {"sqlite": SqliteSource, "postgres": partial(PostgresSource, **SHARED)}[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--lanes", type=int, default=3)
    parser.add_argument("--sources", default="sqlite,postgres,mariadb")
    options = parser.parse_args()
    kinds = plans(options.kills, options.lanes, random.Random(options.seed))
    suite, lanes = Suite(), []
    print(f"seed {options.seed}", flush=True)

    def killed():
        made = [source_kind(name) for name in options.sources.split(",")]
        lanes.extend(Lane(i, options.seed, made[i % len(made)]) for i in range(options.lanes))
        began = time.monotonic()
        side_by_side([partial(lane.run, plan) for lane, plan in zip(lanes, kinds)])
        return f"{(time.monotonic() - began) / options.kills:.2f} s each"

    def total(name):
        return sum((getattr(lane, name) for lane in lanes), Counter())

    def hits():
        least = LEAST_HITS if options.kills >= ENOUGH_KILLS else 0
        counts = total("hits")
        for name in failpoints():
            print(f"       {name}: {counts[name]} kills", flush=True)
            expect(counts[name] >= least, f"{name} was hit {counts[name]} times, {least} are asked for")
        expect(counts.total() == options.kills, f"{counts.total()} of {options.kills} kills happened")
        return f"{counts.total()} with changes in flight, and {sum(lane.idle for lane in lanes)} more without"

    def inside():
        counts = total("hits")
        expect(counts["inside"] > 0 and counts["inside"] >= counts["outside"], f"{dict(counts)}")
        looks = sum(lane.looks for lane in lanes)
        return f"{counts['inside']} of {counts['inside'] + counts['outside']}; {looks} looks for an open one"

    def held():
        expect(len(lanes) == options.lanes, "the lanes did not start")
        return "; ".join(lane.ledger.holds(lane.source) for lane in lanes)

    def caches():
        counts = total("cache")
        if options.kills >= ENOUGH_KILLS:
            for kind in ("deleted", "damaged", "rolled back"):
                expect(counts[kind] > 0, f"no cache was {kind}: {dict(counts)}")
        return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "none touched"

    suite.run(f"{options.kills} times killed, {options.kills} times back", killed)
    steps = "each step" if options.kills >= ENOUGH_KILLS else "steps"
    suite.run(f"{steps} of both loops: killed there with changes in flight", hits)
    if options.kills >= ENOUGH_KILLS:   # a share of a few says nothing
        suite.run("at least half of the random kills were inside an open transaction", inside)
    suite.run("deleted, damaged and older caches were met", caches)
    suite.run("the ledger holds", held)
    return suite.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{failure}")
