"""Users at work in an ERP, over its public API, seeded: what the drivers of the single systems have in common.

A driver has the verbs below and `truth`, which reads everything back. Writer of workload.py runs it in threads; `rows`
gives the customers as the ledger wants them: a customer's name is `row N rev R`, and every change of it bumps R.
"""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

from daemon import Failure
from ledger import POISON

MOVES = {"draft": ["confirm", "cancel", "delete"], "confirmed": ["deliver", "deliver", "deliver", "cancel"],
         "delivered": ["invoice"],
         "invoiced": ["pay"], "cancelled": ["delete"]}
BECOMES = {"confirm": "confirmed", "deliver": "delivered", "invoice": "invoiced", "pay": "paid", "cancel": "cancelled"}
DAILY = ["create_customer", "rename_customer", "rename_customer", "rename_customer", "change_phone", "archive_customer",
         "create_order",
         "create_order", *["move_order"] * 6]


# what servers say when two changes were in each other's way and this one was rolled back
CONFLICTS = ("SerializationFailure", "QueryTimeoutError", "QueryDeadlockError", "Конфликт блокировок",
             "ConcurrencyException")


class Conflicted(Failure):
    """The change was rolled back: somebody else was at the same row."""


def failure(what):
    return (Conflicted if any(word in what for word in CONFLICTS) else Failure)(what)


class Http:
    """Calls with JSON bodies, each in a connection of its own; an answer that is not 2xx is a Failure unless it is expected."""

    def __init__(self, base, headers):
        self.base, self.headers = base.rstrip("/"), {"Content-Type": "application/json", **headers}

    def call(self, method, path, body=None, query=None, headers=None, expected=()):
        url = self.base + urllib.parse.quote(path,
                                             safe="/()'=,;$:@") + (f"?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {**self.headers, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, _decoded(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            if error.code in expected:
                return error.code, _decoded(text)
            raise failure(f"{method} {url}: {error.code} {text.decode('utf-8', 'replace')[:500]}") from None


def _decoded(text):
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text.decode("utf-8", "replace")


class Session:
    """A user of the system; connections do not outlive a call."""

    def close(self):
        pass


class StubSession(Session):
    """A stub's user, whose calls can be held in one open transaction."""

    def __init__(self, http):
        self.http, self.held = http, {}

    @contextmanager
    def transaction(self, commit, pause):
        """Everything called inside becomes visible at the end, or never."""
        name = self.http.call("POST", "/lab/transactions", {})[1]["transaction"]
        self.held = {"X-Lab-Transaction": name}
        try:
            yield
            # how long people keep a form open: the transaction is what others have to cope with
            time.sleep(pause)
        except BaseException:
            commit = False
            raise
        finally:
            self.held = {}
            self.http.call("POST", f"/lab/transactions/{name}/{'commit' if commit else 'rollback'}", {})


class ErpSource:
    """The driver's side: which customers and orders there are, how far they got, and which ones somebody is at.

    Keys are the system's. Thread-safe: a session belongs to one thread, what is claimed to one change.
    """

    longest = 2         # seconds a transaction stays open at most
    can_hold = False    # sessions have `transaction`
    moves = MOVES       # state of an order -> the verbs a user may choose among

    def __init__(self):
        self.lock, self.busy, self.claims = threading.Lock(), set(), threading.local()
        self.customers = {}      # key -> (number, rev)
        self.gone = set()        # keys of archived customers
        self.orders = {}         # key -> state
        self.products = []
        self.numbers = 0

    def begin(self, customers=20):
        """Before the writers: some customers, and what there is to sell."""
        session = self.connect()
        self.products = self.read_products(session)
        for _ in range(customers):
            self.create_customer_step(session, None)()

    def transaction(self, session, rng):
        """One seeded change of a user; 1 when it was committed. May end with nothing to do."""
        aborted, late = (rng.random() < 0.08, rng.random() < 0.1) if self.can_hold else (False, False)
        self.claims.keys = claimed = []
        step = getattr(self, f"{rng.choice(DAILY)}_step")
        try:
            if not (aborted or late):
                remember = step(session, rng)
            else:
                with session.transaction(not aborted, rng.uniform(0.1, self.longest / 2)):
                    remember = step(session, rng, poison=POISON if aborted else 0)
            if remember is None or aborted:
                return 0
            with self.lock:
                remember()
            return 1
        except Conflicted:
            return 0
        finally:
            with self.lock:
                self.busy.difference_update(claimed)

    def _claim(self, rng, keys):
        """One of the keys that nobody is at, or None."""
        with self.lock:
            free = [key for key in keys() if key not in self.busy]
            if not free:
                return None
            key = rng.choice(free)
            self.busy.add(key)
            self.claims.keys.append(key)
            return key

    def _living(self):
        return sorted(self.customers.keys() - self.gone)

    # steps: do it, and return what to remember once it is committed

    def create_customer_step(self, session, _rng, poison=0):
        with self.lock:
            self.numbers += 1
            number = self.numbers
        rev = 1 + poison
        key = self.create_customer(session, f"row {number} rev {rev}")
        return lambda: self.customers.__setitem__(key, (number, rev))

    def rename_customer_step(self, session, rng, poison=0):
        key = self._claim(rng, self._living)
        if key is None:
            return None
        number, rev = self.customers[key]
        rev += 1 + poison
        self.rename_customer(session, key, f"row {number} rev {rev}")
        return lambda: self.customers.__setitem__(key, (number, rev))

    def change_phone_step(self, session, rng, poison=0):
        key = self._claim(rng, self._living)
        if key is None:
            return None
        self.change_phone(session, key, f"+49 30 {rng.randint(100000, 999999) + poison}")
        return lambda: None

    def archive_customer_step(self, session, rng, poison=0):     # pylint: disable=unused-argument
        key = self._claim(rng, self._living)
        if key is None or len(self._living()) < 10:
            return None
        self.archive_customer(session, key)
        return lambda: self.gone.add(key)

    def create_order_step(self, session, rng, poison=0):     # pylint: disable=unused-argument
        customer = self._claim(rng, self._living)
        if customer is None:
            return None
        lines = [(rng.choice(self.products), rng.randint(1, 9)) for _ in range(rng.randint(1, 3))]
        key = self.create_order(session, customer, lines)
        return lambda: self.orders.__setitem__(key, "draft")

    def move_order_step(self, session, rng, poison=0):     # pylint: disable=unused-argument
        key = self._claim(rng, lambda: sorted((k for k, state in self.orders.items() if state in self.moves), key=str))
        if key is None:
            return None
        verb = rng.choice(self.moves[self.orders[key]])
        getattr(self, verb)(session, key)
        if verb == "delete":
            return lambda: self.orders.pop(key)
        return lambda: self.orders.__setitem__(key, BECOMES[verb])

    # for the ledger

    def rows(self):
        """The source's own customers of this driver, read back: {key: {"rev", "name"}}."""
        truth = self.truth(self.connect())["customer"]
        return {str(key): {"rev": int(row["name"].rsplit(" ", 1)[1]), "name": row["name"]}
                for key, row in truth.items() if key in self.customers}
