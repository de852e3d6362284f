#!/usr/bin/python3
"""Starts lab servers and holds their answers against what the real systems answered: check_labs.py [NAME...]

Without a name the stubs alone, which take seconds: odoo, erpnext, onec. Real servers by name: tryton, odata; they install
and fetch what is missing. The checks are in checks/NAME.py: TESTS, title -> function(Server).
"""

import atexit
import importlib
import json
import os
import subprocess
import sys
import time

LAB = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [LAB, os.path.join(os.path.dirname(LAB), "system")]

# pylint: disable=wrong-import-position
from daemon import Suite, expect, scratch
from erp_workload import Http

STUBS = ["odoo", "erpnext", "onec"]
REAL = ["tryton", "odata"]
ROWS_PER_SECOND, SECONDS_TO_START = 2000, 1.0


class Server:
    """One lab server in a folder of its own; `env` is what its script printed."""

    def __init__(self, name, **environment):
        self.name, self.environment = name, environment
        self.directory = os.path.join(scratch(), name)
        self.env = {}
        atexit.register(self.script, "kill", check=False)     # for a start that is cut off

    def script(self, action, check=True):
        done = subprocess.run([os.path.join(LAB, self.name), action, self.directory], env={**os.environ, **self.environment},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", stdin=subprocess.DEVNULL,
                              check=False)
        expect(done.returncode == 0 or not check, f"{self.name} {action}: {done.stderr[-800:]}")
        return done.stdout

    def start(self):
        self.env = dict(line.split("=", 1) for line in self.script("start").splitlines())
        os.environ.update(self.env)
        return self

    def http(self, headers=None):
        return Http(self.env[f"{self.name.upper()}_URL"], headers or {})

    def control(self, path, **wish):
        return self.http().call("POST", f"/lab/{path}", wish)[1]

    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.script("stop")


def captures(name, file):
    with open(os.path.join(LAB, f"{name}.captures", file), encoding="utf-8") as text:
        return json.load(text)


def kind(value):
    """What a client's decoder sees of a value."""
    if isinstance(value, dict):
        return {key: kind(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return "list" if not value else ["list", *([kind(value[0])] if isinstance(value[0], dict) else [])]
    return type(value).__name__


def starts_quickly(server):
    began = time.monotonic()
    with Server(server.name):
        seconds = time.monotonic() - began
    server.start()     # the environment is this server's again
    # a machine may be busy: the note is the figure, the limit only catches a stub that grew slow
    expect(seconds < 5 * SECONDS_TO_START, f"a new one took {seconds:.1f} s")
    return f"{seconds:.2f} s"


def survives_a_kill(read, change):
    def test(server):
        change(server)
        before, url = read(server), server.env[f"{server.name.upper()}_URL"]
        server.script("kill")
        server.start()
        expect(server.env[f"{server.name.upper()}_URL"] == url, "the port is another one")
        expect(read(server) == before, "a kill lost or changed rows")
    return test


def is_quick(page):
    """`page` reads some rows over one connection after the other and returns how many."""
    def test(server):
        rows, began = 0, time.monotonic()
        while time.monotonic() - began < 1:
            rows += page(server)
        speed = rows / (time.monotonic() - began)
        expect(speed >= ROWS_PER_SECOND, f"{speed:.0f} rows/s")
        return f"{speed:.0f} rows/s"
    return test


def logs_nothing(server):
    expect(not server.log(), lambda: f"its log has {server.log()[-800:]}")


def main(names):
    suite = Suite()
    for name in names:
        checks = importlib.import_module(f"checks.{name}")
        with Server(name) as server:
            for title, test in checks.TESTS.items():
                suite.run(f"{name}: {title}", test, server)
    return suite.close()


if __name__ == "__main__":
    asked = sys.argv[1:] or STUBS
    if not set(asked) <= {*STUBS, *REAL}:
        sys.exit(f"usage: check_labs.py [{'|'.join([*STUBS, *REAL])}]...")
    sys.modules["check_labs"] = sys.modules["__main__"]
    sys.exit(main(asked))
