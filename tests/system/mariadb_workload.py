"""MariaDB's ledger: the same table as the others' in workload.py, written by transactions that are short, long, rolled back."""

import os
import time
import uuid
from contextlib import closing

import pymysql

from ledger import POISON
from workload import streams_of

LOCKED = (1205, 1213)     # lock wait timeout, deadlock


class MariadbSource:
    """A table customer in a database of its own, read by a user who may only select: the overlap alone must do."""

    name = "depot"
    longest = 2       # seconds a transaction stays open at most; the overlap is above it

    def __init__(self, _directory=None, rows=200, access=None, **options):
        self.access = access or {}
        self.options = {"overlap": "6s", **options}
        self.database = f"t{uuid.uuid4().hex[:12]}"
        with closing(self.connect(database=None)) as session, session.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {self.database}")
            cursor.execute("CREATE USER IF NOT EXISTS ledger@'127.0.0.1' IDENTIFIED BY 'ledger'")
            cursor.execute(f"GRANT SELECT ON {self.database}.* TO ledger@'127.0.0.1'")
            cursor.execute(f"USE {self.database}")
            cursor.execute("CREATE TABLE customer(id bigint AUTO_INCREMENT PRIMARY KEY, rev bigint NOT NULL, "
                           "name varchar(100) NOT NULL, note text, updated_at timestamp(6) NOT NULL "
                           "DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6), KEY (updated_at, id))")
            cursor.execute("INSERT INTO customer(rev, name) "
                           f"SELECT 1, concat('row ', seq, ' rev 1') FROM seq_1_to_{rows}")

    def connect(self, database=""):
        return pymysql.connect(host=os.environ["MARIADB_HOST"], port=int(os.environ["MARIADB_PORT"]),
                               user=os.environ["MARIADB_USER"], password=os.environ["MARIADB_PASSWORD"],
                               database=self.database if database == "" else database, autocommit=True)

    def configuration(self):
        return {self.name: {"connector": "mariadb", "host": os.environ["MARIADB_HOST"],
                            "port": int(os.environ["MARIADB_PORT"]), "user": "ledger", "password": "ledger",
                            "database": self.database, **self.access, "streams": streams_of(**self.options)}}

    def rows(self):
        with closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT id, rev, name FROM customer")
            return {str(number): {"rev": rev, "name": name} for number, rev, name in cursor}

    def write(self, cursor, rng, poison):
        more = 1 + (POISON if poison else 0)
        cursor.execute("SELECT max(id) FROM customer")
        most = cursor.fetchone()[0]
        for number in sorted(rng.sample(range(1, most + 1), rng.choice([1, 1, 2, 5, 30]))):
            # assignments see those before them
            cursor.execute(f"UPDATE customer SET rev = rev + {more}, name = concat('row ', id, ' rev ', rev) "
                           f"WHERE id = {number}")
        if rng.random() < 0.1:
            cursor.execute(f"INSERT INTO customer(rev, name) VALUES ({more}, '')")
            cursor.execute(f"UPDATE customer SET name = concat('row ', id, ' rev {more}') WHERE id = last_insert_id()")

    def transaction(self, session, rng):
        """One seeded transaction; 1 when it was committed."""
        poison, long = rng.random() < 0.1, rng.random() < 0.01
        with session.cursor() as cursor:
            try:
                cursor.execute("BEGIN")
                self.write(cursor, rng, poison)
                if long:
                    # how long people keep a form open: the transaction is what others have to cope with
                    time.sleep(rng.uniform(0.2, self.longest))
                    self.write(cursor, rng, poison)
                cursor.execute("ROLLBACK" if poison else "COMMIT")
                return int(not poison)
            except pymysql.err.OperationalError as error:
                if error.args[0] not in LOCKED:
                    raise
                cursor.execute("ROLLBACK")
                return 0
