"""The company at work: at each tick somebody does something, each step one transaction in each database it touches."""

import random
import threading
from datetime import datetime, timezone

from company import database
from company.database import transaction
from company.trade import Company

# step, how often among the others
STEPS = (("enter_order", 14), ("change_quantity", 4), ("confirm", 12), ("cancel", 1), ("pick", 13), ("ship", 13),
         ("deliver", 12), ("invoice", 10), ("pay", 9), ("win_customer", 2), ("change_mobile", 3), ("change_price", 2),
         ("receive_goods", 6))


def work(directory, seed, rate, seconds, stop: threading.Event, report):
    """Until `stop` is set or `seconds` (None: for ever) are over. `report` is called with what was done."""
    erp, warehouse = (database.connect(directory, name) for name in ("erp", "warehouse"))
    rng = random.Random(seed)
    company = Company(erp, warehouse, rng)
    names, weights = zip(*STEPS)
    started = datetime.now(timezone.utc)
    while not stop.wait(rng.expovariate(rate)):
        now = datetime.now(timezone.utc)
        if seconds is not None and (now - started).total_seconds() >= seconds:
            break
        step = rng.choices(names, weights)[0]
        with transaction(erp), transaction(warehouse):
            done = getattr(company, step)(now)
        if done:
            report(step)
    erp.close()
    warehouse.close()
