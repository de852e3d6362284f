"""A STUB of Odoo 14 to 19: JSON-RPC, and from 19 on JSON-2, answering as the captures in odoo.captures do.

Written from captures of 19.0; what differs before 19 is from public knowledge. No Odoo code is in it.
"""

import json
import os
import sys

import failures
import invoicing
import rules
import seed
import workflow
from models import TITLES, Schema, indexes, tables
from records import Env, User
from stub.server import Answer, serve
from stub.store import Conflict, Store

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
NOT_FOUND = ("<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>No database is selected and the requested URL was "
             "not found in the server-wide controllers.</p>\n<p>Please verify the hostname, <a href=/web/login>login</a> and try "
             "again.</p>\n\n<!-- Alternatively, use the X-Odoo-Database header. -->\n")

# model-level methods: positional parameters in order. Those of records get their ids first.
MODEL_METHODS = {"search": ("domain", "offset", "limit", "order"), "search_count": ("domain", "limit", "args"),
                 "search_read": ("domain", "fields", "offset", "limit", "order", "load"),
                 "fields_get": ("allfields", "attributes"), "create": ("vals_list",)}
RECORD_METHODS = {"read": ("fields", "load"), "write": ("vals",), "unlink": ()}
ACTIONS = {("sale.order", "action_confirm"): workflow.confirm, ("sale.order", "action_cancel"): workflow.cancel,
           ("sale.order", "action_draft"): workflow.back_to_draft,
           ("sale.order", "action_quotation_sent"): workflow.setting("sale.order", state="sent"),
           ("sale.order", "action_lock"): workflow.setting("sale.order", locked=True),
           ("sale.order", "action_unlock"): workflow.setting("sale.order", locked=False),
           ("stock.picking", "button_validate"): workflow.validate, ("stock.picking",
                                                                     "action_cancel"): workflow.cancel_pickings,
           ("stock.picking", "action_assign"): lambda env, keys: True,
           ("stock.quant", "action_apply_inventory"): workflow.apply_inventory,
           ("sale.advance.payment.inv", "create_invoices"): invoicing.create_invoices,
           ("account.move", "action_post"): invoicing.post, ("account.move", "button_draft"): invoicing.draft,
           ("account.move", "button_cancel"): invoicing.cancel_moves,
           ("account.payment.register", "action_create_payments"): invoicing.pay,
           ("account.move.reversal", "refund_moves"): invoicing.reverse}
FEED_DENIED = frozenset({"ir.rule"})
PORTAL_DENIED = frozenset(TITLES) - {"res.partner", "sale.order", "account.move"} | {"stock.move", "product.template",
                                                                                     "account.move.line"}


class Odoo:
    def __init__(self, store, version, database):
        self.store, self.version, self.database, self.schema = store, version, database, Schema(version)
        self.users = {user.number: user for user in (
            User(2, "admin", ("admin", "a" * 40)), User(5, "feed", ("feed-password", "f" * 40), denied=FEED_DENIED),
            User(7, "portal", ("portal", "p" * 40), (1,), partner=10, denied=PORTAL_DENIED))}
        self.jobs = {"scheduler": workflow.scheduler}

    # calls

    def call(self, user, model, method, args, named, held):
        """One call, one transaction; what the system does a moment later follows in its own."""
        later = []

        def work(transaction):
            context = named.get("context")
            env = Env(self.schema, transaction, user, context, rules)
            answer = self._invoke(env, model, method, args, {k: v for k, v in named.items() if k != "context"})
            later[:] = env.later
            return answer
        try:
            answer = self.store.run(work, held)
        except Conflict as conflict:
            raise failures.Failure("psycopg2.errors.SerializationFailure", 500, f"{conflict}\n") from conflict
        for task in later:
            self.store.run(lambda transaction, task=task: task(Env(self.schema, transaction, user, {}, rules)), held)
        return answer

    def check(self, model, method):
        if model not in self.schema.models:
            raise failures.user_error(f"Object {model} doesn't exist")
        if method.startswith("_"):
            raise failures.access_error(f"Private methods (such as '{model}.{method}') cannot be called remotely.")
        if not (method in MODEL_METHODS or method in RECORD_METHODS or method in workflow.ANY_MODEL
                or (model, method) in ACTIONS):
            raise failures.Failure("builtins.AttributeError", 404, f"The method '{model}.{method}' does not exist")

    def _invoke(self, env, model, method, args, named):
        self.check(model, method)
        if method in MODEL_METHODS:
            return getattr(self, f"_{method}")(env, model, **_arguments(MODEL_METHODS[method], args, named, model, method))
        keys, args = (named.pop("ids") if "ids" in named else args[0]), args[1:] if args else []
        keys = keys if isinstance(keys, list) else [keys]
        if method in workflow.ANY_MODEL:
            return workflow.ANY_MODEL[method](env, model, keys)
        if (model, method) in ACTIONS:
            return ACTIONS[model, method](env, keys)
        named = _arguments(RECORD_METHODS[method], args, named, model, method)
        if method == "read":
            env.check_access(model)
            rows = [row for row in (env.row(model, key) for key in keys) if row is not None and env.visible(model, row)]
            return env.read(model, rows, **named)
        return env.write(model, keys, named["vals"]) if method == "write" else env.unlink(model, keys)

    def _search(self, env, model, **named):
        return [row["id"] for row in env.search(model, **named)]

    def _search_count(self, env, model, domain=None, args=None, limit=None):
        if (args if self.version >= 16 else domain) is not None:      # it changed its name
            raise failures.type_error("search_count() got an unexpected keyword argument")
        return len(env.search(model, domain or args, order="id", limit=limit))

    def _search_read(self, env, model, fields=None, **named):
        if "load" in named and self.version < 15:
            raise failures.type_error("search_read() got an unexpected keyword argument 'load'")
        load = named.pop("load", "_classic_read")
        return env.read(model, env.search(model, **named), fields, load)

    def _fields_get(self, _env, model, allfields=None, attributes=None):
        return {name: {k: v for k, v in says.items() if not attributes or k in attributes}
                for name, says in self.schema.models[model].items() if not allfields or name in allfields}

    def _create(self, env, model, vals_list):
        if isinstance(vals_list, dict):
            return env.create(model, vals_list)
        return [env.create(model, values) for values in vals_list]

    # HTTP

    def refusal(self, status):
        return Answer(status, f"<html><head><title>{status}</title></head></html>", "text/html")     # a proxy's words

    def answer(self, request):
        if request.path == "/jsonrpc":
            return self.json_rpc(request)
        if request.path.startswith("/json/2/") and self.version >= 19:
            return self.json_2(request)
        if request.path in ("/json/version", "/web/version") and self.version >= 19:
            return Answer(200, {"version_info": self._version_info(), "version": f"{self.version}.0"}, JSON)
        if request.path == "/web/session/authenticate":
            return _rpc(None, error=failures.access_denied())
        if request.path.startswith("/web/dataset/call_kw"):
            return _rpc(None, error=failures.Failure("odoo.http.SessionExpiredException", 200, "Session expired"),
                        expired=True)
        return Answer(404, NOT_FOUND, HTML)

    def _version_info(self):
        return [self.version, 0, 0, "final", 0, ""]

    def json_rpc(self, request):
        if not (request.headers.get("Content-Type") or "").startswith("application/json"):
            return Answer(415,
                          "<!doctype html>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported Media Type</h1>\n",
                          HTML)
        try:
            call = json.loads(request.body)
            number, wanted = call.get("id"), call["params"]
            service, method, args = wanted["service"], wanted["method"], wanted["args"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return Answer(400,
                          "<!doctype html>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n<p>Invalid JSON data</p>\n", HTML)
        try:
            return _rpc(number, self._service(service, method, args, request.held))
        except failures.Failure as failure:
            return _rpc(number, error=failure)

    def _service(self, service, method, args, held):
        if service == "common":
            if method == "version":
                return {"server_version": f"{self.version}.0", "server_version_info": self._version_info(),
                        "server_serie": f"{self.version}.0", "protocol_version": 1}
            if method in ("authenticate", "login"):
                return self._authenticate(*args[:3])
        elif service == "object" and method in ("execute_kw", "execute"):
            database, number, secret, model, name, *rest = args
            self._known(database)
            user = self.users.get(number)
            if user is None or secret not in user.secrets:
                raise failures.access_denied()
            positional, named = (rest[0] if rest else [], rest[1] if len(rest) > 1
                                 else {}) if method == "execute_kw" else (rest, {})
            return self.call(user, model, name, positional, dict(named), held)
        raise failures.access_denied()      # the db service is switched off, too

    def _known(self, database):
        if database != self.database:
            raise failures.no_database(database)

    def _authenticate(self, database, login, secret):
        self._known(database)
        return next((user.number for user in self.users.values() if user.login == login and secret in user.secrets), False)

    def json_2(self, request):
        if request.headers.get("X-Odoo-Database") not in (None, self.database) or request.method != "POST":
            return Answer(404, NOT_FOUND, HTML)
        if not (request.headers.get("Content-Type") or "").startswith("application/json"):
            return Answer(415,
                          "<!doctype html>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported Media Type</h1>\n",
                          HTML)
        try:
            return Answer(200, self._json_2(request), JSON)
        except failures.Failure as failure:
            return Answer(failure.status, failure.data(), JSON)

    def _json_2(self, request):
        kind, _, key = (request.headers.get("Authorization") or "").partition(" ")
        user = next((user for user in self.users.values() if kind.lower() == "bearer" and key == user.secrets[1]), None)
        if user is None:
            raise failures.http("Unauthorized", 401, "Invalid apikey")
        model, _, method = request.path.removeprefix("/json/2/").partition("/")
        if model not in self.schema.models:
            raise failures.http("NotFound", 404, f"the model '{model}' does not exist")
        try:
            self.check(model, method)
            named = json.loads(request.body or b"{}")
        except failures.Failure as failure:
            if failure.name == "builtins.AttributeError":
                raise failures.http("NotFound", 404, failure.message) from failure
            raise
        except ValueError as error:
            raise failures.http("BadRequest", 400, f"could not parse the body as json: {error}") from error
        if method in MODEL_METHODS and named.get("ids"):
            raise failures.http("UnprocessableEntity", 422, f"cannot call {model}.{method} with ids")
        if method == "create":
            named["vals_list"] = [named["vals_list"]] if isinstance(named.get("vals_list"),
                                                                    dict) else named.get("vals_list", [])
        elif method not in MODEL_METHODS:
            named.setdefault("ids", [])
        return self.call(user, model, method, [], named, request.held)


def _arguments(names, args, named, model, method):
    unknown = [name for name in named if name not in names]
    if unknown and method == "search_read":
        raise failures.type_error(f"BaseModel._read_format() got an unexpected keyword argument '{unknown[0]}'")
    if unknown:
        raise failures.Failure("builtins.TypeError", 422,
                               f"BaseModel.{method}() got an unexpected keyword argument '{unknown[0]}'")
    return {**dict(zip(names, args)), **named}


def _rpc(number, result=None, error=None, expired=False):
    answer = {"jsonrpc": "2.0", "id": number}
    if error:
        answer["error"] = {"code": 100 if expired else 0, "message": "Odoo Session Expired" if expired
                           else "Odoo Server Error", "data": error.data()}
    elif result is not None:
        answer["result"] = result
    return Answer(200, answer, JSON)


def main():
    store = Store(os.environ["LAB_JOURNAL"], tables(), indexes())
    odoo = Odoo(store, int(os.environ["LAB_ODOO_VERSION"]), os.environ["LAB_ODOO_DATABASE"])
    if store.fresh:
        seed.fill(store, odoo.schema, odoo.users[2], int(os.environ["LAB_SEED"]), int(os.environ["LAB_ROWS"]))
    # the built-in server of Odoo ends every connection
    serve(int(os.environ["LAB_PORT"]), store, odoo, keep_alive=False)


sys.exit(main())
