"""The real binary as a test drives it: a generated configuration, a state directory and an HTTP port of its own.

TRIBUTARY_BIN names the binary, KAFKA_BROKERS the broker.
"""

import atexit
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAB = os.environ.get("TRIBUTARY_LAB", os.path.join(ROOT, "tests/lab"))
BINARY = os.path.abspath(os.environ.get("TRIBUTARY_BIN", os.path.join(ROOT, "build/release/tributary")))
PARTITIONS = 3
# one knob for slow machines and sanitizers: every deadline is multiplied with it
PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))

_running = []


class Failure(Exception):
    """A named assertion that does not hold."""


def expect(holds, what):
    if not holds:
        raise Failure(what() if callable(what) else what)


def until(condition, seconds, what):
    """Waits for a true value and returns it. `what` may be a function: it is asked when time is up."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"after {seconds * PATIENCE:.0f} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def side_by_side(calls):
    """Each in a thread of its own; raises the first problem when all have ended."""
    problems = []

    def caught(call):
        try:
            call()
        except Exception as problem:  # pylint: disable=broad-except
            problems.append(problem)
    threads = [threading.Thread(target=caught, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port(ports=1):
    """The first of so many in a row, below the ephemeral range: no client's connection takes it between two starts."""
    while True:
        port = random.SystemRandom().randrange(30_000, 32_700)
        if not any(listens(port + i) for i in range(ports)):
            return port


def scratch():
    """A folder that is gone when the program ends; other users may enter it, as PostgreSQL has to."""
    path = tempfile.mkdtemp(prefix="tributary-test.")
    os.chmod(path, 0o711)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@atexit.register
def _kill_all():
    for process in _running:
        if process.poll() is None:
            process.kill()


def _end(number, _frame):
    sys.exit(128 + number)


signal.signal(signal.SIGTERM, _end)


class Daemon:
    def __init__(self, sources, brokers=None, prefix=None, directory=None, **top):
        self.directory = directory or scratch()
        self.prefix = prefix or f"t{uuid.uuid4().hex[:12]}"
        self.state = os.path.join(self.directory, "state")
        self.log_file = os.path.join(self.directory, "log")
        self.output_file = os.path.join(self.directory, "output")
        self.port = free_port()
        self.process = None
        self.brokers = brokers or os.environ["KAFKA_BROKERS"]
        self.configuration = {
            "tenant": "acme", "instance": "one", "state": {"directory": self.state},
            "kafka": {"brokers": [self.brokers], "topic_prefix": self.prefix, "partitions": PARTITIONS,
                      **top.pop("kafka", {})},
            "http": {"listen": f"127.0.0.1:{self.port}"}, "sources": sources, **top}
        self.write_configuration()

    def write_configuration(self):
        # JSON is YAML
        self.path = os.path.join(self.directory, "tributary.yaml")
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.configuration, file, indent=1)

    def start(self, failpoint=None, options=(), environment=None):
        expect(self.process is None or self.process.poll() is not None, "the daemon is started twice")
        env = {**os.environ, **(environment or {})}
        env.pop("TRIBUTARY_FAILPOINT", None)
        if failpoint:
            env["TRIBUTARY_FAILPOINT"] = failpoint
        with open(self.output_file, "ab") as output:
            self.process = subprocess.Popen([BINARY, "run", "-c", self.path, "--log-format", "json", *options],
                                            stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=env)
        _running.append(self.process)
        return self

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.alive():
            self.process.kill()
        self.process.wait()
        return self.process.returncode

    def signal(self, number):
        self.process.send_signal(number)

    def exit_code(self, seconds):
        try:
            return self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure(f"the process is still there after {seconds * PATIENCE:.0f} s") from None

    def stop(self, seconds=20):
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.exit_code(seconds)

    def get(self, path):
        """Status and body of an answer; (0, "") while nothing listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def readiness(self):
        """Status of /readyz and the codes and words it gives as reasons."""
        status, body = self.get("/readyz?verbose")
        return status, body

    def ready(self, seconds=60):
        def answers():
            expect(self.alive(), lambda: f"the daemon ended with {self.process.returncode}: {self.last_words()}")
            return self.readiness()[0] == 200
        until(answers, seconds, lambda: f"not ready: {self.readiness()} {self.last_words()}")
        return self

    def unready(self, word, seconds=60):
        """Waits until /readyz is 503 and its body names `word`; the process must stay up."""
        def says():
            expect(self.alive(), lambda: f"the daemon ended with {self.process.returncode}: {self.last_words()}")
            status, body = self.readiness()
            return body if status == 503 and word in body else None
        return until(says, seconds, lambda: f"/readyz does not say '{word}': {self.readiness()}")

    def feeds(self):
        status, body = self.get("/v1/sources?expand=status")
        if status != 200:
            return []
        return [feed for source in json.loads(body)["sources"] for feed in source["feeds"]]

    def pulls(self):
        return {feed["name"]: feed["pulls"] for feed in self.feeds()}

    def polls(self, more, seconds=60):
        """Waits until every feed has pulled `more` times again."""
        before = until(self.pulls, seconds, "no feed shows")

        def pulled():
            now = self.pulls()
            return now and all(now[name] >= before[name] + more for name in before)
        until(pulled, seconds, lambda: f"feeds do not pull: {before} -> {self.feeds()}")

    def output(self):
        with open(self.output_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def fetched(self):
        """How many rows each comparison of keys so far had to fetch."""
        lines = [json.loads(line) for line in self.output().splitlines() if '"keys compared"' in line]
        return [line["fetched"] for line in lines]

    def comparisons(self, more):
        """The same of the next ones."""
        before = len(self.fetched())
        return until(lambda: self.fetched()[before:before + more] if len(self.fetched()) >= before + more else None, 60,
                     lambda: f"{len(self.fetched()) - before} comparisons: {self.last_words()}")

    def forget(self):
        """Deletes the state's cache of a daemon that does not run."""
        for file in os.listdir(self.state):
            if file.startswith("state.db"):
                os.remove(os.path.join(self.state, file))

    def last_words(self):
        return self.output()[-1500:]


class Broker:
    """A Kafka of the test's own, to be killed and dressed up."""

    def __init__(self, directory=None, **environment):
        self.directory = directory or os.path.join(scratch(), "kafka")
        self.environment = environment
        self.port = free_port(3)
        self.settings = {}
        atexit.register(self._end)

    def _lab(self, *arguments, check=True, **environment):
        done = subprocess.run([os.path.join(LAB, "kafka"), arguments[0], self.directory, *arguments[1:]],
                              env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", check=False)
        if check and done.returncode != 0:
            raise Failure(f"kafka {arguments[0]}: {done.stderr[-800:]}")
        return done.stdout

    def start(self):
        out = self._lab("start", str(self.port), **self.environment)
        self.settings = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        return self

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def kill(self):
        self._lab("kill")
        # a process that is gone may hold its sockets for some more milliseconds
        until(lambda: not listens(self.port) and not listens(self.port + 1), 30, "the broker's port stays taken")

    def signal(self, number):
        with open(os.path.join(self.directory, "pid"), encoding="ascii") as file:
            os.kill(int(file.read().split()[0]), number)

    def acls(self, *arguments):
        return self._lab("acls", *arguments)

    def _end(self):
        self._lab("kill", check=False)


class Suite:
    """Prints one line per test and the closing line ./run test counts."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, title, test, *arguments):
        began = time.monotonic()
        try:
            note = test(*arguments)
        except Failure as failure:
            self.failed += 1
            print(f"FAILED {title}: {failure}", flush=True)
        except Exception:  # pylint: disable=broad-except
            self.failed += 1
            print(f"FAILED {title}: the test itself broke\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            print(f"ok     {title} ({time.monotonic() - began:.1f} s{', ' + note if note else ''})", flush=True)

    def run_all(self, tests):
        """`tests`: title -> function. Words on the command line choose among them."""
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        for title, test in tests.items():
            if not words or any(word in title for word in words):
                self.run(title, test)
        return self.close()

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0
