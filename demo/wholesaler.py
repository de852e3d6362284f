#!/usr/bin/env python3
"""A sample company: a wholesaler with an ERP and a warehouse system, two SQLite databases, and people at work."""

import argparse
import os
import signal
import sqlite3
import sys
import threading

sys.dont_write_bytecode = True

from company import database, founding, working


def positive(text):
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def count(text):
    value = int(text)
    if value < 10:
        raise argparse.ArgumentTypeError(f"{text} is too few for a company, 10 or more")
    return value


def make(options):
    os.makedirs(options.directory, exist_ok=True)
    founding.found(options.directory, options.seed, options.customers, options.products, options.orders)


def work(options):
    missing = [p for p in (database.path(options.directory, n) for n in ("erp", "warehouse")) if not os.path.exists(p)]
    if missing:
        sys.exit(f"there is no {missing[0]}; make the company first: {sys.argv[0]} make {options.directory}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    report = (lambda step: print(step, flush=True)) if options.verbose else (lambda step: None)
    working.work(options.directory, options.seed, options.rate, options.seconds, stop, report)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="same seed, same company (default: 7)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    making = commands.add_parser("make", help="makes the company anew, in place of one that is there")
    making.set_defaults(run=make)
    making.add_argument("--customers", type=count, default=200)
    making.add_argument("--products", type=count, default=80)
    making.add_argument("--orders", type=count, default=500)

    at_work = commands.add_parser("work", help="works until SIGTERM")
    at_work.set_defaults(run=work)
    at_work.add_argument("--rate", type=positive, default=3.0, help="steps a second on average (default: 3)")
    at_work.add_argument("--seconds", type=positive, help="ends by itself")
    at_work.add_argument("--verbose", action="store_true", help="prints each step")

    for command in (making, at_work):
        command.add_argument("directory", metavar="DIR")
        command.add_argument("--seed", type=int, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        options.run(options)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"{options.directory}: {error}")


if __name__ == "__main__":
    main()
