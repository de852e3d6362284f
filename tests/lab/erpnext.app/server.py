"""A STUB of ERPNext 15 on Frappe: /api/resource and /api/method answering as the captures in erpnext.captures do.

Written from captures of ERPNext 15.84.0 on Frappe 15.44.2. No code of either is in it.
"""

import base64
import json
import os
import sys
from typing import NamedTuple

import drafts
import failures
import seed
import selling
from documents import Site
from lists import Query
from schema import DOCTYPES, INDEXES, PARENTS, TABLES
from stub.server import Answer, serve
from stub.store import Conflict, Store

REQUEST_LINE = 4094      # bytes the application server reads
VERSIONS = {"frappe": {"version": "15.44.2"}, "erpnext": {"version": "15.84.0"}}
MANAGED = {"Deleted Document", "Comment", "DocType", "DocField", "Custom Field"}      # need System Manager
ABOVE = {"Customer": {"tax_id"}}     # fields above the permission level of the low user
CUSTOMER_OF = {"Customer": "name", "Sales Order": "customer", "Delivery Note": "customer", "Sales Invoice": "customer",
               "Payment Entry": "party"}


class User(NamedTuple):
    name: str
    roles: bool = True
    manager: bool = True
    customer: str = ""      # a User Permission: this customer alone and what is his
    low: bool = False


USERS = {"sync-key:sync-secret": User("sync@example.com"), "norole-key:norole-secret": User("norole@example.com", False,
                                                                                            False),
         "limited-key:limited-secret": User("limited@example.com", True, False, "Customer 1 GmbH"),
         "sales-key:sales-secret": User("sales@example.com", True, False),
         "low-key:low-secret": User("low@example.com", True, True, low=True)}
GUEST = User("Guest", False, False)


class ERPNext:
    def __init__(self, store, site, zone):
        self.store, self.site, self.zone = store, site, zone
        self.jobs = {"overdue": self._job(selling.overdue), "expired": self._job(selling.expired)}

    def _job(self, job):
        return lambda transaction: job(Site(transaction, "Administrator", self.zone, selling))

    def run(self, user, work, held):
        try:
            return self.store.run(lambda transaction: work(Site(transaction, user.name, self.zone, selling)), held)
        except Conflict as conflict:
            raise failures.lock_timeout() from conflict

    def refusal(self, status):
        failure = {429: failures.Failure(429, "TooManyRequestsError"), 503: failures.Failure(503, "SessionStopped",
                                                                                             "Session Stopped",
                                                                                             shown=False)}.get(
            status,
            failures.Failure(status, "QueryDeadlockError",
                             "(1213, 'Deadlock found when trying to get lock; try restarting transaction')"))
        headers = (("X-RateLimit-Reset", "2"), ("X-RateLimit-Limit", "100"), ("X-RateLimit-Remaining", "0"),
                   ("Retry-After", "2")) if status == 429 else ()
        return Answer(failure.status, failure.body(), headers=headers)

    def answer(self, request):
        host = (request.headers.get("Host") or "").split(":")[0]
        if host not in (self.site, "127.0.0.1", "localhost"):
            return Answer(404, f"<html><body><h1>{host} does not exist</h1></body></html>", "text/html; charset=utf-8")
        if len(request.line) > REQUEST_LINE:
            return Answer(400,
                          "<html><head><title>Bad Request</title></head><body><h1>Bad Request</h1>Request Line is too large</body></html>", "text/html")
        version2 = request.path.startswith("/api/v2/")
        try:
            user = authenticated(request.headers.get("Authorization"))
            return self._route(user, request, request.path.replace("/api/v1/", "/api/", 1))
        except failures.Failure as failure:
            return Answer(failure.status, failure.body_v2() if version2 else failure.body())

    def _route(self, user, request, path):
        body = _json(request.body) if request.body else {}
        if path.startswith("/api/resource/"):
            doctype, _, name = path.removeprefix("/api/resource/").partition("/")
            return self._resource(user, request, doctype, name, body)
        if path.startswith("/api/v2/document/") and request.method == "GET":
            doctype, _, name = path.removeprefix("/api/v2/document/").partition("/")
            if name:
                return self._resource(user, request, doctype, name, body)
            return Answer(200, {"data": self._list(user, doctype, request.query, request.held,
                                                   length=request.query.get("limit", 20))})
        if path.startswith("/api/method/"):
            return self._method(user, path.removeprefix("/api/method/"), {**request.query, **body}, request.held)
        raise failures.unknown()

    # resources

    def _check(self, user, doctype, document=False):
        if doctype not in DOCTYPES:
            raise failures.unknown(f"DocType {doctype} not found")
        if not user.roles or (doctype in MANAGED and not user.manager):
            raise failures.forbidden(user.name, doctype, document)

    def _permitted(self, user, doctype):
        column = CUSTOMER_OF.get(doctype)
        if not user.customer or column is None:
            return lambda _row: True
        return lambda row: row.get(column) == user.customer

    def _list(self, user, doctype, asked, held, **more):
        parent = asked.get("parent")
        if doctype in PARENTS and user.roles and parent not in PARENTS[doctype]:
            raise failures.silent_forbidden()
        self._check(user, doctype)
        length = more.get("length", asked.get("limit_page_length", 20))
        wanted = {name: _parsed(asked.get(name)) for name in ("fields", "filters", "or_filters")}
        return self.run(user, lambda site: Query(
            site, doctype, self._permitted(user, doctype), **wanted, order_by=asked.get("order_by"),
            above=ABOVE.get(doctype, ()) if user.low else (),
            group_by=asked.get("group_by"),
            start=_length(asked.get("limit_start", 0)), length=_length(length)).run(), held)

    def _resource(self, user, request, doctype, name, body):
        if not name:
            if request.method == "POST":
                self._check(user, doctype)
                return Answer(200, {"data": self._changed(user, lambda site: (doctype, site.insert(doctype, body)),
                                                          request.held)})
            query = request.query
            return Answer(200, {"data": self._list(user, doctype, query, request.held,
                                                   length=query.get("limit", query.get("limit_page_length", 20)))})
        self._check(user, doctype, True)
        if request.method == "PUT":
            return Answer(200, {"data": self._changed(user, lambda site: (doctype, site.update(doctype, name, body)),
                                                      request.held)})
        if request.method == "DELETE":
            self.run(user, lambda site: site.delete(doctype, name), request.held)
            return Answer(202, {"data": "ok"})
        return Answer(200, {"data": self.run(user, lambda site: self._document(user, site, doctype, name), request.held)})

    def _document(self, user, site, doctype, name):
        if not self._permitted(user, doctype)(site.get(doctype, name)):
            raise failures.forbidden(user.name, doctype, True)
        return site.document(doctype, name)

    def _changed(self, user, change, held):
        return self.run(user, lambda site: site.document(*change(site)), held)

    # methods

    def _method(self, user, method, asked, held):
        match method:
            case "frappe.client.get_time_zone":
                return _message({"time_zone": self.zone if user != GUEST else "Asia/Kolkata"})
            case "frappe.utils.change_log.get_versions":
                return _message(VERSIONS)
            case "frappe.client.get_list":
                return _message(self._list(user, asked["doctype"], asked, held))
            case "frappe.client.get_count":
                self._check(user, asked["doctype"])
                return _message(self.run(user, lambda site: len(Query(site, asked["doctype"], lambda _row: True, length=0,
                                                                      filters=_parsed(asked.get("filters"))).run()), held))
        if user == GUEST or not user.roles:
            raise failures.silent_forbidden()
        if method not in METHODS:
            raise failures.validation(f"Failed to get method for command {method} with module '{method.rpartition('.')[0]}' has no attribute "
                                      f"'{method.rpartition('.')[2]}'")
        return _message(self.run(user, lambda site: METHODS[method](site, {k: _parsed(v) for k, v in asked.items()}), held))


def _submit(site, asked):
    document = asked["doc"]
    if not site.find(document["doctype"], document.get("name") or ""):
        document = {**document, "name": site.insert(document["doctype"], document)}
    selling.submit(site, document["doctype"], document["name"])
    return site.document(document["doctype"], document["name"])


def _cancel(site, asked):
    selling.cancel(site, asked["doctype"], asked["name"])
    return site.document(asked["doctype"], asked["name"])


def _rename(site, asked):
    return site.rename(asked.get("doctype"), asked.get("old_name") or asked.get("old"),
                       asked.get("new_name") or asked.get("new"), bool(asked.get("merge")))


def _restore(site, asked):
    """The document comes back with a new creation, unless its name is taken."""
    tombstone = site.get("Deleted Document", asked["name"])
    document = json.loads(tombstone["data"])
    name = site.insert(document["doctype"], {**document, "docstatus": 0})
    site.touch("Deleted Document", tombstone["name"], restored=1, new_name=name)


METHODS = {
    "frappe.client.submit": _submit, "frappe.client.cancel": _cancel, "frappe.client.rename_doc": _rename,
    "frappe.rename_doc": _rename,
    "frappe.client.insert": lambda site, asked: site.document(asked["doc"]["doctype"],
                                                              site.insert(asked["doc"]["doctype"], asked["doc"])),
    "frappe.core.doctype.deleted_document.deleted_document.restore": _restore,
    "erpnext.selling.doctype.sales_order.sales_order.make_delivery_note": lambda site,
    asked: drafts.make_delivery_note(site, asked["source_name"]),
    "erpnext.selling.doctype.sales_order.sales_order.make_sales_invoice": lambda site,
    asked: drafts.make_sales_invoice(site, asked["source_name"]),
    "erpnext.selling.doctype.sales_order.sales_order.update_status": lambda site,
    asked: selling.update_status(site, asked["name"], asked["status"]),
    "erpnext.accounts.doctype.payment_entry.payment_entry.get_payment_entry": lambda site,
    asked: drafts.get_payment_entry(site, asked["dt"], asked["dn"]),
    "erpnext.controllers.accounts_controller.update_child_qty_rate":
        lambda site, asked: selling.update_items(site, asked["parent_doctype_name"], asked["trans_items"]),
}


def authenticated(header):
    if header is None:
        return GUEST
    kind, _, secret = header.partition(" ")
    try:
        if kind.lower() == "basic":
            secret = base64.b64decode(secret, validate=True).decode()
        elif kind.lower() != "token":
            raise failures.authentication()
        return USERS[secret.strip()]
    except (KeyError, ValueError) as error:
        raise failures.authentication() from error


def _json(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise failures.not_json(error) from error


def _parsed(value):
    return _json(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def _length(value):
    """A text that is no number means all."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _message(value):
    return Answer(200, {"message": value} if value is not None else {})


def main():
    store = Store(os.environ["LAB_JOURNAL"], TABLES, INDEXES, waits=True)
    system = ERPNext(store, "erp.lab", os.environ["LAB_ZONE"])
    if store.fresh:
        seed.fill(store, system.zone, int(os.environ["LAB_SEED"]), int(os.environ["LAB_ROWS"]))
    serve(int(os.environ["LAB_PORT"]), store, system)


sys.exit(main())
