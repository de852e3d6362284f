#!/usr/bin/env python3
"""Runs what the documentation shows: README.md, docs, the connectors' READMEs, and the samples in config/ and the connectors' folders.

A fenced block's first line says what is done with it; blocks of one file share directory, exported variables and files:

    ```sh run                 is run by bash; must end with status 0, or with the one in `status=N`
    ```sh run background      is started, and stopped by SIGTERM before the next such block and at the end of the file
    ```sh run until           is run again and again until the block of expectations below it is met
    ```text expect            lines of the last block's output, in this order; … stands for anything. `unordered`
    ```yaml lint              a complete configuration: `tributary lint` accepts it. `save=NAME` keeps it
    ```yaml lint sources      likewise, but only the sources: the rest is added
    ```yaml save=NAME         is kept for the blocks below it
    ```sh shown               is not run; a block of sh or yaml that says none of these is a failure

Every file starts in the repository's root, which is REPOSITORY too, and leaves it at the latest for a block to keep; it
ends with its first block that fails. Links to files and names of tests are checked as well.

TRIBUTARY_BIN is the program (default: build/release/tributary). The broker the documentation speaks of is that of
KAFKA_BROKERS, the database that of PG_HOST, PG_PORT and PG_USER, and 8480 any free port. Topics get a prefix of their
own, and what `createdb` makes is dropped at the end of the file."""

import argparse
import glob
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

from blocks import ROOT, documents, read_blocks
from references import dead_references

DEADLINE = 90       # seconds for a block, and for `until`
CREATED_DATABASE = re.compile(r"^createdb (\w+)$", re.MULTILINE)
# What a configuration needs besides sources.
AROUND_SOURCES = """tenant: acme
instance: acme-docs
state: {directory: state}
kafka: {brokers: [localhost:9092], topic_prefix: acme.crm}
"""


def unmet(block, output):
    """The first expected line that the output lacks, or None."""
    lines, at = output.splitlines(), 0
    for expected in block.expect:
        pattern = re.compile(".*".join(re.escape(part) for part in expected.rstrip().split("…")))
        found = next((i for i in range(at, len(lines)) if pattern.fullmatch(lines[i].rstrip())), None)
        if found is None:
            return expected
        at = 0 if block.unordered else found + 1
    return None


class Session:
    """What the blocks of one file share. `close` stops what runs in the background."""

    def __init__(self, scratch, stand_ins, environment):
        self.scratch = scratch
        self.stand_ins = stand_ins
        self.environment = environment
        self.state = os.path.join(scratch, "session")
        self.background = None
        self.databases = []
        with open(self.state, "w", encoding="utf-8") as state:
            state.write(f"cd {shlex.quote(ROOT)}\n")

    def substitute(self, text):
        for shown, real in self.stand_ins.items():
            text = text.replace(shown, real)
        return text

    def start(self, text, output):
        keep = f'{{ export -p; printf "cd %q\\n" "$PWD"; }} > {shlex.quote(self.state)}'
        script = f"set -euo pipefail\n. {shlex.quote(self.state)}\n{self.substitute(text)}\n{keep}\n"
        return subprocess.Popen(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, env=self.environment, start_new_session=True)

    def run(self, text):
        """(status, output); None for the status when it did not end in time."""
        with tempfile.TemporaryFile() as output:
            process = self.start(text, output)
            try:
                status = process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                status = None
            output.seek(0)
            return status, output.read().decode("utf-8", "replace")

    def start_background(self, text):
        output = tempfile.TemporaryFile()
        self.background = output, self.start("exec " + text.strip(), output)

    def stop_background(self):
        """A complaint, or None."""
        if self.background is None:
            return None
        (output, process), self.background = self.background, None
        early = process.poll()
        if early is None:
            process.terminate()
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = "killed: it did not stop"
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
        output.close()
        if early is None and status == 0:
            return None
        return f"{'ended by itself' if early is not None else 'stopped'}, status {status}\n{text[-4000:]}"

    def drop_databases(self):
        """A complaint, or None."""
        for name in self.databases:
            status, output = self.run(f"dropdb --force {name}")
            if status != 0:
                return output
        return None

    def save(self, name, text):
        status, directory = self.run('[ "$PWD" != "$REPOSITORY" ] || cd "$(mktemp -d)"; pwd')
        if status != 0:
            sys.exit(directory)
        path = os.path.join(directory.strip(), name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.substitute(text))
        return path


def lint(session, block):
    if "save" in block.words:
        path = session.save(block.words["save"], block.text)
    else:
        path = os.path.join(session.scratch, "block.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(session.substitute((AROUND_SOURCES if "sources" in block.words else "") + block.text))
    if "lint" not in block.words:
        return None
    status, output = session.run(f"tributary lint -c {shlex.quote(path)}")
    return None if status == 0 else f"status {status}\n{output}"


def run_once(session, block):
    session.databases += CREATED_DATABASE.findall(block.text)
    status, output = session.run(block.text)
    wanted = int(block.words.get("status", "0"))
    if status != wanted:
        return f"status {status} instead of {wanted}\n{output[-4000:]}"
    missing = unmet(block, output)
    return None if missing is None else f"not in the output: {missing}\n{output[-4000:]}"


def run_until(session, block):
    deadline = time.monotonic() + DEADLINE
    while True:
        complaint = run_once(session, block)
        if complaint is None or time.monotonic() > deadline:
            return complaint
        time.sleep(0.2)


def run_block(session, block):
    """A complaint, or None."""
    if block.language == "yaml":
        return lint(session, block)
    if "until" in block.words:
        return run_until(session, block)
    if "background" in block.words:
        complaint = session.stop_background()
        session.start_background(block.text)
        return complaint
    return run_once(session, block)


def environment_for(scratch):
    environment = dict(os.environ, TMPDIR=scratch, REPOSITORY=ROOT, WAREHOUSE_DSN="postgresql:///wms",
                       WAREHOUSE_PASSWORD="none")
    program = os.path.join(ROOT, os.environ.get("TRIBUTARY_BIN", "build/release/tributary"))
    folders = [os.path.join(scratch, "bin"), os.environ.get("PG_BIN")]
    os.mkdir(folders[0])
    os.symlink(program, os.path.join(folders[0], "tributary"))
    environment["PATH"] = os.pathsep.join([folder for folder in folders if folder] + [os.environ["PATH"]])
    for name in ("HOST", "PORT", "USER"):
        if f"PG_{name}" in os.environ:
            environment[f"PG{name}"] = os.environ[f"PG_{name}"]
    return environment


def stand_ins():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return {"localhost:9092": os.environ.get("KAFKA_BROKERS", "localhost:9092"), "8480": port,
            **{prefix: f"{prefix}.{uuid.uuid4().hex[:8]}" for prefix in ("acme.crm", "acme.pg")}}


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, title, complaint):
        if complaint is None:
            self.passed += 1
            print(f"ok    {title}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {title}\n      " + complaint.strip().replace("\n", "\n      "), flush=True)


def run_file(file, count):
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(scratch, stand_ins(), environment_for(scratch))
        for block in read_blocks(file):
            complaint = run_block(session, block)
            count.add(block.title(), complaint)
            if complaint is not None:
                break
        if session.background is not None:
            count.add(f"{os.path.relpath(file, ROOT)}: what runs in the background stops", session.stop_background())
        if session.databases:
            count.add(f"{os.path.relpath(file, ROOT)}: what it made is dropped", session.drop_databases())


def check_references(count):
    for file in documents():
        dead = dead_references(file)
        count.add(f"{os.path.relpath(file, ROOT)}: what it names is there", "\n".join(dead) if dead else None)


def lint_samples(count):
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(scratch, {}, environment_for(scratch))
        samples = [path for place in ("config", "connectors/*/sample") for path in glob.glob(os.path.join(ROOT, place, "*.yaml"))]
        for sample in sorted(samples):
            name = os.path.relpath(sample, ROOT)
            status, output = session.run(f"tributary lint -c {shlex.quote(sample)}")
            count.add(f"lint {name}", None if status == 0 else f"status {status}\n{output}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="default: all, and the samples")
    options = parser.parse_args()
    count = Count()
    if not options.files:
        check_references(count)
        lint_samples(count)
    for file in options.files or documents():
        if os.path.exists(file):
            run_file(os.path.abspath(file), count)
        else:
            count.add(file, "it is not there")
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
