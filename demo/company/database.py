"""Opens the company's databases and makes their tables; watermarks are stamped by triggers."""

import os
import sqlite3

HERE = os.path.dirname(os.path.abspath(__file__))
STAMP = "strftime('%Y-%m-%dT%H:%M:%f', 'now')"

# table, its key, its watermark
STAMPED = {
    "erp": [(table, key, "chg_at") for table, key in
            [("cust", "cust_no"), ("art", "art_id"), ("so_head", "so_id"), ("dlv_head", "dlv_id"),
             ("inv", "inv_id"), ("pay", "pay_id")]],
    "warehouse": [("stk", "sku, loc", "mod_at")],
}
# child, its head, the column that joins them
CHILDREN = [("cust_addr", "cust", "cust_no"), ("so_pos", "so_head", "so_id"), ("dlv_pos", "dlv_head", "dlv_id"),
            ("pay_inv", "pay", "pay_id")]


def path(directory, name):
    return os.path.join(directory, name + ".db")


def connect(directory, name):
    """A connection in autocommit mode: transactions are begun and ended by `transaction`."""
    db = sqlite3.connect(path(directory, name), timeout=30, isolation_level=None)
    db.execute("PRAGMA synchronous=NORMAL")
    return db


class transaction:
    """`with transaction(db):` takes the write lock at once, so that what is read inside is what is changed."""

    def __init__(self, db):
        self.db = db

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")
        return self.db

    def __exit__(self, kind, error, trace):
        self.db.execute("COMMIT" if kind is None else "ROLLBACK")


def create(directory, name):
    """An empty database in WAL mode, so that readers never wait for the writer; one that was there is replaced."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        try:
            os.remove(path(directory, name) + suffix)
        except FileNotFoundError:
            pass
    db = connect(directory, name)
    db.execute("PRAGMA journal_mode=WAL")
    with open(os.path.join(HERE, name + ".sql"), encoding="utf-8") as schema:
        db.executescript(schema.read())
    return db


def add_watermarks(db, name):
    """After the first rows are in: one index and one trigger a table, and triggers that pass a child's change on."""
    for table, key, column in STAMPED[name]:
        same = " AND ".join(f"{part} = NEW.{part}" for part in key.split(", "))
        db.execute(f"CREATE INDEX {table}_{column} ON {table} ({column}, {key})")
        db.execute(f"CREATE TRIGGER {table}_stamp AFTER UPDATE ON {table} WHEN NEW.{column} IS OLD.{column} "
                   f"BEGIN UPDATE {table} SET {column} = {STAMP} WHERE {same}; END")
    for child, head, column in CHILDREN if name == "erp" else []:
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            db.execute(f"CREATE TRIGGER {child}_{event.lower()} AFTER {event} ON {child} "
                       f"BEGIN UPDATE {head} SET chg_at = {STAMP} WHERE {column} = {row}.{column}; END")
