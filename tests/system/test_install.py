#!/usr/bin/python3
"""What `cmake --install` puts in place, and whether systemd takes the unit."""

import os
import subprocess
import sys

from daemon import Suite, expect, scratch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.dirname(os.path.abspath(os.environ.get("TRIBUTARY_BIN", os.path.join(ROOT, "build/release/tributary"))))


def installed():
    prefix = os.path.join(scratch(), "usr")
    done = subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, lambda: done.stderr)
    return prefix


def unit_of(prefix):
    return os.path.join(prefix, "lib/systemd/system/tributary.service")


def everything_is_in_place():
    prefix = installed()
    version = subprocess.run([os.path.join(prefix, "bin/tributary"), "--version"], capture_output=True, text=True,
                             check=False)
    expect(version.returncode == 0, lambda: version.stderr)
    for name in ("README.md", "docs/events.md", "config/postgres.yaml"):
        expect(os.path.exists(os.path.join(prefix, "share/doc/tributary", name)), lambda: f"{name} is not there")
    with open(unit_of(prefix), encoding="utf-8") as unit:
        text = unit.read()
    expect(f"ExecStart={prefix}/bin/tributary run" in text, "the unit names another program")
    expect("RestartPreventExitStatus=78 79\n" in text, "78 and 79 are started again")


def verify(unit):
    return subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)


def systemd_takes_the_unit():
    unit = unit_of(installed())
    found = verify(unit)
    expect(found.returncode == 0 and "tributary.service" not in found.stderr, lambda: found.stderr)
    with open(unit, "a", encoding="utf-8") as file:
        file.write("[Service]\nRestrt=always\n")
    expect("Restrt" in verify(unit).stderr, "systemd-analyze finds no mistake in a wrong unit")


TESTS = {
    "the program, its unit, docs and samples are installed": everything_is_in_place,
    "systemd takes the unit, and finds a mistake in it": systemd_takes_the_unit,
}

if __name__ == "__main__":
    sys.exit(Suite().run_all(TESTS))
