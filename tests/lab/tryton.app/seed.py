"""Fills a fresh Tryton database with a small company: customers, products, stock, sales in every state, a dunning.

seed.py DATABASE CONFIG, with SEED_USER and SEED_PASSWORD for the feed's own user. Works inside the server's own
code (proteus), no HTTP; run it with Debian's Python.
"""

import datetime
import os
import sys
from decimal import Decimal

os.environ.setdefault("DB_NAME", sys.argv[1])     # trytond's test tools want it when they are imported

# pylint: disable=wrong-import-position
from dateutil.relativedelta import relativedelta
from proteus import Model, Wizard
from proteus import config as proteus_config

SERVER = proteus_config.set_trytond(database=sys.argv[1], config_file=sys.argv[2])

from trytond.exceptions import UserWarning as Warned
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency

TODAY = datetime.date.today()
CUSTOMERS = [("Müller & Söhne GmbH", "einkauf@mueller.example", "Köln"), ("ООО Ромашка", "zakaz@romashka.example", "Москва"),
             ("Customer Three", "c3@example.org", "Paris")]
READER_GROUPS = ("Sales", "Stock", "Account", "Dunning", "Sale Opportunity")
SHIPPING = ("assign_try", "pick", "pack", "done")


def model(name):
    return Model.get(name)


def saved(kind, /, **values):
    record = model(kind)(**values)
    record.save()
    return record


def accepting(action):
    """Runs `action`, answering yes to the warnings a user would click away."""
    while True:
        try:
            return action()
        except Warned as warning:
            saved("res.user.warning", user=model("res.user")(SERVER.user), name=warning.name, always=False)


def company():
    create_company(currency=get_currency("EUR"))
    employee = saved("company.employee", party=saved("party.party", name="Employee One"))
    user = model("res.user")(SERVER.user)
    user.employees.append(employee)
    user.employee = employee
    user.save()
    SERVER._context = model("res.user").get_preferences(True, {})     # pylint: disable=protected-access
    for start in (TODAY - relativedelta(years=1), TODAY):
        set_fiscalyear_invoice_sequences(create_fiscalyear(get_company(), start)).click("create_period")
    create_chart(get_company())
    return employee, get_accounts(get_company())


def payment_method(accounts):
    journal, = model("account.journal").find([("type", "=", "cash")])
    return saved("account.invoice.payment.method", name="Cash", journal=journal, credit_account=accounts["cash"],
                 debit_account=accounts["cash"])


def dunning_procedure():
    procedure = model("account.dunning.procedure")(name="Standard")
    for sequence, days in enumerate((5, 20, 40), 1):
        level = procedure.levels.new()
        level.sequence, level.overdue = sequence, datetime.timedelta(days)
    procedure.save()
    return procedure


def customer(name, mail, city, procedure):
    party = model("party.party")(name=name, dunning_procedure=procedure)
    address, = party.addresses
    address.street, address.city, address.postal_code = "Street 1", city, "50667"
    for kind, value in (("email", mail), ("phone", "+49 221 4710 999")):
        mechanism = party.contact_mechanisms.new()
        mechanism.type, mechanism.value = kind, value
    party.save()
    return party


def goods(accounts):
    tax = create_tax(Decimal(".10"))
    tax.save()
    category = model("product.category")(name="Goods", accounting=True, account_expense=accounts["expense"],
                                         account_revenue=accounts["revenue"])
    category.customer_taxes.append(model("account.tax")(tax.id))
    category.save()
    unit, = model("product.uom").find([("name", "=", "Unit")])
    products = [saved("product.template", name=f"Widget {i}", code=f"W-{i:03}", default_uom=unit, type="goods",
                      salable=True, list_price=Decimal("10.25") + i, account_category=category).products[0]
                for i in range(5)]
    storage, = model("stock.location").find([("code", "=", "STO")])
    count = model("stock.inventory")(location=storage)
    for product in products:
        line = count.lines.new(product=product)
        line.quantity, line.expected_quantity = 1_000_000.0, 0.0
    count.click("confirm")
    return products


def sale(party, quantities, clicks, terms, description=None):
    order = model("sale.sale")(party=party, payment_term=terms, invoice_method="order", description=description)
    for product, quantity in quantities:
        line = order.lines.new()
        line.product, line.quantity = product, quantity
    order.save()
    for button in clicks:
        order.click(button)     # confirm leads on to processing by itself
    order.reload()
    return order


def sales(parties, products, terms):
    first, second, third = parties
    paid = sale(first, zip(products, (2, 3)), ("quote", "confirm"), terms, "shipped, invoiced and paid")
    overdue = sale(second, zip(products, (10, 15)), ("quote", "confirm"), terms, "assigned, invoice overdue")
    sale(third, zip(products, (1,)), ("quote",), terms)
    sale(first, zip(products, (7,)), (), terms)
    sale(first, zip(products, (4,)), ("cancel",), terms, "cancelled")
    sale(third, zip(products, (5,)), ("quote", "confirm"), terms, "waits for stock")
    return paid, overdue


def ship_and_invoice(paid, overdue, method):
    for button in SHIPPING:
        paid.shipments[0].click(button)
    overdue.shipments[0].click("assign_try")
    # posted in the order of their dates: the numbering refuses an earlier date afterwards
    late, = overdue.invoices
    late.invoice_date = TODAY - relativedelta(days=60)
    late.save()
    accepting(lambda: late.click("post"))
    invoice, = paid.invoices
    invoice.click("post")
    pay = Wizard("account.invoice.pay", [invoice])
    pay.form.payment_method = method
    pay.execute("choice")
    dun = Wizard("account.dunning.create")
    dun.form.date = TODAY + relativedelta(days=60)
    dun.execute("create_")


def reader(login, password):
    user = model("res.user")(name="Reader", login=login, password=password)
    groups = model("res.group")
    for name in READER_GROUPS:
        group, = groups.find([("name", "=", name)])
        user.groups.append(groups(group.id))
    user.save()


def main():
    employee, accounts = company()
    method, procedure = payment_method(accounts), dunning_procedure()
    parties = [customer(*row, procedure) for row in CUSTOMERS]
    products, terms = goods(accounts), create_payment_term()
    terms.save()
    ship_and_invoice(*sales(parties, products, terms), method)
    deal = saved("sale.opportunity", description="Big deal", party=parties[0], address=parties[0].addresses[0],
                 employee=employee, amount=Decimal(5000), payment_term=terms)
    deal.click("opportunity")
    reader(os.environ["SEED_USER"], os.environ["SEED_PASSWORD"])


main()
