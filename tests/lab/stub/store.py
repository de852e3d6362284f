"""Rows in memory with transactions that may be held open, a journal that survives a kill, and a clock tests may set.

What is written becomes visible at the commit; until then nobody else may write the same row. Rows are never changed in
place: a reader keeps what it was given. Everything here is called under `Store.changed`.
"""

import datetime
import os
import pickle
import threading
from contextlib import contextmanager


LOCK_WAIT = 50     # seconds, as MariaDB has it


class Clock:
    """UTC, without zone, to the microsecond. Runs on from where it was set, or stands still there."""

    def __init__(self):
        self.offset, self.frozen = datetime.timedelta(), None

    def now(self):
        if self.frozen:
            return self.frozen
        return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + self.offset

    def seconds(self):
        """Since 1970, as a server's Date is made of."""
        return self.now().replace(tzinfo=datetime.timezone.utc).timestamp()

    def set(self, at, frozen):
        self.offset, self.frozen = datetime.timedelta(), None
        if at:
            moment = datetime.datetime.fromisoformat(at)
            self.offset, self.frozen = moment - self.now(), moment if frozen else None


class Conflict(Exception):
    """Another transaction, still open, has written the row."""

    def __init__(self, owner):
        super().__init__("could not serialize access due to concurrent update")
        self.owner = owner


class Transaction:
    def __init__(self, store, start=None):
        self.store, self.start = store, start or store.clock.now()
        self.written = {}      # (table, key) -> row, None when deleted
        self.open, self.waits_for = True, None

    def get(self, table, key):
        if (table, key) in self.written:
            return self.written[table, key]
        return self.store.tables[table].get(key)

    def rows(self, table):
        """The rows this transaction sees, as (key, row)."""
        mine = {key: row for (name, key), row in self.written.items() if name == table}
        if not mine:
            return self.store.tables[table].items()
        return [(k, r) for k, r in ({**self.store.tables[table], **mine}).items() if r is not None]

    def children(self, table, column, value):
        """Keys of the rows whose column has the value, ascending; the column must be one of the store's indexes."""
        found = set(self.store.indexes[table, column].get(value, ()))
        for (name, key), row in self.written.items():
            if name == table:
                found.discard(key)
                if row is not None and row.get(column) == value:
                    found.add(key)
        return sorted(found)

    def put(self, table, key, row):
        owner = self.store.writers.setdefault((table, key), self)
        if owner is not self:
            raise Conflict(owner)
        self.written[table, key] = row

    def delete(self, table, key):
        self.put(table, key, None)

    def number(self, sequence, first=1):
        """The next of a sequence. A rollback gives nothing back, as in a database."""
        value = self.store.sequences.get(sequence, first)
        self.store.sequences[sequence] = value + 1
        return value

    @contextmanager
    def savepoint(self):
        kept = dict(self.written)
        try:
            yield
        except Exception:
            for place in self.written.keys() - kept.keys():
                del self.store.writers[place]
            self.written = kept
            raise

    def end(self, commit):
        if not self.open:
            return
        self.open = False
        for place in self.written:
            del self.store.writers[place]
        if commit and self.written:
            self.store.apply(self.written)
            self.store.log(self.written)
        self.store.changed.notify_all()


class Store:
    """`waits`: a call that finds a row locked goes on when it is free, with the moment it began at (MariaDB); without, it is
    begun anew, with a new moment (Odoo on PostgreSQL)."""

    def __init__(self, journal, tables, indexes=(), waits=False):
        self.waits = waits
        self.clock, self.changed = Clock(), threading.Condition(threading.RLock())
        self.tables = {table: {} for table in tables}
        self.indexes = {place: {} for place in indexes}
        self.sequences, self.writers, self.held = {}, {}, {}
        self.journal, self.fresh = None, not os.path.exists(journal) or not os.path.getsize(journal)
        if not self.fresh:
            self._replay(journal)
        self.journal = open(journal, "ab")     # pylint: disable=consider-using-with

    def _replay(self, path):
        with open(path, "rb") as file:
            while True:
                whole = file.tell()
                try:
                    written, self.sequences = pickle.load(file)
                except (EOFError, pickle.UnpicklingError):
                    break     # a kill may cut the last record: that commit was never answered
                self.apply(written)
        os.truncate(path, whole)

    def log(self, written):
        self.journal.write(pickle.dumps((written, self.sequences)))
        self.journal.flush()

    def apply(self, written):
        for (table, key), row in written.items():
            before = self.tables[table].pop(key, None) if row is None else self.tables[table].get(key)
            if row is not None:
                self.tables[table][key] = row
            for (name, column), index in self.indexes.items():
                if name == table:
                    _move(index, key, before and before.get(column), row and row.get(column))

    def run(self, work, held=None):
        """One call is one transaction, tried again after a conflict as the real servers do; in a held one it is a part of it."""
        with self.changed:
            if held:
                return self._inside(held, work)
            began = self.clock.now()
            for attempt in range(6):
                transaction = Transaction(self, began if self.waits else None)
                try:
                    answer = work(transaction)
                except Conflict as conflict:
                    transaction.end(False)
                    if attempt == 5 or not self._ended(conflict.owner):
                        raise
                except BaseException:
                    transaction.end(False)
                    raise
                else:
                    transaction.end(True)
                    return answer
            raise AssertionError("the last attempt returns or raises")

    def _inside(self, held, work):
        """A call of a held transaction waits for a row's other writer, unless that one waits for it."""
        while True:
            try:
                with held.savepoint():
                    return work(held)
            except Conflict as conflict:
                held.waits_for = conflict.owner
                try:
                    if held in _chain(conflict.owner) or not self._ended(conflict.owner):
                        raise
                finally:
                    held.waits_for = None

    def _ended(self, owner):
        return self.changed.wait_for(lambda: not owner.open, LOCK_WAIT)

    def hold(self, seconds):
        """Opens a transaction under a name of its own; it ends when told to, or by itself after so many seconds."""
        with self.changed:
            name = str(len(self.held) + 1)
            self.held[name] = transaction = Transaction(self)
        if seconds is not None:
            timer = threading.Timer(seconds, self.release, (name, True))
            timer.daemon = True
            timer.start()
        return name, transaction

    def release(self, name, commit):
        with self.changed:
            self.held[name].end(commit)


def _chain(owner):
    """The transaction and those it waits for, one after the other."""
    while owner is not None:
        yield owner
        owner = owner.waits_for


def _move(index, key, before, after):
    if before == after:
        if after is not None:
            index.setdefault(after, set()).add(key)
        return
    if before is not None:
        index[before].discard(key)
    if after is not None:
        index.setdefault(after, set()).add(key)
