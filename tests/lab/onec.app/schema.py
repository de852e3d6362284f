"""The objects of the sample configuration and their kinds, and $metadata made from them.

Names are those of a trade configuration; every real one has its own. Kinds: guid, text, fixed (padded with spaces to its
length), bool, date, double; a table is a tabular section.
"""

from xml.sax.saxutils import quoteattr

EMPTY_KEY, EMPTY_DATE = "00000000-0000-0000-0000-000000000000", "0001-01-01T00:00:00"
FIXED = {"ШтрихКод": 20, "НомерКонтракта": 11}
TYPES = {"guid": "Edm.Guid", "text": "Edm.String", "fixed": "Edm.String", "bool": "Edm.Boolean", "date": "Edm.DateTime",
         "double": "Edm.Double"}
NOTHING = {"guid": EMPTY_KEY, "text": "", "bool": False, "date": EMPTY_DATE, "double": 0}

CATALOG = {"Ref_Key": "guid", "DataVersion": "text", "DeletionMark": "bool", "Predefined": "bool",
           "PredefinedDataName": "text",
           "Parent_Key": "guid", "IsFolder": "bool", "Code": "text", "Description": "text"}
DOCUMENT = {"Ref_Key": "guid", "DataVersion": "text", "DeletionMark": "bool", "Number": "text", "Date": "date",
            "Posted": "bool",
            "Контрагент_Key": "guid", "СуммаДокумента": "double", "Комментарий": "text"}
BASIS = {"ДокументОснование": "text", "ДокументОснование_Type": "text"}
GOODS = {"Ref_Key": "guid", "LineNumber": "text", "Номенклатура_Key": "guid", "Количество": "double", "Цена": "double",
         "Сумма": "double",
         "ШтрихКод": "fixed"}
OBJECTS = {
    "Catalog_Контрагенты": {**CATALOG, "НаименованиеПолное": "text", "ИНН": "text", "Комментарий": "text",
                            "КонтактнаяИнформация": {
        "Ref_Key": "guid", "LineNumber": "text", "Тип": "text", "Представление": "text"}},
    "Catalog_Номенклатура": {**CATALOG, "Артикул": "text", "НаименованиеПолное": "text"},
    "Catalog_Склады": CATALOG,
    "Document_ЗаказПокупателя": {**DOCUMENT, "НомерКонтракта": "fixed", "ДатаКонтракта": "date", "Запасы": GOODS},
    "Document_РеализацияТоваровУслуг": {**DOCUMENT, **BASIS, "Склад_Key": "guid", "Товары": GOODS},
    "Document_ПоступлениеНаРасчетныйСчет": {**DOCUMENT, **BASIS},
}
REGISTER = "AccumulationRegister_ТоварыНаСкладах"
LINKED = {"Контрагент_Key": "Контрагент", "Склад_Key": "Склад", "Parent_Key": "Parent", "Номенклатура_Key": "Номенклатура"}


def nothing(name, kind):
    if isinstance(kind, dict):
        return []
    return " " * FIXED[name] if kind == "fixed" else NOTHING[kind]


def shown(name, kind, value):
    return value.ljust(FIXED[name])[:FIXED[name]] if kind == "fixed" else value


def _property(name, kind, table):
    kind = f"Collection(StandardODATA.{table}_{name}_RowType)" if isinstance(kind, dict) else TYPES[kind]
    nullable = "false" if name == "Ref_Key" else "true"
    return f'<Property Name={quoteattr(name)} Type="{kind}" Nullable="{nullable}"/>'


def metadata():
    types, sets = [], []
    for name, fields in OBJECTS.items():
        properties = "".join(_property(field, kind, name) for field, kind in fields.items())
        types.append(f'<EntityType Name="{name}"><Key><PropertyRef Name="Ref_Key"/></Key>{properties}</EntityType>')
        types += [f'<ComplexType Name="{name}_{field}_RowType">{"".join(_property(n, k, name) for n, k in kind.items())}</ComplexType>'
                  for field, kind in fields.items() if isinstance(kind, dict)]
        sets.append(f'<EntitySet Name="{name}" EntityType="StandardODATA.{name}"/>')
    types.append(f'<ComplexType Name="{REGISTER}_Balance"><Property Name="Склад_Key" Type="Edm.Guid" Nullable="true"/>'
                 '<Property Name="Номенклатура_Key" Type="Edm.Guid" Nullable="true"/>'
                 '<Property Name="КоличествоBalance" Type="Edm.Double" Nullable="true"/></ComplexType>')
    return ('<?xml version="1.0" encoding="UTF-8"?><edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0">'
            '<edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" m:DataServiceVersion="3.0" '
            'm:MaxDataServiceVersion="3.0"><Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="StandardODATA">'
            f'{"".join(types)}<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">{"".join(sets)}</EntityContainer>'
            '</Schema></edmx:DataServices></edmx:Edmx>')
