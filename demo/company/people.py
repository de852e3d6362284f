"""Who the wholesaler buys from and sells to: names, towns and telephones of eleven countries. All of it is made up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    plate: str          # the ERP's code: what stands on cars
    iso: str
    language: str       # the ERP's code
    territory: str
    calling: str
    mobiles: tuple      # national prefixes without the trunk zero
    digits: int         # after the prefix
    landline: str       # area and first digits, without the trunk zero
    line_digits: int
    towns: tuple        # (postal code, town)
    streets: tuple
    firms: tuple
    forms: tuple
    first: tuple
    last: tuple


COUNTRIES = (
    Country("D", "DE", "D", "North", "49", ("151", "160", "170"), 8, "40", 7,
            (("20457", "Hamburg"), ("28195", "Bremen"), ("80331", "München"), ("50667", "Köln"),
             ("33602", "Bielefeld")),
            ("Große Straße", "Mühlenweg", "Am Güterbahnhof", "Königsallee"),
            ("Müller & Söhne", "Bäckerei Jäger", "Haustechnik Groß", "Fröhlich Baubedarf", "Schäfer Elektro"),
            ("GmbH", "KG", "e.K."), ("Jürgen", "Käthe", "Björn", "Sabine"), ("Weiß", "Schröder", "Vogt", "Köhler")),
    Country("A", "AT", "D", "South", "43", ("664", "676"), 7, "1", 7,
            (("1010", "Wien"), ("5020", "Salzburg"), ("8010", "Graz")), ("Mariahilfer Straße", "Lindengasse"),
            ("Gruber Installationen", "Höllerer Werkzeuge"), ("GmbH", "OG"),
            ("Franz", "Gerlinde"), ("Gruber", "Hölzl")),
    Country("PL", "PL", "PL", "East", "48", ("501", "602", "791"), 6, "22", 7,
            (("00-950", "Warszawa"), ("80-831", "Gdańsk"), ("90-001", "Łódź"), ("31-042", "Kraków")),
            ("ul. Świętokrzyska", "ul. Długa", "al. Jerozolimskie", "ul. Źródlana"),
            ("Hurtownia Żuraw", "Zakład Ślusarski Wójcik", "Łącznik", "Świat Śrub"), ("sp. z o.o.", "S.A.", "s.c."),
            ("Małgorzata", "Łukasz", "Zbigniew", "Grażyna"), ("Wójcik", "Kamiński", "Żak", "Dąbrowska")),
    Country("CZ", "CZ", "CZ", "East", "420", ("602", "731"), 6, "2", 8,
            (("110 00", "Praha"), ("602 00", "Brno"), ("370 01", "České Budějovice")), ("Dlouhá", "Nádražní"),
            ("Dvořák a syn", "Železářství Hřích"), ("s.r.o.", "a.s."), ("Jiří", "Božena"), ("Dvořák", "Němcová")),
    Country("F", "FR", "F", "West", "33", ("61", "62"), 7, "1", 8,
            (("75011", "Paris"), ("69002", "Lyon"), ("67000", "Strasbourg")), ("rue de l'Église", "avenue Émile Zola"),
            ("Établissements Lefèvre", "Quincaillerie Noël"), ("SARL", "SAS"),
            ("François", "Hélène"), ("Lefèvre", "D'Aubigné")),
    Country("I", "IT", "I", "South", "39", ("335", "347"), 7, "02", 8,
            (("20121", "Milano"), ("39100", "Bolzano"), ("10121", "Torino")), ("Via Giosuè Carducci", "Corso Libertà"),
            ("Ferramenta Nicolò", "Idraulica Fantò"), ("S.r.l.", "S.p.A."), ("Niccolò", "Giulia"), ("Rossi", "Fantò")),
    Country("UA", "UA", "UA", "East", "380", ("50", "67"), 7, "44", 7,
            (("01001", "Київ"), ("79000", "Львів"), ("65000", "Одеса")), ("вул. Хрещатик", "просп. Свободи"),
            ("Будівельник", "Електросвіт", "Майстерня Їжак"), ("ТОВ", "ПП"),
            ("Олена", "Євген"), ("Шевченко", "Їжакевич")),
    Country("BG", "BG", "BG", "East", "359", ("888", "878"), 6, "2", 7,
            (("1000", "София"), ("4000", "Пловдив")), ("бул. Витоша", "ул. Граф Игнатиев"),
            ("Железария Борис", "Строймат"), ("ЕООД", "ООД"), ("Борис", "Цветана"), ("Димитров", "Желязкова")),
    Country("DK", "DK", "DK", "North", "45", ("20", "40"), 6, "33", 6,
            (("1050", "København K"), ("8000", "Aarhus C")), ("Nørregade", "Åboulevarden"),
            ("Sørensen Værktøj", "Møllers Trælast"), ("ApS", "A/S"), ("Søren", "Åse"), ("Sørensen", "Østergård")),
    Country("S", "SE", "S", "North", "46", ("70", "73"), 7, "8", 7,
            (("111 29", "Stockholm"), ("411 03", "Göteborg")), ("Västerlånggatan", "Järntorget"),
            ("Åkessons Järnhandel", "Malmö Byggvaror"), ("AB",), ("Åke", "Märta"), ("Åkesson", "Björk")),
    Country("NL", "NL", "NL", "West", "31", ("61", "62"), 7, "20", 7,
            (("1012 LG", "Amsterdam"), ("3011 AD", "Rotterdam")), ("Prinsengracht", "Coolsingel"),
            ("Van 't Hoff IJzerwaren", "Gereedschap Coëlho"), ("B.V.", "V.O.F."),
            ("Daniël", "Zoë"), ("van Dijk", "'t Hooft")),
)
HOME = COUNTRIES[0]
# where the customers are: half at home, the neighbours next
WEIGHTS = (50, 8, 12, 5, 5, 4, 4, 3, 3, 3, 3)
SPELLED = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "å": "a", "ł": "l", "ż": "z", "ź": "z", "ó": "o",
    "ś": "s", "ą": "a", "ę": "e", "ń": "n", "ć": "c", "é": "e", "è": "e", "ë": "e", "ř": "r", "í": "i", "ě": "e",
    "č": "c", "á": "a", "ž": "z", "ů": "u", "ý": "y", "ò": "o", "à": "a", "ù": "u", "ô": "o", "ç": "c"})
REPS = ("ahrens", "petersen", "nowak")


def telephone(rng, country, mobile):
    """As clerks type it: at home without the country, abroad with it, and with varying punctuation."""
    prefix = rng.choice(country.mobiles) if mobile else country.landline
    digits = country.digits if mobile else country.line_digits
    rest = str(rng.randint(2, 8)) + "".join(str(rng.randint(0, 9)) for _ in range(digits - 1))
    if country is HOME:
        return f"0{prefix}" + rng.choice(("/", " ", "-")) + rest
    return f"+{country.calling} {prefix} " + rest[:3] + rng.choice((" ", "")) + rest[3:]


def ascii_word(text):
    """A name as it stands in an e-mail address, or nothing where its script is not Latin."""
    return "".join(c for c in text.lower().translate(SPELLED) if c.isascii() and (c.isalnum() or c == "-")).strip("-")


def address(rng, country):
    postal_code, town = rng.choice(country.towns)
    return {"str": f"{rng.choice(country.streets)} {rng.randint(1, 140)}", "zip": postal_code, "town": town,
            "ctry": country.plate}


def customer(rng, number):
    """A row of `cust`; firms are three in four."""
    country = rng.choices(COUNTRIES, WEIGHTS)[0]
    firm = rng.random() < 0.75
    first, last = rng.choice(country.first), rng.choice(country.last)
    name = f"{rng.choice(country.firms)} {rng.choice(country.forms)}" if firm else last
    site = f"kunde{number}.example"
    return {"cust_no": number, "name1": name, "name2": None if firm else first, "kind": "F" if firm else "P",
            "vat_id": f"{country.iso}{rng.randint(100000000, 999999999)}" if firm else None,
            "tel": telephone(rng, country, False) if rng.random() < 0.8 else None,
            "mob": telephone(rng, country, True) if rng.random() < 0.6 else None,
            "mail": f"{ascii_word(last) or 'info'}@{site}" if rng.random() < 0.9 else None,
            "mail_acc": f"accounts@{site}" if firm and rng.random() < 0.5 else None,
            **address(rng, country), "lang": country.language, "terr": country.territory, "rep": rng.choice(REPS),
            "cred_lim": f"{rng.randint(1, 60) * 500}.00" if firm else None, "curr": "EUR",
            "born": None if firm else f"{rng.randint(1950, 2004)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            "disc_grp": rng.choice(("A", "B", "C", None)), "act": "N" if rng.random() < 0.04 else "Y"}
