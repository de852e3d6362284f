#!/usr/bin/python3
"""./run demo, as somebody who sees the project for the first time: eight seconds, twice in a row."""

import os
import re
import subprocess
import sys

from daemon import BINARY, PATIENCE, ROOT, Suite, expect, scratch, until

ENTITIES = ("customer", "product", "sales_order", "shipment", "invoice", "payment", "stock_level")
SUMMARY = re.compile(r"^ +(\w+) +created +(\d+)  updated +(\d+)  status changed +(\d+)  deleted +(\d+)$", re.MULTILINE)
EVENT = re.compile(r"^[a-z]{3}_\w{8}  (\w+) +(created|updated|status_changed|deleted) ", re.MULTILINE)


def demo(*options, **environment):
    """(status, output). The program is built already: nothing may be compiled."""
    done = subprocess.run(["./run", "demo", *options], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", timeout=120 * PATIENCE, check=False,
                          env={**os.environ, "TRIBUTARY_BIN": BINARY, **environment})
    return done.returncode, done.stdout


def processes_of(directory):
    """Those that have the directory in their environment or on their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for name in ("environ", "cmdline"):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    if directory.encode() in file.read() and int(pid) != os.getpid():
                        found.append(pid)
        except OSError:
            continue    # it has ended, or is somebody else's
    return found


def runs_to_its_end(directory):
    status, output = demo("--seconds", "8", TMPDIR=directory)
    expect(status == 0, lambda: f"it ended with {status}: {output[-2000:]}")
    happened = set(EVENT.findall(output))
    missing = [entity for entity in ENTITIES if (entity, "created") not in happened]
    expect(not missing, lambda: f"no events of {missing}")
    expect(any(kind == "status_changed" for _, kind in happened), lambda: f"nothing changes its status: {happened}")
    counts = {entity: [int(count) for count in row] for entity, *row in SUMMARY.findall(output)}
    expect(set(counts) == set(ENTITIES), lambda: f"the summary is about {set(counts)}")
    expect(all(row[0] > 0 for row in counts.values()), lambda: f"nothing was created: {counts}")
    expect(sum(sum(row[1:3]) for row in counts.values()) > 0, lambda: f"nothing changed: {counts}")
    expect(re.search(r"^ +rejects +1$", output, re.MULTILINE), "the order with an unknown status is no reject")
    expect(os.listdir(directory) == [], lambda: f"it leaves files behind: {os.listdir(directory)}")
    until(lambda: not processes_of(directory), 5, lambda: f"it leaves processes behind: {processes_of(directory)}")
    return f"{sum(map(sum, counts.values()))} events"


def runs_twice():
    directory = scratch()
    return ", then ".join(runs_to_its_end(directory) for _ in range(2))


def refuses(word, *options, **environment):
    directory = scratch()
    status, output = demo(*options, TMPDIR=directory, **environment)
    expect(status != 0 and word in output, lambda: f"it ended with {status} and said {output}")
    expect(os.listdir(directory) == [], lambda: f"it leaves files behind: {os.listdir(directory)}")


def refuses_nonsense():
    refuses("--seconds takes a whole number", "--seconds", "soon")
    refuses("./run demo [OPTION", "--sceonds", "8")


TESTS = {
    "it ends by itself, all seven entities have come through, and nothing is left behind; twice": runs_twice,
    "options that make no sense are refused": refuses_nonsense,
    "a daemon that ends early fails the demo":
        lambda: refuses("ended early", "--seconds", "8", TRIBUTARY_BIN="/bin/false"),
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
