"""What the wholesaler sells: fittings, tools and cable, each kind in a few sizes."""

from decimal import Decimal

# description, group, unit as the ERP spells it, cost of the smallest size, sizes
KINDS = (
    ("Kugelhahn Messing", "Sanitär", "STK", "4.20", ("1/2\"", "3/4\"", "1\"")),
    ("Winkelverschraubung", "Sanitär", "STK", "1.85", ("15 mm", "18 mm", "22 mm")),
    ("Kupferrohr", "Sanitär", "M", "6.10", ("15x1", "18x1", "22x1")),
    ("Sechskantschraube A2", "Befestigung", "KRT", "9.40", ("M6x40", "M8x50", "M10x60")),
    ("Dübel grau", "Befestigung", "KRT", "3.15", ("6", "8", "10")),
    ("Zementmörtel", "Bau", "KG", "0.38", ("fein", "grob")),
    ("Mantelleitung NYM-J", "Elektro", "M", "0.72", ("3x1,5", "3x2,5", "5x2,5")),
    ("LED-Röhre", "Elektro", "STK", "5.95", ("60 cm", "120 cm", "150 cm")),
    ("Steckdose weiß", "Elektro", "STK", "2.30", ("1-fach", "2-fach")),
    ("Schleifscheibe", "Werkzeug", "STK", "1.10", ("P80", "P120", "P240")),
    ("Bohrer HSS", "Werkzeug", "STK", "2.05", ("4 mm", "6 mm", "8 mm", "10 mm")),
    ("Wasserwaage", "Werkzeug", "STK", "14.80", ("60 cm", "100 cm")),
)
BRANDS = ("Nordstern", "Höfle", "Żelazny", "Ferro", None)
LOCATIONS = ("HH-01", "HH-02", "LODZ")


def money(value):
    return str(Decimal(value).quantize(Decimal("0.01")))


def check_digit(digits):
    """The thirteenth digit of an EAN."""
    return str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10)


def ean(number):
    digits = f"40{number:010}"
    return digits + check_digit(digits)


def article(rng, number):
    """A row of `art`. The kinds come in turn, so that any number of articles is a mixture."""
    descr, group, uom, cost, sizes = KINDS[number % len(KINDS)]
    step = number // len(KINDS)
    cost = Decimal(cost) * (10 + 3 * (step % len(sizes))) / 10
    return {"art_id": number, "sku": f"{group[:2].upper()}-{1000 + number}",
            "descr": f"{descr} {sizes[step % len(sizes)]}", "brand": rng.choice(BRANDS), "grp": group, "uom": uom,
            "ean": ean(number), "ean_krt": ean(50000 + number) if uom == "STK" else None,
            "list_pr": money(cost * Decimal(rng.choice(("1.45", "1.60", "1.85")))), "cost_pr": money(cost),
            "curr": "EUR", "blocked": int(rng.random() < 0.03)}


def quantity(rng, uom):
    """Pieces and cartons are whole, metres and kilograms need not be."""
    return str(rng.randint(1, 40)) if uom in ("STK", "KRT") else str(Decimal(rng.randint(4, 400)) / 4)
