#include <catch2/catch.hpp>
#include <charconv>

#include "core/model/id.hpp"
#include "core/publish/pending_message.hpp"
#include "core/runtime/entities.hpp"
#include "core/runtime/preparation.hpp"
#include "core/settings/tests/temporary_directory.hpp"
#include "core/settings/yaml.hpp"
#include "core/store/store.hpp"

namespace tributary {
namespace {

constexpr const char* yaml = R"(
- {entity: sales_order, key: [id], fields: {number: id, customer: {reference: customer, from: of}}}
- {entity: shipment, key: [id], fields: {number: id, customer: {reference: customer, through: {sales_order: of}}}}
- {entity: invoice, key: [id], fields: {number: id, customer: {reference: customer, through: {shipment: of}}}}
)";
enum Stream : std::uint32_t { order, shipment, invoice };

/// `of`: the customer of an order, the order of a shipment, the shipment of an invoice; nothing: the row is gone.
struct Said {
    Stream stream;
    std::string key;
    std::optional<std::string> of;
};

/// Compares rows with a real cache and commits what comes of it.
struct Fixture {
    TemporaryDirectory directory;
    std::unique_ptr<Store> store = *Store::open(directory.path() / "state.db", {});
    std::vector<EntityInfo> entities = entity_infos(catalogue());
    std::vector<FoldRules> rules = fold_rules(catalogue());
    YamlFiles files;
    Diagnostics diagnostics;
    Node node = files.parse(yaml, "through.yaml", process_environment(), diagnostics);
    std::vector<StreamInfo> streams;
    std::vector<std::unique_ptr<Mapping>> mappings;
    std::optional<Preparation> preparation;
    std::vector<std::string> pending;  ///< Keys of the last transaction's messages about it; `-`: tombstones.
    std::size_t records = 0;           ///< Of all transactions.

    explicit Fixture(std::size_t most_dependents = 100) {
        const char* const names[] = {"orders", "shipments", "invoices"};
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            mappings.push_back(Mapping::compile({"acme", "erp", names[i], &node.items[i], nullptr}, diagnostics));
            INFO(diagnostics.text());
            REQUIRE(mappings.back());
            StreamInfo& info = streams.emplace_back();
            info.source = "erp";
            info.name = names[i];
            info.no = *store->stream("erp", names[i]);
            info.shared = i != order;
            info.key_prefix = "erp/" + info.name + "/";
            info.entity = mappings.back()->entity();
        }
        Preparation::Setup setup;
        setup.instance = "one";
        setup.entities = entities;
        setup.topics = {97, 98, 99};
        setup.fold = [this](EntityNo entity, std::span<const Member> members, Arena& arena) {
            std::vector<RecordView> views;
            for (const Member& member : members) views.push_back({member.stream, member.key, member.document});
            return fold(views, rules[entity], arena);
        };
        for (const StreamInfo& stream : streams) setup.streams.push_back(&stream);
        setup.most_dependents = most_dependents;
        preparation.emplace(std::move(setup), *store);
    }

    static Value value(const std::string& text, Arena& arena) { return Value::text(arena.copy(text)); }

    std::unique_ptr<Work> work_of(const std::vector<Said>& changes) {
        auto work = std::make_unique<Work>();
        Batch& batch = work->batch;
        batch.shapes.push_back(std::make_shared<Shape>(Shape{{"id", "of"}}));
        for (const StreamInfo& stream : streams) work->streams.push_back(&stream);
        batch.rows.resize(changes.size());
        for (std::size_t i = 0; i < changes.size(); ++i) {
            Row& row = batch.rows[i];
            auto values = batch.arena.array<Value>(2);
            values[0] = value(changes[i].key, batch.arena);
            if (changes[i].of && !changes[i].of->empty()) values[1] = value(*changes[i].of, batch.arena);
            row.stream = changes[i].stream;
            row.op = changes[i].of ? Op::upsert : Op::remove;
            row.key = values.first(1);
            row.values = {batch.shapes[0].get(), values.data()};
            work->rows.push_back(mappings[row.stream]->map(row, batch.arena));
        }
        return work;
    }

    /// The events of one transaction, as `shipment.updated 1=ann`.
    std::vector<std::string> commit(const std::vector<Said>& changes) {
        std::vector<std::unique_ptr<Work>> work;
        if (!changes.empty()) work.push_back(work_of(changes));
        Prepared prepared;
        REQUIRE(preparation->prepare(work, prepared));
        REQUIRE(write(prepared, *store));
        REQUIRE(store->commit({store->commit_number() + 1, 0, {}}));
        pending.clear();
        for (const Outgoing& message : prepared.messages) {
            if (message.topic != 97) continue;
            if (const auto id = pending_id(message.key))
                pending.push_back((message.value ? "" : "-") + std::string(id->substr(0, 3)));
            else
                ++records;
        }
        std::vector<std::string> events;
        for (const EventView& event : prepared.events) events.push_back(shown(event));
        return events;
    }

    static std::string shown(const EventView& event) {
        std::string text = event.entity->types[static_cast<std::size_t>(event.type)];
        const std::string_view document = event.after.empty() ? event.before : event.after;
        const auto number = document.find("\"number\":\"") + 10;
        text += " " + std::string(document.substr(number, document.find('"', number) - number));
        CHECK(document.find("$through") == std::string_view::npos);
        for (const char* name : {"ann", "bob", "eve"}) {
            IdHasher hasher("acme", "erp", "customer");
            hasher.begin();
            hasher.part(name);
            if (document.find(id_text("cus", hasher.id())) != std::string_view::npos) text += std::string("=") + name;
        }
        return text;
    }
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("a shipment has its order's customer from the moment that one is known", "[through]") {
    Fixture f;
    CHECK(f.commit({{shipment, "1", "O-1"}}) == Events{"shipment.created 1"});
    CHECK(f.commit({{order, "O-2", "bob"}}) == Events{"sales_order.created O-2=bob"});
    CHECK(f.commit({{order, "O-1", "ann"}}) == Events{"sales_order.created O-1=ann", "shipment.updated 1=ann"});
    CHECK(f.commit({{order, "O-1", "ann"}}).empty());
    CHECK(f.commit({{order, "O-1", "bob"}}) == Events{"sales_order.updated O-1=bob", "shipment.updated 1=bob"});
    CHECK(f.commit({{order, "O-1", ""}}) == Events{"sales_order.updated O-1", "shipment.updated 1"});
    CHECK(f.commit({{order, "O-1", "eve"}}) == Events{"sales_order.updated O-1=eve", "shipment.updated 1=eve"});
    CHECK(f.commit({{order, "O-1", {}}}) == Events{"sales_order.deleted O-1=eve", "shipment.updated 1"});
    CHECK(f.pending.empty());
}

TEST_CASE("orders and shipments of one transaction come in any order", "[through]") {
    Fixture before;
    CHECK(before.commit({{order, "O-1", "ann"}, {shipment, "1", "O-1"}}) ==
          Events{"sales_order.created O-1=ann", "shipment.created 1=ann"});
    Fixture behind;
    CHECK(
        behind.commit({{shipment, "1", "O-1"}, {shipment, "2", "O-2"}, {order, "O-1", "ann"}, {order, "O-2", "bob"}}) ==
        Events{"shipment.created 1", "shipment.created 2", "sales_order.created O-1=ann", "sales_order.created O-2=bob",
               "shipment.updated 1=ann", "shipment.updated 2=bob"});
    // an order that changes twice touches them once
    CHECK(behind.commit({{order, "O-1", "bob"}, {order, "O-1", "eve"}}) ==
          Events{"sales_order.updated O-1=bob", "sales_order.updated O-1=eve", "shipment.updated 1=eve"});
    CHECK(behind.commit({{order, "O-1", "bob"}, {shipment, "1", {}}}) ==
          Events{"sales_order.updated O-1=bob", "shipment.deleted 1=eve"});
}

TEST_CASE("what was too large with what it takes of another is published when its row is read and it fits",
          "[through]") {
    Fixture f;
    const std::string number(3'000, '7');
    CHECK(f.commit({{shipment, number, "O-1"}}) == Events{"shipment.created " + number});
    f.preparation->limit(3'000);
    CHECK(f.commit({{order, "O-1", "ann"}}) == Events{"sales_order.created O-1=ann"});
    f.preparation->limit(1'000'000);
    CHECK(f.commit({{shipment, number, "O-1"}}) == Events{"shipment.updated " + number + "=ann"});
    CHECK(f.commit({{shipment, number, "O-1"}}).empty());
}

TEST_CASE("another order of the same customer is a record and no event", "[through]") {
    Fixture f;
    f.commit({{order, "O-1", "ann"}, {order, "O-2", "ann"}, {shipment, "1", "O-1"}});
    const std::size_t records = f.records;
    CHECK(f.commit({{shipment, "1", "O-2"}}).empty());
    CHECK(f.records == records + 1);
    CHECK(f.commit({{order, "O-1", "bob"}}) == Events{"sales_order.updated O-1=bob"});
    CHECK(f.commit({{order, "O-2", "eve"}}) == Events{"sales_order.updated O-2=eve", "shipment.updated 1=eve"});
}

TEST_CASE("what comes through something that comes through an order follows it", "[through]") {
    Fixture f;
    f.commit({{invoice, "7", "1"}, {shipment, "1", "O-1"}});
    CHECK(f.commit({{order, "O-1", "ann"}}) ==
          Events{"sales_order.created O-1=ann", "shipment.updated 1=ann", "invoice.updated 7=ann"});
    CHECK(f.commit({{shipment, "1", {}}}) == Events{"shipment.deleted 1=ann", "invoice.updated 7"});
}

TEST_CASE("a transaction looks at so many dependents, and the log knows of the others", "[through]") {
    Fixture f(2);
    std::vector<Said> shipments;
    for (const char* key : {"1", "2", "3", "4", "x"}) shipments.push_back({shipment, key, "O-1"});
    f.commit(shipments);
    CHECK(f.commit({{order, "O-1", "ann"}}) ==
          Events{"sales_order.created O-1=ann", "shipment.updated 1=ann", "shipment.updated 2=ann"});
    CHECK(f.pending == Events{"ord"});
    REQUIRE(f.preparation->has_pending());
    CHECK(f.commit({}) == Events{"shipment.updated 3=ann", "shipment.updated 4=ann"});
    CHECK(f.pending.empty());
    SECTION("the rest follows") {
        CHECK(f.commit({}) == Events{"shipment.updated x=ann"});
        CHECK(f.pending == Events{"-ord"});
        CHECK_FALSE(f.preparation->has_pending());
    }
    SECTION("when the order changes meanwhile, it begins anew") {
        CHECK(f.commit({{order, "O-1", "bob"}}) ==
              Events{"sales_order.updated O-1=bob", "shipment.updated 1=bob", "shipment.updated 2=bob"});
        CHECK(f.pending == Events{"ord"});
        CHECK(f.commit({}) == Events{"shipment.updated 3=bob", "shipment.updated 4=bob"});
        CHECK(f.commit({}) == Events{"shipment.updated x=bob"});
        CHECK(f.pending == Events{"-ord"});
    }
    SECTION("while they are held, changes go out alone") {
        f.preparation->hold_dependents(true);
        CHECK(f.commit({{order, "O-1", "bob"}}) == Events{"sales_order.updated O-1=bob"});
        CHECK(f.pending == Events{"ord"});
        f.preparation->hold_dependents(false);
        CHECK(f.commit({}) == Events{"shipment.updated 1=bob", "shipment.updated 2=bob"});
    }
    SECTION("a row that comes meanwhile has it already") {
        CHECK(f.commit({{shipment, "x", "O-1"}, {shipment, "y", "O-1"}}) ==
              Events{"shipment.created y=ann", "shipment.updated x=ann"});
    }
}

TEST_CASE("a rolled back transaction leaves no dependents and no pending ones", "[through]") {
    Fixture f(1);
    f.commit({{shipment, "1", "O-1"}, {shipment, "2", "O-1"}});
    std::vector<std::unique_ptr<Work>> work;
    work.push_back(f.work_of({{order, "O-1", "ann"}}));
    Prepared prepared;
    REQUIRE(f.preparation->prepare(work, prepared));
    REQUIRE(write(prepared, *f.store));
    CHECK(f.store->has_pending());
    f.store->rollback();
    CHECK_FALSE(f.store->has_pending());
    CHECK(f.commit({{order, "O-1", "ann"}}) == Events{"sales_order.created O-1=ann", "shipment.updated 1=ann"});
}

}  // namespace tributary
