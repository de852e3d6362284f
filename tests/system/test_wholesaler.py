#!/usr/bin/python3
"""The demo's company: its books balance after work, and its watermarks move with its rows."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "demo/wholesaler.py")

# Each finds rows that contradict others; amounts are compared in cents.
CONTRADICTIONS = {
    "an order's amount is the sum of its lines":
        "SELECT so_no FROM so_head JOIN so_pos USING (so_id) GROUP BY so_id "
        "HAVING round(100 * net_amt) <> round(100 * sum(net))",
    "no line is shipped beyond what was ordered":
        "SELECT so_id, pos FROM dlv_pos JOIN dlv_head USING (dlv_id) JOIN so_pos p USING (so_id, pos) "
        "GROUP BY so_id, pos HAVING round(100 * sum(dlv_pos.qty)) > round(100 * p.qty)",
    "what is open of an invoice is what was not paid":
        "SELECT inv_no FROM inv LEFT JOIN pay_inv USING (inv_id) GROUP BY inv_id "
        "HAVING round(100 * open_amt) <> round(100 * tot) - round(100 * coalesce(sum(amt), 0))",
    "an invoice is paid when nothing is open":
        "SELECT inv_no FROM inv WHERE (stat = 'B') <> (CAST(open_amt AS REAL) = 0)",
    "a delivered order has delivered shipments alone":
        "SELECT so_no FROM so_head JOIN dlv_head d USING (so_id) WHERE so_head.stat IN ('Z', 'A') AND d.stat <> 'Z'",
    "a payment is allocated in full":
        "SELECT pay_no FROM pay JOIN pay_inv p USING (pay_id) GROUP BY pay_id "
        "HAVING round(100 * pay.amt) <> round(100 * sum(p.amt))",
}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TABLES = ("cust", "cust_addr", "art", "so_head", "so_pos", "dlv_head", "dlv_pos", "inv", "pay", "pay_inv")


def wholesaler(*arguments):
    subprocess.run([sys.executable, PROGRAM, *arguments], check=True, timeout=300)


def erp(directory):
    return closing(sqlite3.connect(os.path.join(directory, "erp.db"), timeout=30))


def rows(directory):
    """All rows, without the columns that are relative to today."""
    with erp(directory) as db:
        return {table: [[value for value in row if not DATE.match(str(value))]
                        for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in TABLES}


def same_seed_same_company(directory):
    wholesaler("make", directory)
    first = rows(directory)
    wholesaler("make", directory)
    assert rows(directory) == first


def sigterm_ends_work_between_two_steps(directory):
    work = subprocess.Popen([sys.executable, PROGRAM, "work", directory, "--rate", "200", "--verbose"],
                            stdout=subprocess.PIPE, text=True)
    for _ in range(200):
        assert work.stdout.readline()
    work.send_signal(signal.SIGTERM)
    work.communicate(timeout=60)
    assert work.returncode == 0, work.returncode


def the_books_balance(directory):
    with erp(directory) as db:
        for title, query in CONTRADICTIONS.items():
            found = db.execute(query).fetchall()
            assert not found, f"{title}: {found[:5]}"


def a_changed_line_stamps_its_order(directory):
    with erp(directory) as db:
        stamp = "SELECT chg_at FROM so_head WHERE so_id = 1"
        before = db.execute(stamp).fetchone()
        db.execute("UPDATE so_pos SET qty = qty WHERE so_id = 1 AND pos = 10")
        assert db.execute(stamp).fetchone() > before


def three_rows_are_not_as_they_should_be(directory):
    with erp(directory) as db:
        assert db.execute("SELECT count(*) FROM so_head WHERE stat = 'Q7'").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM art WHERE descr IS NULL").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM cust WHERE tel GLOB '[a-z]*'").fetchone() == (1,)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as directory:
        for test in (same_seed_same_company, three_rows_are_not_as_they_should_be, sigterm_ends_work_between_two_steps,
                     the_books_balance, a_changed_line_stamps_its_order):
            try:
                test(directory)
                passed += 1
            except AssertionError as error:
                failed += 1
                print(f"{test.__name__.replace('_', ' ')}: {error}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
