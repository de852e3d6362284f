#!/usr/bin/python3
"""What Tributary costs, in one table: first loads, reading again, the latency of changes, an idle daemon, a start, APIs.

Needs a broker and the databases in the environment; ./run bench starts them. Words choose among the measurements.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from confluent_kafka import Consumer, TopicPartition, libversion

from apis import APIS, load_api
from measured import Daemon, orders_of, until
from sources import Mariadb, Postgres


def load(directory, name, source, rows, lines=False):
    """A first load, start and topics included; leaves the daemon running."""
    source.fill(rows, lines)
    daemon = Daemon(directory, name, orders_of(source, lines)).start()
    until(lambda: daemon.events() > 0, 60, "no event comes")
    first = time.monotonic() - daemon.began
    until(lambda: daemon.events() >= rows, 900, "the load does not end")
    seconds = time.monotonic() - daemon.began
    figures = {"rows": rows, "rows_per_second": rows / seconds, "cpu_seconds_per_million": daemon.cpu() * 1e6 / rows,
               "peak_megabytes": daemon.peak_megabytes(), "first_event_seconds": first}
    # the first thread is the commit loop
    for thread, cpu in sorted(daemon.cpu_by_thread().items(), key=lambda pair: -pair[1])[:4]:
        figures[f"cpu_seconds_per_million, {thread.replace('tributary', 'commit loop')}"] = cpu * 1e6 / rows
    return daemon, figures


def loaded(*arguments, **options):
    daemon, figures = load(*arguments, **options)
    daemon.stop()
    return figures


def read_again(directory, rows):
    """A load, a reset, and the same table once more: nothing goes out."""
    daemon, _ = load(directory, "again", Postgres(), rows)
    daemon.stop()
    subprocess.run([os.environ["TRIBUTARY_BIN"], "reset", "shop/orders", "-c", str(daemon.file)], check=True,
                   stdout=subprocess.DEVNULL)
    daemon.start()
    until(lambda: daemon.feed().get("phase") == "poll" and daemon.counted("tributary_rows_read_total") >= rows, 600,
          "reading again does not end")
    seconds = time.monotonic() - daemon.began
    figures = {"rows": rows, "rows_per_second": rows / seconds, "cpu_seconds_per_million": daemon.cpu() * 1e6 / rows,
               "peak_megabytes": daemon.peak_megabytes(), "events": daemon.events()}
    daemon.stop()
    return figures


class Arrivals:
    """When a read_committed consumer got the event of each note. A process of its own: threads of one Python wait for each
    other, and what is measured would be that. Its clock is the system's, as everybody's here. It writes what it saw into
    a file: through a pipe it would wait for its reader."""

    def __init__(self, topic):
        self.file = tempfile.NamedTemporaryFile("r", prefix="arrivals-", encoding="utf-8")
        context = multiprocessing.get_context("spawn")  # a fork would take open connections along
        self.reads, self.ended, self.at = context.Event(), context.Event(), {}
        self.process = context.Process(target=arrivals_of, args=(topic, self.file.name, self.reads, self.ended))
        self.process.start()
        if not self.reads.wait(30):
            raise SystemExit("the consumer does not start")

    def seen(self):
        for line in self.file.read().splitlines():
            moment, _, note = line.partition(" ")
            self.at[note] = float(moment)
        return self.at

    def close(self):
        self.ended.set()
        self.process.join()
        self.seen()
        self.file.close()


def arrivals_of(topic, path, reads, ended):
    consumer = Consumer({"bootstrap.servers": os.environ["KAFKA_BROKERS"], "group.id": "bench",
                         "isolation.level": "read_committed", "fetch.wait.max.ms": 5, "enable.auto.commit": False})
    places = [TopicPartition(topic, p) for p in range(4)]
    for place in places:
        place.offset = consumer.get_watermark_offsets(place, timeout=10)[1]
    consumer.assign(places)
    reads.set()
    with open(path, "w", encoding="utf-8") as out:
        while not ended.is_set():
            message = consumer.poll(0.05)
            now = time.monotonic()
            if message is None:
                out.flush()     # whole lines, between two bursts
            elif not message.error() and message.value() is not None:
                out.write(f"{now} {json.loads(message.value())['after']['attributes']['note']}\n")
    consumer.close()


def latency(directory, seconds=30, per_second=1000):
    """Changes at a steady pace in transactions of their own, from the return of their commit to the consumer."""
    rows = 100_000
    source = Postgres()
    daemon, _ = load(directory, "latency", source, rows)
    arrivals, committed = Arrivals(daemon.topic), {}
    writers = 4

    def write(part):
        change = source.writer()
        for i in range(part, seconds * per_second, writers):
            pause = began + i / per_second - time.monotonic()
            if pause > 0:
                time.sleep(pause)       # the pace itself
            note = f"change {i}"
            change(1 + i * 7919 % rows, note)
            committed[note] = time.monotonic()
    cpu, began = daemon.cpu(), time.monotonic()
    threads = [threading.Thread(target=write, args=(part,)) for part in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, cpu = time.monotonic() - began, daemon.cpu() - cpu
    # of two changes of one row between two polls only the later one is seen
    until(lambda: len(arrivals.seen()) >= 0.99 * len(committed), 30, "changes do not arrive")
    arrivals.close()
    daemon.stop()
    waits = sorted((arrivals.at[note] - committed[note]) * 1000 for note in arrivals.at if note in committed)
    return {"changes": len(committed), "changes_per_second": len(committed) / took, "arrived": len(waits),
            "p50_milliseconds": waits[len(waits) // 2], "p99_milliseconds": waits[len(waits) * 99 // 100],
            "max_milliseconds": waits[-1], "cpu_percent_of_a_core": 100 * cpu / took}


def idle(directory, seconds=30):
    """Nothing changes; polled ten times a second."""
    daemon, _ = load(directory, "idle", Postgres(), 10_000)
    until(lambda: daemon.feed().get("phase") == "poll", 30, "it does not poll")
    before, began = daemon.cpu(), time.monotonic()
    time.sleep(seconds)     # what is measured
    figures = {"cpu_percent_of_a_core": 100 * (daemon.cpu() - before) / (time.monotonic() - began),
               "peak_megabytes": daemon.peak_megabytes()}
    daemon.stop()
    return figures


def start(directory):
    """A clean stop, a change meanwhile, a start: until that change can be read."""
    source = Postgres()
    daemon, _ = load(directory, "start", source, 100_000)
    daemon.stop()
    change, waits = source.writer(), []
    for turn in range(5):
        change(17, f"turn {turn}")
        arrivals = Arrivals(daemon.topic)
        daemon.start()
        until(lambda seen=arrivals, note=f"turn {turn}": note in seen.seen(), 30, "the change does not come")
        waits.append(arrivals.at[f"turn {turn}"] - daemon.began)
        arrivals.close()
        daemon.stop()
    waits.sort()
    return {"starts": len(waits), "median_seconds": waits[len(waits) // 2], "max_seconds": waits[-1]}


def measurements(rows, api_rows):
    return {
        f"load, PostgreSQL, {rows:,} orders": lambda d: loaded(d, "pg", Postgres(), rows),
        f"load, PostgreSQL, {rows // 10:,} orders": lambda d: loaded(d, "pg-small", Postgres(), rows // 10),
        f"load, PostgreSQL, {rows // 2:,} orders with two lines each":
            lambda d: loaded(d, "lines", Postgres(), rows // 2, lines=True),
        f"load, MariaDB, {rows:,} orders": lambda d: loaded(d, "mariadb", Mariadb(), rows),
        f"again, PostgreSQL, {rows:,} orders of which none changed": lambda d: read_again(d, rows),
        "latency, 1,000 changes a second, polled every 100 ms": latency,
        "idle, polled every 100 ms": idle,
        "start after a clean stop": start,
        **{f"api, {api.title}": lambda d, api=api: load_api(d, api, api_rows) for api in APIS},
    }


def machine():
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown processor")
    version = subprocess.run([os.environ["TRIBUTARY_BIN"], "--version"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout.strip()
    return {"processor": model, "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "tributary": version,
            "postgres": Postgres().version(), "mariadb": Mariadb().version(), "consumer_librdkafka": libversion()[0]}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("words", nargs="*", help="only measurements with one of these in their title")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--api-rows", type=int, default=5_000, help="orders (parties) that APIs are read for")
    options.add_argument("--json", help="also write the figures there")
    chosen = options.parse_args()
    report = {"machine": machine(), "figures": {}}
    for name, value in report["machine"].items():
        print(f"{name:24} {value}")
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o711)      # a database server of another user may live below it
        for title, measure in measurements(chosen.rows, chosen.api_rows).items():
            if chosen.words and not any(word in title for word in chosen.words):
                continue
            busy = os.getloadavg()[0]
            figures = report["figures"][title] = {**measure(directory), "load_average_before": busy}
            print(f"\n{title}")
            for name, value in figures.items():
                print(f"  {name:52} {value:>14,.2f}" if isinstance(value, float) else f"  {name:52} {value:>14,}",
                      flush=True)
    if chosen.json:
        pathlib.Path(chosen.json).write_text(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
