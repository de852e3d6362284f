#!/usr/bin/env python3
"""Initial load of N sales orders from PostgreSQL to a real broker: rows/s, CPU seconds of the daemon, peak memory.

Needs KAFKA_BROKERS, PG_DSN, PG_BIN and TRIBUTARY_BIN in the environment; ./run bench sets them.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

TABLE = """
drop table if exists web_order;
create table web_order(id bigint primary key, number text not null, customer_id bigint not null, status text not null,
  ordered_at timestamptz not null, total numeric(12,2) not null, currency text not null, note text,
  updated_at timestamptz not null default now());
insert into web_order
  select i, 'WEB-' || i, i % 50000, (array['N','P','S','X'])[1 + i % 4], now() - (i % 1000) * interval '1 minute',
         (i % 100000) / 100.0, (array['EUR','PLN','USD'])[1 + i % 3], 'delivery note of order ' || i, now()
  from generate_series(1, {rows}) i;
create index on web_order(updated_at, id);
analyze web_order;
"""

CONFIGURATION = """
tenant: bench
instance: bench-{run}
state: {{directory: {directory}/state-{run}}}
kafka: {{brokers: [{brokers}], topic_prefix: bench{run}, partitions: 4}}
http: {{listen: 127.0.0.1:{port}}}
sources:
  shop:
    connector: postgres
    dsn: {dsn}
    defaults: {{time_zone: UTC}}
    streams:
      orders:
        table: web_order
        key: [id]
        watermark: {{column: updated_at}}
        every: 100ms
        entity: sales_order
        fields:
          number: number
          customer: {{reference: customer, from: customer_id}}
          status: {{from: status, map: {{N: open, P: confirmed, S: shipped, X: cancelled}}}}
          ordered_at: ordered_at
          total: {{amount: {{from: total}}, currency: {{from: currency}}}}
          attributes: {{note: note}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def psql(sql):
    subprocess.run([f"{os.environ['PG_BIN']}/psql", "-q", "-v", "ON_ERROR_STOP=1", os.environ["PG_DSN"]], input=sql,
                   text=True, check=True)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


def events_published(port):
    try:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2).read().decode()
    except OSError:
        return 0
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith("tributary_events_total{"))


def load(rows, directory, run):
    port = free_port()
    file = pathlib.Path(directory) / f"bench-{run}.yaml"
    file.write_text(CONFIGURATION.format(run=run, directory=directory, brokers=os.environ["KAFKA_BROKERS"], port=port,
                                         dsn=os.environ["PG_DSN"]))
    began = time.monotonic()
    daemon = subprocess.Popen([os.environ["TRIBUTARY_BIN"], "run", "-c", str(file), "--log-level", "warning"])
    first = None
    try:
        while (seen := events_published(port)) < rows:
            if daemon.poll() is not None:
                raise SystemExit(f"the daemon ended with {daemon.returncode}")
            if time.monotonic() - began > 900:
                raise SystemExit(f"only {seen} of {rows} events after 15 minutes")
            if seen > 0 and first is None:
                first = time.monotonic()
            time.sleep(0.1)  # how often the clock is read, not what is waited for
        ended = time.monotonic()
        return {"rows": rows, "seconds": ended - began, "start_seconds": (first or ended) - began,
                "rows_per_second": rows / (ended - began), "cpu_seconds_per_million": cpu_seconds(daemon.pid) * 1e6 / rows,
                "peak_megabytes": peak_bytes(daemon.pid) / 1e6}
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=30)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--directory", default="/tmp")
    options.add_argument("--json", help="also write the figures there")
    chosen = options.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {chosen.rows} orders of nine columns")
    psql(TABLE.format(rows=chosen.rows))
    results = [load(chosen.rows, chosen.directory, run) for run in range(chosen.runs)]
    print(f"{'':28}{'median':>12}{'least':>12}{'most':>12}")
    for figure in ("rows_per_second", "cpu_seconds_per_million", "peak_megabytes", "start_seconds", "seconds"):
        values = [result[figure] for result in results]
        print(f"{figure:28}{statistics.median(values):>12.1f}{min(values):>12.1f}{max(values):>12.1f}")
    if chosen.json:
        pathlib.Path(chosen.json).write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
