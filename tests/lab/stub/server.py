"""The HTTP side of a stub, and the endpoints below /lab that let a test decide when and how things happen.

  POST /lab/transactions {"seconds": n?}      holds a transaction open -> {"transaction", "start"}; calls with the header
                                              X-Lab-Transaction run inside it; without `seconds` it stays until told
  POST /lab/transactions/N/commit|rollback
  POST /lab/clock {"at": "2026-10-25T00:30:00"?, "frozen": false?}     the clock, UTC; no `at`: the real one again
  POST /lab/refuse {"status": 503, "times": n}                         the next n calls are answered so
  POST /lab/jobs/NAME                                                  a scheduled job of the system, now
"""

import json
import signal
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

MOST_BODY = 16 * 1024 * 1024


class Answer(NamedTuple):
    status: int
    body: object = None           # bytes and str are sent as they are, everything else as JSON
    kind: str = "application/json"
    headers: tuple = ()

    def encoded(self):
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(", ", ": ")).encode()


class Request(NamedTuple):
    method: str
    path: str                     # percent-decoded, without the query
    query: dict
    headers: object
    body: bytes
    line: str                     # the request line as it came
    held: object                  # the transaction the test runs this call in


class Lab:
    """`system` has answer(request) -> Answer, refusal(status) -> Answer and jobs, name -> function(transaction)."""

    def __init__(self, store, system):
        self.store, self.system = store, system
        self.refusals, self.guard = [], threading.Lock()

    def answer(self, request):
        if request.path.startswith("/lab/"):
            return self.control(request.path.split("/")[2:], json.loads(request.body or b"{}"))
        with self.guard:
            refused = self.refusals.pop(0) if self.refusals else None
        return self.system.refusal(refused) if refused else self.system.answer(request)

    def control(self, path, wish):
        match path:
            case ["transactions"]:
                name, transaction = self.store.hold(wish.get("seconds"))
                return Answer(200, {"transaction": name, "start": transaction.start.isoformat()})
            case ["transactions", name, "commit" | "rollback" as end]:
                self.store.release(name, end == "commit")
            case ["clock"]:
                self.store.clock.set(wish.get("at"), wish.get("frozen", False))
            case ["refuse"]:
                with self.guard:
                    self.refusals += [wish["status"]] * wish.get("times", 1)
            case ["jobs", name] if name in self.system.jobs:
                self.store.run(self.system.jobs[name])
            case _:
                return Answer(404, {"error": "no such control"})
        return Answer(200, {})


def _handler(lab, keep_alive):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def respond(self):
            length = int(self.headers.get("Content-Length") or 0)
            if length > MOST_BODY:
                self.close_connection = True
                self.send_error(413)
                return
            url = urllib.parse.urlsplit(self.path)
            held = lab.store.held.get(self.headers.get("X-Lab-Transaction"))
            answer = lab.answer(Request(self.command, urllib.parse.unquote(url.path),
                                        dict(urllib.parse.parse_qsl(url.query)),
                                        self.headers, self.rfile.read(length), self.requestline, held))
            body = answer.encoded()
            head = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}",
                    f"Date: {self.date_time_string(lab.store.clock.seconds())}", f"Content-Type: {answer.kind}", f"Content-Length: {len(body)}",
                    f"Connection: {'keep-alive' if keep_alive else 'close'}", *(f"{k}: {v}" for k, v in answer.headers)]
            self.wfile.write("\r\n".join(head).encode() + b"\r\n\r\n" + (b"" if self.command == "HEAD" else body))
            self.close_connection = self.close_connection or not keep_alive

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = respond

        def log_message(self, format, *args):     # pylint: disable=redefined-builtin
            pass      # requests carry credentials; problems go to stderr by themselves
    return Handler


def serve(port, store, system, keep_alive=True):
    class Server(ThreadingHTTPServer):
        daemon_threads, request_queue_size = True, 128
    server = Server(("127.0.0.1", port), _handler(Lab(store, system), keep_alive))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()
