"""Odoo's failures: the name a client sees, the message, and JSON-2's status. Messages as in odoo.captures/errors.json."""


class Failure(Exception):
    def __init__(self, name, status, message, *more):
        super().__init__(message)
        self.name, self.status, self.message, self.arguments = name, status, message, [message, *more]

    def data(self):
        trace = f"{self.name}: {self.message}\n" if self.name.endswith("AccessDenied") else "Traceback (most recent call last): …"
        return {"name": self.name, "message": self.message, "arguments": self.arguments, "context": {}, "debug": trace}


def access_denied():
    return Failure("odoo.exceptions.AccessDenied", 401, "Access Denied")


def access_error(message):
    return Failure("odoo.exceptions.AccessError", 403, message)


def not_allowed(model, title):
    return access_error(f"You are not allowed to access '{title}' ({model}) records.\n\nThis operation is allowed for the "
                        "following groups:\n\t- Access Rights\n\nContact your administrator to request access if necessary.")


def missing(model, number, user):
    return Failure("odoo.exceptions.MissingError", 404,
                   f"Record does not exist or has been deleted.\n(Record: {model}({number},), User: {user})")


def user_error(message):
    return Failure("odoo.exceptions.UserError", 422, message)


def value_error(message):
    return Failure("builtins.ValueError", 500, message)


def type_error(message):
    return Failure("builtins.TypeError", 500, message)


def http(word, status, message):
    """What JSON-2 itself refuses."""
    return Failure(f"werkzeug.exceptions.{word}", status, message, status)


def no_database(name):
    return Failure("psycopg2.OperationalError", 500,
                   f'connection to server at "127.0.0.1", port 5432 failed: FATAL:  database "{name}" does not exist\n')
