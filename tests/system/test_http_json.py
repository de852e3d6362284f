#!/usr/bin/python3
"""http_json against a REST server whose rows change between pages: what comes out is what the server held, through
kills of the daemon and through everything a server can do wrong.

The server is a stub: it speaks HTTP, and stands for an API that does.
"""

import gzip
import json
import os
import random
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from daemon import BINARY, PATIENCE, Daemon, Failure, Suite, expect, scratch, until
from ledger import POISON, Ledger
from workload import Writer

SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(10_000)))
KILLS = 6
TOKEN = "c4n4ry-0f-th3-d43m0n"
SECRETS_IN_BODY = f'{{"error": "an exception with the token {TOKEN}"}}'
ADDRESS = ("127.0.0.1", 0)


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Api(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, source):
        super().__init__(ADDRESS, Handler)
        self.source = source
        self.fault = None           # what the next answers are
        self.answered = []          # (monotonic time, fault, path) of each request
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        # a client that is killed or gives up is part of the test
        with_errors = super().handle_one_request
        try:
            with_errors()
        except OSError:
            self.close_connection = True

    def answer(self, status, body, headers=(), length=None):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), *headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if length is not None:
            self.close_connection = True

    def do_GET(self):
        fault = self.server.fault
        self.server.answered.append((time.monotonic(), fault, self.path))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(401, '{"error": "who are you?"}')
        elif fault is not None:
            FAULTS[fault][0](self)
        elif urlsplit(self.path).path.count("/") == 3:
            self.item(int(urlsplit(self.path).path.rsplit("/", 1)[1]))
        else:
            self.answer(200, self.page())

    def item(self, number):
        row = self.server.source.found(number)
        self.answer(200 if row else 404, json.dumps(row or {}))

    def page(self):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        rows = self.server.source.listed(asked.get("since", ""), int(asked.get("offset", 0)), int(asked["limit"]))
        return json.dumps({"data": {"items": rows}, "error": None})


def slow_loris(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while handler.server.fault:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)    # that it is slow is the fault
    handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    handler.wfile.write(b'{"data": {"items": [')
    while handler.server.fault:
        handler.wfile.write(b" " * 50_000)      # rows that the source does not have would be published


def cut_in_half(handler):
    body = handler.page().encode()
    handler.answer(200, body[:len(body) // 2], length=len(body))


FAULTS = {
    # name: what the server does, the code that the daemon gives it
    "401": (lambda h: h.answer(401, SECRETS_IN_BODY), "bad_credentials"),
    "403": (lambda h: h.answer(403, SECRETS_IN_BODY), "no_right"),
    "429": (lambda h: h.answer(429, "{}", [("Retry-After", "3")]), "rate_limited"),
    "503": (lambda h: h.answer(503, SECRETS_IN_BODY), "server_failed"),
    "html": (lambda h: h.answer(200, "<!DOCTYPE html><h1>Maintenance</h1>"), "not_json"),
    "error with status 200": (lambda h: h.answer(200, '{"error": "try later", "data": null}'), "source_error"),
    "no rows": (lambda h: h.answer(200, '{"data": {}}'), "rows_not_found"),
    "cut in half": (cut_in_half, "truncated"),
    "length too long": (lambda h: h.answer(200, h.page(), length=10_000_000), "truncated"),
    "length too short": (lambda h: h.answer(200, h.page()[:-20]), "truncated"),
    "slow loris": (slow_loris, "timed_out"),
    "endless": (endless, "answer_too_large"),
    "gzip bomb": (lambda h: h.answer(200, gzip.compress(b'{"data":' + b" " * 30_000_000), [("Content-Encoding", "gzip")]),
                  "compression_bomb"),
    "no gzip": (lambda h: h.answer(200, "plain", [("Content-Encoding", "gzip")]), "bad_encoding"),
    "deep": (lambda h: h.answer(200, '{"data": {"items": [' + "[" * 100_000), "too_deep"),
    "redirect": (lambda h: h.answer(302, "", [("Location", "http://169.254.169.254/latest/meta-data")]), "redirect_refused"),
}


class RestSource:
    """Rows with a rev each, in the order of their ids. Stamps are taken when a change begins, and it shows later."""

    name = "shop"
    longest = 0.3   # seconds from a stamp until its row shows

    def __init__(self, rows=200, watermark=True, deleting=False, **options):
        self.lock = threading.Lock()
        self.table = {}
        self.busy = set()
        self.most = 0
        self.watermark, self.deleting, self.options = watermark, deleting, options
        for _ in range(rows):
            self.most += 1
            self.table[self.most] = self.row(self.most, 1)
        self.api = Api(self)

    @staticmethod
    def row(number, rev, moment=None):
        return {"id": number, "rev": rev, "name": f"row {number} rev {rev}", "note": {"lines": [{"text": "a"}]},
                "changed": stamp(moment or datetime.now(timezone.utc))}

    def listed(self, since, offset, limit):
        with self.lock:
            wanted = [row for _, row in sorted(self.table.items()) if row["changed"] >= since]
        return wanted[offset:offset + limit]

    def found(self, number):
        with self.lock:
            return self.table.get(number)

    def rows(self):
        with self.lock:
            return {str(number): {"rev": row["rev"], "name": row["name"]} for number, row in self.table.items()}

    def configuration(self, **source):
        stream = {"path": "/v1/customers", "rows": "/data/items", "error": "/error", "key": ["id"],
                  "paging": {"style": "offset", "parameter": "offset", "size_parameter": "limit", "size": 30},
                  "every": "30ms", "entity": "customer",
                  "fields": {"name": "name", "number": "id",
                             "attributes": {"rev": "rev", "note": "note.lines[0].text"}}, **self.options}
        if self.watermark:
            stream["watermark"] = {"column": "changed", "parameter": "since", "overlap": "2s"}
        return {self.name: {"connector": "http_json", "url": f"http://127.0.0.1:{self.api.server_port}", "token": TOKEN,
                            "streams": {"customers": stream}, **source}}

    # what a Writer wants of a database
    def connect(self):
        return _Nothing()

    def transaction(self, _database, rng):
        moment = datetime.now(timezone.utc)
        numbers = [rng.randint(1, self.most) for _ in range(rng.choice([1, 1, 2, 5, 20]))]
        late = rng.uniform(0, self.longest) if rng.random() < 0.05 else 0
        with self.lock:
            numbers = [number for number in set(numbers) if number in self.table and number not in self.busy]
            self.busy.update(numbers)
        time.sleep(late)    # a transaction that is open for a while: others have to cope with it
        with self.lock:
            self.busy.difference_update(numbers)
            for number in numbers:
                self.table[number] = self.row(number, self.table[number]["rev"] + 1, moment)
            if rng.random() < 0.1:
                self.most += 1
                self.table[self.most] = self.row(self.most, 1, moment)
            if self.deleting and rng.random() < 0.02:    # the guard lets 20 through at once
                free = sorted(set(self.table) - self.busy)
                del self.table[rng.choice(free)]
        return len(numbers)


class _Nothing:
    def close(self):
        pass


def through_kills(source):
    rng = random.Random(SEED)
    daemon = Daemon(source.configuration(), directory=scratch()).start().ready()
    ledger = Ledger(daemon)
    with Writer(source, SEED, pause=0.005) as writer:
        for _ in range(KILLS):
            before = len(ledger.read(past_open=False))
            until(lambda before=before: len(ledger.read(past_open=False)) > before + 20, 60, "nothing is published")
            time.sleep(rng.uniform(0, 0.3))     # the moment of the kill is random
            daemon.kill()
            daemon.start().ready()
    ledger.published(source)
    until(lambda: ledger.read() and set(ledger.last) == set(source.rows()), 30,
          lambda: f"rows that are gone are still there: {set(ledger.last) - set(source.rows())}")
    ledger.settled(source)
    note = ledger.holds(source)
    expect(not [event for event in ledger.events if event.after and event.rev >= POISON], "a row nobody wrote")
    expect(TOKEN not in daemon.output(), "the token is in the log")
    daemon.kill()
    ledger.log.close()
    return f"seed {SEED}, {KILLS} kills, {writer.committed} changes, {len(source.api.answered)} requests, {note}"


def polled():
    return through_kills(RestSource())


def deleted_from(source):
    note = through_kills(source)
    expect(source.most > len(source.rows()), "nothing was deleted")
    return note


def scanned():
    return deleted_from(RestSource(watermark=False, deleting=True))


def polled_and_compared():
    return deleted_from(RestSource(deleting=True, item="/v1/customers/{id}",
                                   deletes={"every": "1s", "at_most": "50%", "always": 1000}))


def code_shown(daemon, code):
    status, body = daemon.get("/v1/sources?expand=status")
    return status == 200 and code in body


def every_fault():
    source = RestSource(rows=100)
    daemon = Daemon(source.configuration(timeout="1500ms", stall_timeout="60s", limits={"body": "20MB", "ratio": 50}),
                    directory=scratch()).start().ready()
    ledger = Ledger(daemon)
    ledger.published(source)
    with Writer(source, SEED, pause=0.02):
        for fault, (_, code) in FAULTS.items():
            source.api.fault = fault
            until(lambda code=code: code_shown(daemon, code), 30,
                  lambda fault=fault, code=code: f"{fault}: no {code} in {daemon.get('/v1/sources?expand=status')[1]}")
            _, body = daemon.get("/v1/sources?expand=status")
            expect("/v1/customers" in body, lambda fault=fault, body=body: f"{fault}: the path is not named: {body}")
            source.api.fault = None
            daemon.kill()       # a parked feed would look again in a minute
            daemon.start().ready()
    ledger.settled(source)
    note = ledger.holds(source)
    expect(TOKEN not in daemon.output(), "the token is in the log")
    daemon.kill()
    ledger.log.close()
    return f"{len(FAULTS)} faults, {note}"


def retry_after():
    source = RestSource(rows=10)
    daemon = Daemon(source.configuration(), directory=scratch()).start().ready()
    source.api.fault = "429"
    until(lambda: [at for at, fault, _ in source.api.answered if fault == "429"], 20, "nobody asks")
    until(lambda: len([at for at, fault, _ in source.api.answered if fault == "429"]) >= 3, 30, "nobody asks again")
    times = [at for at, fault, _ in source.api.answered if fault == "429"]
    gaps = [b - a for a, b in zip(times, times[1:])]
    expect(min(gaps) >= 2.9, lambda: f"asked again before three seconds were over: {gaps}")
    daemon.kill()
    return f"pauses of {', '.join(f'{gap:.1f}' for gap in gaps)} s"


def command(name, daemon, *options):
    done = subprocess.run([BINARY, name, "-c", daemon.path, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60 * PATIENCE, check=False)
    expect(TOKEN not in done.stdout, lambda: f"{name} shows the token: {done.stdout}")
    return done.returncode, done.stdout


def asked_online(change, code, *words):
    source = RestSource(rows=5)
    configuration = source.configuration()
    change(source, configuration["shop"], configuration["shop"]["streams"]["customers"])
    daemon = Daemon(configuration, directory=scratch())
    status, said = command("lint", daemon, "--online")
    expect(status == code and all(word in said for word in words), lambda: f"{status}, not {code} with {words}: {said}")


def lint_online():
    asked_online(lambda *_: None, 0, "no errors")
    asked_online(lambda _, __, stream: stream.update(key=["ident"]), 1, "no field 'ident'")
    asked_online(lambda _, __, stream: stream["fields"].update(name="nmae"), 1, "'nmae'", "did you mean 'name'?")
    asked_online(lambda _, __, stream: stream["fields"].update(name="nmae") or stream.update(optional=["nmae"]), 0)
    asked_online(lambda _, __, stream: stream.update(rows="/data/rows"), 1, "no list of rows")
    asked_online(lambda _, shop, __: shop.update(token="another"), 1, "401")
    asked_online(lambda _, __, stream: stream["paging"].update(parameter="start"), 1, "the first one again", "'start'")
    asked_online(lambda source, *_: setattr(source.api, "fault", "html"), 1, "no JSON", "Maintenance")
    asked_online(lambda source, *_: setattr(source.api, "fault", "503"), 0, "is away", "503")


def ignored():
    source = RestSource(rows=100)
    configuration = source.configuration()
    configuration["shop"]["streams"]["customers"]["paging"]["parameter"] = "start"
    daemon = Daemon(configuration, directory=scratch()).start()
    until(lambda: code_shown(daemon, "'start'"), 30, lambda: daemon.get("/v1/sources?expand=status")[1])
    asked = len(source.api.answered)
    daemon.kill()
    expect(asked <= 20, lambda: f"{asked} requests")
    return f"told after {asked} requests"


def dry_run():
    daemon = Daemon(RestSource(rows=3).configuration(trace=True), directory=scratch())
    status, said = command("dry-run", daemon)
    expect(status == 0 and "row 2 rev 1" in said, lambda: f"{status}: {said}")


def traced():
    source = RestSource(rows=3)
    daemon = Daemon(source.configuration(trace=True), directory=scratch()).start().ready()
    until(lambda: "request answered" in daemon.output(), 20, "nothing is traced")
    daemon.kill()
    said = daemon.output()
    expect("/v1/customers" in said, "the path is not in the trace")
    expect(TOKEN not in said and "row 2" not in said, "the trace shows what it must not")


TESTS = {
    "polled by a watermark, rows changing between pages, the ledger holds through kills": polled,
    "read whole each time, rows going between pages, the ledger holds through kills": scanned,
    "polled, and compared by key, rows that go are deleted through kills": polled_and_compared,
    "lint --online says what does not fit, and where": lint_online,
    "an API that does not take the parameter of its paging is left alone, and that is said": ignored,
    "dry-run prints what would be published": dry_run,
    "a trace shows requests without secrets and without rows": traced,
    "every fault has its code, and nothing is lost": every_fault,
    "a server that asks to be left alone is": retry_after,
}

if __name__ == "__main__":
    try:
        sys.exit(Suite().run_all(TESTS))
    except Failure as failure:
        sys.exit(f"{failure}")
