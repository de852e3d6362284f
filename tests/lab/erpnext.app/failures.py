"""Frappe's failures as they look in an answer: status, exc_type, and the messages, JSON inside JSON. See errors.json."""

import html
import json


class Failure(Exception):
    def __init__(self, status, kind, text=None, **more):
        super().__init__(text or kind)
        self.status, self.kind, self.text, self.more = status, kind, text, more

    def body(self):
        """`more`: module and message of the exception, `shown` for what the messages hold, `bare` without a traceback."""
        body = {}
        if not self.more.get("bare"):
            text = self.more.get("exception", self.text)
            body["exception"] = f"{self.more.get('module', 'frappe.exceptions')}.{self.kind}" + (f": {text}" if text else "")
        body["exc_type"] = self.kind
        if not self.more.get("bare"):
            body["exc"] = json.dumps(["Traceback (most recent call last): …"])
        if self.more.get("shown", True) and self.text:
            body["_server_messages"] = json.dumps([json.dumps(self.message())])
        if "error_message" in self.more:
            body["_error_message"] = self.more["error_message"]
        return body

    def message(self):
        return self.more.get("message") or {"message": self.text, "title": "Message", "indicator": "red",
                                            "raise_exception": 1}

    def body_v2(self):
        error = {"type": self.kind}
        if not self.more.get("bare"):
            error["exception"] = "Traceback (most recent call last): …"
        if self.text:
            error.update({k: v for k, v in self.message().items() if k != "raise_exception"})
        return {"errors": [error]}


def authentication():
    return Failure(401, "AuthenticationError")


def forbidden(user, doctype, document=False):
    text = f"User <strong>{html.escape(user)}</strong> does not have doctype access via role permission for document <strong>{doctype}</strong>"
    more = {} if document else {"error_message": f"No permission for {doctype}"}
    if document:
        text += f"<br>User <strong>{html.escape(user)}</strong> does not have access to this document"
    return Failure(403, "PermissionError", text, exception=None, message={"message": text, "title": "Message"}, **more)


def silent_forbidden():
    return Failure(403, "PermissionError")


def unknown(text=None):
    return Failure(404, "DoesNotExistError", text, bare=True)


def data_error(field):
    return Failure(417, "DataError", f"Field not permitted in query: {field}")


def validation(text, kind="ValidationError"):
    return Failure(417, kind, text)


def duplicate(doctype, name):
    return Failure(409, "DuplicateEntryError", f"{doctype} exists",
                   exception=f"('{doctype}', '{name}', IntegrityError(1062, \"Duplicate entry '{name}' for key 'PRIMARY'\"))",
                   message={"message": f"{doctype} <strong>{html.escape(name)}</strong> already exists",
                            "title": "Duplicate Name", "indicator": "red"})


def sql(kind, text):
    """What the database itself refuses: 500, though asking again does not help."""
    return Failure(500, kind, text, module="pymysql.err", shown=False)


def not_json(error):
    return Failure(500, "JSONDecodeError", str(error), module="json.decoder", shown=False)


def lock_timeout():
    return Failure(500, "QueryTimeoutError", "(1205, 'Lock wait timeout exceeded; try restarting transaction')")
