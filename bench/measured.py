"""A daemon under measurement: its configuration, its counters, its CPU and memory."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

FIELDS = {"number": "number", "customer": {"reference": "customer", "from": "customer_id"},
          "status": {"from": "status", "map": {"N": "open", "P": "confirmed", "S": "shipped", "X": "cancelled"}},
          "ordered_at": "ordered_at", "total": {"amount": {"from": "total"}, "currency": {"from": "currency"}},
          "attributes": {"note": "note"}}
LINES = {"each": "lines", "fields": {"number": "line_no", "product": {"reference": "product", "from": "sku"},
                                     "quantity": {"from": "quantity", "type": "decimal"}}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds, what):
    """Polls every 20 ms: how often the clock is read, not what is waited for."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"after {seconds} s: {what}")
        time.sleep(0.02)
    return value


def orders_of(source, lines=False, every="100ms"):
    """The sources of a configuration: orders in a database."""
    stream = {"table": "web_order", "key": ["id"], "watermark": {"column": "updated_at", **source.watermark},
              "every": every, "entity": "sales_order", "fields": dict(FIELDS)}
    if lines:
        stream["include"] = {"lines": {"table": "web_order_line", "on": {"order_id": "id"}, "key": ["line_no"]}}
        stream["fields"]["lines"] = LINES
    return {"shop": {**source.access(), "defaults": {"time_zone": "UTC"}, "streams": {"orders": stream}}}


class Daemon:
    """One instance, topics of its own."""

    def __init__(self, directory, name, sources):
        self.port, self.name = free_port(), name
        self.topic = f"bench-{name}.sales_order"
        self.file = pathlib.Path(directory) / f"{name}.yaml"
        self.log = self.file.with_suffix(".log")
        self.configuration = {
            "tenant": "bench", "instance": name, "state": {"directory": f"{directory}/state-{name}"},
            "kafka": {"brokers": [os.environ["KAFKA_BROKERS"]], "topic_prefix": f"bench-{name}", "partitions": 4},
            "http": {"listen": f"127.0.0.1:{self.port}"}, "sources": sources}
        self.process = None

    def start(self):
        self.file.write_text(json.dumps(self.configuration))
        self.began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([os.environ["TRIBUTARY_BIN"], "run", "-c", str(self.file),
                                             "--log-level", "warning"], stderr=log)
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def _get(self, path):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2).read().decode()
        except OSError:
            return ""

    def counted(self, metric):
        if self.process.poll() is not None:
            raise SystemExit(f"the daemon ended with {self.process.returncode}: {self.log.read_text()[-2000:]}")
        return sum(float(line.rsplit(" ", 1)[1]) for line in self._get("/metrics").splitlines()
                   if line.startswith(metric + "{"))

    def events(self):
        return self.counted("tributary_events_total")

    def feed(self):
        status = self._get("/v1/sources?expand=status")
        return json.loads(status)["sources"][0]["feeds"][0] if status else {}

    def cpu(self):
        return cpu_of(f"/proc/{self.process.pid}/stat")

    def cpu_by_thread(self):
        seconds = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                name = (task / "comm").read_text().strip()
                seconds[name] = seconds.get(name, 0) + cpu_of(task / "stat")
            except OSError:
                continue
        return seconds

    def peak_megabytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024 / 1e6


def cpu_of(path):
    """Seconds, of a file /proc/…/stat."""
    fields = pathlib.Path(path).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
