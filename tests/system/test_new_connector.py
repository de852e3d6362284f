#!/usr/bin/python3
"""./run new-connector in a throw-away copy of the checkout: what it makes is what the unit tests compile and run."""

import os
import shutil
import subprocess
import sys

from daemon import Failure, Suite, expect, scratch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.dirname(os.path.abspath(os.environ.get("TRIBUTARY_BIN", os.path.join(ROOT, "build/release/tributary"))))
NAME = "from_template"  # as in cmake/conformance.cmake


def checkout():
    """A copy of what git knows or would take."""
    copy = scratch()
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True, text=True).stdout
    for path in filter(None, listed.split("\0")):
        if os.path.exists(os.path.join(ROOT, path)):
            os.makedirs(os.path.dirname(os.path.join(copy, path)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, path), os.path.join(copy, path))
    return copy


def new_connector(copy, name):
    return subprocess.run(["./run", "new-connector", name], cwd=copy, capture_output=True, text=True, check=False)


def texts(folder):
    found = {}
    for at, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(at, name)
            with open(path, encoding="utf-8") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def makes_what_is_tested():
    copy = checkout()
    made = new_connector(copy, NAME)
    expect(made.returncode == 0, lambda: made.stdout + made.stderr)
    ours = texts(os.path.join(copy, "connectors", NAME))
    compiled = texts(os.path.join(BUILD, "generated/connectors", NAME))
    expect("connector.cpp" in ours, lambda: f"it made {sorted(ours)}")
    expect(ours.keys() <= compiled.keys(), lambda: f"not compiled: {sorted(ours.keys() - compiled.keys())}")
    for path, text in ours.items():
        expect(text == compiled[path], f"{path} is not what is compiled: is {BUILD} up to date?")
        expect("@NAME@" not in text, f"{path} still has a placeholder")


def is_formatted():
    copy = checkout()
    for name in ("x", "a_name_with_24_letters__"):
        expect(new_connector(copy, name).returncode == 0, f"{name} is refused")
        sources = [path for path in texts(os.path.join(copy, "connectors", name)) if path.endswith((".cpp", ".hpp"))]
        checked = subprocess.run(["clang-format-16", "--dry-run", "-Werror", *sources], capture_output=True, text=True,
                                 cwd=os.path.join(copy, "connectors", name), check=False)
        expect(checked.returncode == 0, checked.stderr)


def is_listed():
    """`tributary list` shows the catalogue; configuring alone writes it."""
    copy = checkout()
    new_connector(copy, NAME)
    configured = subprocess.run(["cmake", "--preset", "release"], cwd=copy, capture_output=True, text=True, check=False)
    expect(configured.returncode == 0, lambda: configured.stdout + configured.stderr)
    with open(os.path.join(copy, "build/release/generated/catalogue.cpp"), encoding="utf-8") as file:
        catalogue = file.read()
    expect(f"&tributary::{NAME}::connector()," in catalogue, lambda: f"it is not in the catalogue: {catalogue}")
    expect("&tributary::sqlite::connector()," in catalogue, lambda: f"the others are not: {catalogue}")


def refuses():
    copy = checkout()
    before = sorted(os.listdir(os.path.join(copy, "connectors")))
    for name, why in (("", "NAME"), ("Shop", "a-z"), ("9lives", "a-z"), ("a/b", "a-z"), ("co_await", "word of C++"),
                      ("sqlite", "there already"), ("kit", "there already"), ("x" * 25, "24")):
        made = new_connector(copy, name)
        expect(made.returncode != 0 and why in made.stderr, lambda name=name, made=made: f"{name}: {made.stderr}")
    expect(sorted(os.listdir(os.path.join(copy, "connectors"))) == before, "a refused name leaves a folder")


TESTS = {
    "new-connector makes the text that the unit tests compile and run": makes_what_is_tested,
    "what it makes is formatted, whatever the name's length": is_formatted,
    "a connector's folder is all the catalogue needs": is_listed,
    "a name that cannot be a namespace, or is taken, is refused": refuses,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
