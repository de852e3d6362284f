#include "connectors/kit/discovery/rules.hpp"

#include <algorithm>
#include <iterator>

namespace tributary::discovery {
namespace {

constexpr FieldRule fields[] = {
    {"customer", "name", Form::text, "name", "organisation address"},
    {"customer", "name", Form::text, "organisation"},
    {"customer", "name", Form::text, "description"},
    {"customer", "first", Form::text, "first", "name"},
    {"customer", "last", Form::text, "last", "name"},
    {"customer", "number", Form::text, "number"},
    {"customer", "number", Form::text, "code"},
    {"customer", "tax_number", Form::text, "taxnumber", "number id"},
    {"customer", "tax_number", Form::text, "tax number", "id"},
    {"customer", "tax_number", Form::text, "tax id"},
    {"customer", "emails.address", Form::text, "email", "address"},
    {"customer", "phones.number", Form::text, "phone", "number"},
    {"customer", "phones.mobile", Form::text, "mobile", "phone number"},
    {"customer", "addresses.street", Form::text, "street", "address name"},
    {"customer", "addresses.street", Form::text, "address"},
    {"customer", "addresses.postal_code", Form::text, "zip", "code number address"},
    {"customer", "addresses.city", Form::text, "city", "address name"},
    {"customer", "addresses.region", Form::text, "region", "address"},
    {"customer", "addresses.country", Form::text, "country", "code address"},
    {"customer", "birthday", Form::day, "birth", "date"},
    {"customer", "language", Form::text, "language", "code"},
    {"customer", "credit_limit", Form::money, "credit limit", "amount"},
    {"customer", "status", Form::flag, "active"},

    {"product", "sku", Form::text, "sku", "code"},
    {"product", "sku", Form::text, "number", "item code"},
    {"product", "sku", Form::text, "code", "item"},
    {"product", "name", Form::text, "name", "item"},
    {"product", "name", Form::text, "description", "item"},
    {"product", "manufacturer", Form::text, "manufacturer", "name"},
    {"product", "group", Form::text, "group", "name code"},
    {"product", "unit", Form::text, "unit", "code"},
    {"product", "barcodes", Form::text, "barcode", "code number"},
    {"product", "price", Form::money, "price", "sold net unit"},
    {"product", "cost", Form::money, "cost", "price"},
    {"product", "cost", Form::money, "purchase price"},
    {"product", "status", Form::flag, "active"},

    {"sales_order", "number", Form::text, "number", "document sold"},
    {"sales_order", "number", Form::text, "code", "document"},
    {"sales_order", "number", Form::text, "name"},
    {"sales_order", "customer", Form::reference, "customer", "id number code"},
    {"sales_order", "channel", Form::text, "channel", "sold"},
    {"sales_order", "ordered_at", Form::moment, "order date", "time"},
    {"sales_order", "ordered_at", Form::moment, "order time"},
    {"sales_order", "ordered_at", Form::moment, "date", "time document"},
    {"sales_order", "ordered_at", Form::moment, "created", "date time"},
    {"sales_order", "promised_at", Form::moment, "promised", "date time shipment"},
    {"sales_order", "promised_at", Form::moment, "shipment date", "time due"},
    {"sales_order", "total", Form::money, "amount", "gross order"},
    {"sales_order", "total", Form::money, "gross"},

    {"shipment", "number", Form::text, "number", "document"},
    {"shipment", "number", Form::text, "code", "document"},
    {"shipment", "number", Form::text, "name"},
    {"shipment", "order", Form::reference, "order", "id number code"},
    {"shipment", "customer", Form::reference, "customer", "id number code"},
    {"shipment", "shipped_at", Form::moment, "shipment date", "time"},
    {"shipment", "shipped_at", Form::moment, "shipment time"},
    {"shipment", "shipped_at", Form::moment, "date", "time document"},
    {"shipment", "carrier", Form::text, "carrier", "name"},
    {"shipment", "tracking", Form::text, "tracking", "number code id"},

    {"invoice", "number", Form::text, "number", "document"},
    {"invoice", "number", Form::text, "code", "document"},
    {"invoice", "number", Form::text, "name"},
    {"invoice", "order", Form::reference, "order", "id number code"},
    {"invoice", "customer", Form::reference, "customer", "id number code"},
    {"invoice", "issued_on", Form::day, "issued", "date time"},
    {"invoice", "issued_on", Form::day, "invoice date", "time document"},
    {"invoice", "issued_on", Form::day, "date", "document"},
    {"invoice", "due_on", Form::day, "due", "date time payment"},
    {"invoice", "due_on", Form::day, "payment date"},
    {"invoice", "total", Form::money, "amount", "gross"},
    {"invoice", "total", Form::money, "gross"},
    {"invoice", "open", Form::money, "open", "amount"},

    {"payment", "number", Form::text, "number", "document"},
    {"payment", "number", Form::text, "code", "document"},
    {"payment", "number", Form::text, "name"},
    {"payment", "customer", Form::reference, "customer", "id number code"},
    {"payment", "paid_on", Form::day, "paid", "date time"},
    {"payment", "paid_on", Form::day, "payment date", "time"},
    {"payment", "paid_on", Form::day, "date", "time document"},
    {"payment", "amount", Form::money, "amount", "paid"},

    {"stock_level", "product", Form::reference, "product", "id number code sku item"},
    {"stock_level", "product", Form::reference, "sku", "code"},
    {"stock_level", "product", Form::reference, "item", "id number code"},
    {"stock_level", "location", Form::text, "location", "id code name number stock"},
    {"stock_level", "lot", Form::text, "lot", "number code"},
    {"stock_level", "on_hand", Form::number, "quantity", "available stock"},
    {"stock_level", "on_hand", Form::number, "available"},
    {"stock_level", "on_hand", Form::number, "stock"},
    {"stock_level", "reserved", Form::number, "reserved", "quantity"},
    {"stock_level", "incoming", Form::number, "incoming", "quantity"},
    {"stock_level", "unit", Form::text, "unit", "code"},

    {"line", "number", Form::text, "line", "number item"},
    {"line", "number", Form::text, "number"},
    {"line", "product", Form::reference, "product", "id number code sku item"},
    {"line", "product", Form::reference, "sku", "code"},
    {"line", "product", Form::reference, "item", "id number code"},
    {"line", "quantity", Form::number, "quantity", "order item product unit"},
    {"line", "unit", Form::text, "unit", "code product"},
    {"line", "price", Form::money, "price", "unit net"},
    {"line", "discount", Form::money, "discount", "amount"},
    {"line", "net", Form::money, "net", "amount"},
    {"line", "net", Form::money, "amount", "line price"},
    {"line", "cost", Form::money, "cost", "price unit"},
};

/// What the name of a table means. Any of `wanted` and nothing of `never`, nor of `aside`.
struct EntityRule {
    std::string_view entity;
    std::string_view wanted;
    std::string_view never;
};

/// Words that make a table one about something else, whatever it mentions.
constexpr std::string_view aside =
    "supplier purchase bookkeeping type group status currency unit tax channel country region contact address";

/// The first that fits decides: an invoice of an order is an invoice.
constexpr EntityRule entities[] = {
    {"payment", "payment", "line item"},
    {"invoice", "invoice", "line item"},
    {"shipment", "shipment", "line item price cost"},
    {"stock_level", "stock", "line number"},
    {"sales_order", "order", "line item discount"},
    {"product", "product item",
     "order invoice shipment line price cost discount barcode description location language name"},
    {"customer", "customer", "line price discount language location"},
};

bool means_any(const Meaning& meaning, std::string_view concepts) {
    return std::ranges::any_of(meaning.concepts, [&](std::string_view each) { return lists(concepts, each); });
}

}  // namespace

std::span<const FieldRule> field_rules() { return fields; }

std::string_view entity_of(const Meaning& table) {
    if (means_any(table, aside)) return {};
    const auto rule = std::ranges::find_if(entities, [&](const EntityRule& each) {
        return means_any(table, each.wanted) && !means_any(table, each.never);
    });
    return rule == std::end(entities) ? std::string_view() : rule->entity;
}

std::string_view concept_of(std::string_view entity) {
    if (entity == "sales_order") return "order";
    return entity == "stock_level" ? "stock" : entity;
}

bool suits(Form form, const table::CatalogueColumn& column) {
    using table::ColumnKind;
    const ColumnKind has = column.kind;
    const bool is_time = has == ColumnKind::date || has == ColumnKind::instant || has == ColumnKind::local_time;
    const bool is_number = has == ColumnKind::integer || has == ColumnKind::decimal || has == ColumnKind::real;
    switch (form) {
        case Form::text:
        case Form::reference:
            return has == ColumnKind::text || has == ColumnKind::integer || has == ColumnKind::decimal;
        case Form::number:
        case Form::money:
            return is_number;
        case Form::day:
        case Form::moment:
            return is_time;
        case Form::flag:
            return has == ColumnKind::boolean;
    }
    return false;
}

bool lists(std::string_view concepts, std::string_view name) {
    for (std::size_t at = concepts.find(name); at != std::string_view::npos; at = concepts.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || concepts[at - 1] == ' ') && (end == concepts.size() || concepts[end] == ' ')) return true;
    }
    return false;
}

}  // namespace tributary::discovery
