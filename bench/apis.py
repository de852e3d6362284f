"""First loads over APIs from servers on this machine: tests/lab says which are real and which are stubs."""

import os
import pathlib
import subprocess
import sys
import time
from contextlib import contextmanager

from measured import Daemon, cpu_of, until

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests/system"))


class Api:
    """One stream of one server. `settings` are of the source, their values names of the environment the server gives."""

    def __init__(self, title, lab, connector, settings, stream, fill=None):
        self.title, self.lab, self.connector, self.settings, self.stream = title, lab, connector, settings, stream
        self.fill = fill or (lambda rows: None)

    def sources(self):
        settings = {name: os.environ[value] for name, value in self.settings.items()}
        return {"erp": {"connector": self.connector, **settings, "defaults": {"time_zone": "UTC", "currency": "EUR"},
                        "streams": {"rows": {"every": "1s", **self.stream}}}}


@contextmanager
def served(directory, api, rows):
    """The server with so many rows, in the environment; gives what is CPU of its processes, databases of its own aside."""
    place, script = f"{directory}/{api.lab}", str(ROOT / "tests/lab" / api.lab)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG_")}
    started = subprocess.run([script, "start", place], stdout=subprocess.PIPE, text=True, check=True,
                             env={**environment, f"{api.lab.upper()}_ORDERS": str(rows)})
    given = dict(line.split("=", 1) for line in started.stdout.splitlines() if "=" in line)
    os.environ.update(given)
    session = int(pathlib.Path(given[f"{api.lab.upper()}_PID_FILE"]).read_text().split()[0])
    try:
        api.fill(rows)
        yield lambda: sum(cpu_of(stat) for stat in pathlib.Path("/proc").glob("[0-9]*/stat") if session_of(stat) == session)
    finally:
        subprocess.run([script, "stop", place], check=True)


def session_of(stat):
    try:
        return int(stat.read_text().rsplit(")", 1)[1].split()[3])
    except OSError:
        return None     # ended meanwhile


def load_api(directory, api, rows):
    """Until everything is committed and the stream polls. Rows are counted without those that belong to them."""
    with served(directory, api, rows) as server_cpu:
        name = "api-" + "".join(c if c.isalnum() else "-" for c in api.title.split(",")[0].lower())
        before, daemon = server_cpu(), Daemon(directory, name, api.sources()).start()
        until(lambda: daemon.feed().get("phase") == "poll" and daemon.events() > 0, 120, "the load does not end")
        seconds, events = all_committed(daemon)
        daemon_cpu, busy = daemon.cpu(), server_cpu() - before
        figures = {"rows": int(events), "rows_per_second": events / seconds, "daemon_cpu_seconds_per_thousand": daemon_cpu * 1e3 / events,
                   "server_cpu_seconds_per_thousand": busy * 1e3 / events, "server_busy_percent_of_the_time": 100 * busy / seconds,
                   "peak_megabytes": daemon.peak_megabytes()}
        daemon.stop()
    return figures


def all_committed(daemon, quiet=1.0):
    """When the last of its events was, from its start, and how many there are: none comes for a second behind it."""
    at, events = time.monotonic(), daemon.events()
    while time.monotonic() - at < quiet:
        time.sleep(0.02)        # how often the clock is read
        if (now := daemon.events()) != events:
            at, events = time.monotonic(), now
    return at - daemon.began, events


def parties(rows):
    """In lots: Tryton makes each by its own rules."""
    from tryton_workload import Session     # pylint: disable=import-outside-toplevel
    session, lot = Session(), 250
    for first in range(0, rows, lot):
        session.model("party.party", "create", [
            {"name": f"Party {n}", "addresses": [["create", [{"street": f"Street {n}", "city": "Berlin"}]]],
             "contact_mechanisms": [["create", [{"type": "email", "value": f"p{n}@example.org"}]]]}
            for n in range(first, min(first + lot, rows))])


TRYTON = {"url": "TRYTON_URL", "user": "TRYTON_USER", "password": "TRYTON_PASSWORD"}
ODATA = {"user": "ODATA_USER", "password": "ODATA_PASSWORD"}
ORDERS_OF_V4 = {"path": "/API_SALES_ORDER_SRV/A_SalesOrder", "parameters": {"$orderby": "SalesOrder", "$expand": "to_Item"}, "rows": "/value",
                "key": ["SalesOrder"], "watermark": {"column": "LastChangeDateTime", "parameter": "$filter",
                                                     "value": "LastChangeDateTime ge {}"},
                "paging": {"style": "offset", "parameter": "$skip", "size_parameter": "$top", "size": 1000},
                "entity": "sales_order",
                "fields": {"number": "SalesOrder", "status": {"value": "open"},
                           "total": {"amount": "TotalNetAmount", "currency": "TransactionCurrency"},
                           "lines": {"each": "to_Item", "fields": {"number": "SalesOrderItem", "quantity": "RequestedQuantity"}}}}

APIS = [
    Api("tryton (real), customers with addresses and contacts", "tryton", "tryton", TRYTON, {"use": "tryton/customer"}, parties),
    Api("odata 2 (SAP's CAP), orders with items", "odata", "odata", {"url": "ODATA_V2_URL", **ODATA}, {"use": "sap/order"}),
    Api("odata 4 (SAP's CAP), orders with items", "odata", "odata", {"url": "ODATA_V4_URL", **ODATA}, {"use": "sap/order"}),
    Api("odata 3 (a stub of 1C), orders with goods", "onec", "odata",
        {"url": "ONEC_ODATA_URL", "user": "ONEC_USER", "password": "ONEC_PASSWORD"}, {"use": "1c/order"}),
    Api("odoo (a stub), orders with lines", "odoo", "odoo",
        {"url": "ODOO_URL", "database": "ODOO_DATABASE", "user": "ODOO_USER", "password": "ODOO_API_KEY"}, {"use": "odoo/order"}),
    Api("erpnext (a stub), orders with items", "erpnext", "erpnext",
        {"url": "ERPNEXT_URL", "user": "ERPNEXT_KEY", "password": "ERPNEXT_SECRET"}, {"use": "erpnext/order"}),
    Api("http_json (SAP's CAP, version 4), orders with items", "odata", "http_json", {"url": "ODATA_V4_URL", **ODATA}, ORDERS_OF_V4),
]
