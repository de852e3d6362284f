#include <catch2/catch.hpp>
#include <set>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/discovery/fold.hpp"
#include "connectors/kit/discovery/rules.hpp"
#include "core/model/entity.hpp"

namespace tributary::discovery {
namespace {

using Concepts = std::set<std::string_view>;

Concepts concepts(std::string_view name) {
    const Meaning meaning = meaning_of(name);
    return {meaning.concepts.begin(), meaning.concepts.end()};
}

struct Case {
    std::string_view name;
    Concepts means;
};

std::set<std::string_view> parted(std::string_view concepts) {
    std::set<std::string_view> all;
    while (!concepts.empty()) {
        const std::string_view one = concepts.substr(0, concepts.find(' '));
        all.insert(one);
        concepts.remove_prefix(std::min(one.size() + 1, concepts.size()));
    }
    return all;
}

}  // namespace

TEST_CASE("a name is compared without its marks, in Latin letters", "[discover]") {
    CHECK(folded("Größe") == "grosse");
    CHECK(folded("ZAMÓWIENIE") == "zamowienie");
    CHECK(folded("Поруџбина") == folded("porudžbina"));
    CHECK(folded("Ђорђе") == folded("Đorđe"));
    CHECK(folded("a\xff") == "a ");
}

TEST_CASE("a name is parted where its writer began a new word", "[discover]") {
    using Words = std::vector<std::string>;
    CHECK(words_of("order_no") == Words{"order", "no"});
    CHECK(words_of("OrderNo2") == Words{"order", "no"});
    CHECK(words_of("ДатаЗаказа") == Words{"data", "zakaza"});
    CHECK(words_of("ORDER") == Words{"order"});
    CHECK(words_of("__ 1").empty());
}

TEST_CASE("a stream's name holds what configurations allow", "[discover]") {
    CHECK(plain_name("Заказы клиентов") == "zakazy_klientov");
    CHECK(plain_name("a.b\"c") == "a_b_c");
    CHECK(plain_name("訂單").empty());
    CHECK(plain_name(std::string(500, 'x')).size() <= 60);
}

TEST_CASE("the words of five languages mean the same", "[discover]") {
    const auto all = std::to_array<Case>({
        {"order_number", {"order", "number"}},
        {"customername", {"customer", "name"}},
        {"Kundennummer", {"customer", "number"}},
        {"kundennr", {"customer", "number"}},
        {"geaendert_am", {"changed", "time"}},
        {"geändertAm", {"changed", "time"}},
        {"Auftragspositionen", {"order", "line"}},
        {"Straße", {"street"}},
        {"numer_zamowienia", {"number", "order"}},
        {"zamówienie", {"order"}},
        {"kod_pocztowy", {"code", "zip"}},
        {"nazwisko", {"last"}},
        {"НомерЗаказа", {"number", "order"}},
        {"наименование", {"name"}},
        {"счёт", {"invoice"}},
        {"дата_изменения", {"date", "changed"}},
        {"broj_narudžbenice", {"number", "order"}},
        {"број_поруџбине", {"number", "order"}},
        {"kupac_id", {"customer", "id"}},
        {"измењено", {"changed"}},
        {"šifra_artikla", {"code", "product"}},
        {"količina", {"quantity"}},
    });
    for (const Case& each : all) {
        INFO(each.name);
        CHECK(concepts(each.name) == each.means);
        CHECK(meaning_of(each.name).unknown == 0);
    }
}

TEST_CASE("a word that is in no dictionary is counted, not guessed", "[discover]") {
    CHECK(concepts("frobnication").empty());
    CHECK(meaning_of("order_frobnication").unknown == 1);
}

TEST_CASE("the head of a table's name decides what it holds", "[discover]") {
    const auto entity = [](std::string_view name) { return entity_of(meaning_of(name)); };
    CHECK(entity("customer_orders") == "sales_order");
    CHECK(entity("order_shipments") == "shipment");
    CHECK(entity("Lagerbestand") == "stock_level");
    CHECK(entity("items") == "product");
    CHECK(entity("faktury") == "invoice");
    CHECK(entity("Платежи") == "payment");
    for (const std::string_view other : {"suppliers", "purchase_orders", "order_status", "customer_groups", "order_log",
                                         "payment_methods", "price_list", "order_items", "customer_address"}) {
        INFO(other);
        CHECK(entity(other).empty());
    }
}

TEST_CASE("rules name concepts, entities and fields that there are", "[discover]") {
    std::set<std::string_view> known;
    for (const Entry& entry : dictionary()) known.insert(entry.concept_name);
    for (const FieldRule& rule : field_rules()) {
        INFO(rule.entity << "." << rule.field);
        for (const std::string_view name : parted(rule.wanted)) CHECK(known.contains(name));
        for (const std::string_view name : parted(rule.also)) CHECK(known.contains(name));
        CHECK(known.contains(concept_of(rule.entity)));
        const std::string_view field = rule.field.substr(0, rule.field.find('.'));
        if (field == "first" || field == "last") continue;
        const Entity* entity = catalogue().find(rule.entity == "line" ? "sales_order" : rule.entity);
        REQUIRE(entity != nullptr);
        const auto& fields = rule.entity == "line" ? entity->find("lines")->fields : entity->fields;
        CHECK(find_field(fields, field) != nullptr);
    }
}

}  // namespace tributary::discovery
