#include "tests/pipeline/model_scenario.hpp"

#include <algorithm>

#include "tests/pipeline/feeds.hpp"
#include "tests/pipeline/model_ledger.hpp"
#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

namespace {

constexpr const char* yaml = R"(
tenant: acme
instance: sim
kafka: {brokers: ["simulated:1"], topic_prefix: sim}
sources:
  erp:
    connector: model
    streams:
      products: {every: 700ms, entity: product, key: [id], fields: {sku: id, status: status, attributes: {rev: rev}}}
      orders:
        every: 700ms
        entity: sales_order
        key: [id]
        fields:
          number: id
          status: {from: status, map: {active: open}}
          attributes: {rev: rev}
          customer: {reference: customer, space: people, from: group}
      invoices:
        every: 700ms
        entity: invoice
        key: [id]
        fields: {number: id, status: {from: status, map: {active: open}}, attributes: {rev: rev}}
  crm:
    connector: model
    streams:
      parties:
        {every: 700ms, entity: customer, space: people, key: [id], identity: [group],
         fields: {name: {from: group}, number: id, status: status, attributes: {a: rev}}}
  shop:
    connector: model
    streams:
      accounts:
        {every: 700ms, entity: customer, space: people, key: [id], identity: [group],
         fields: {name: {from: group}, tax_number: id, status: status, attributes: {b: rev}}}
  stock:
    connector: model
    streams:
      shipments:
        every: 700ms
        entity: shipment
        key: [id]
        fields:
          number: id
          status: {from: status, map: {active: draft}}
          attributes: {rev: rev}
          customer:
            {reference: customer,
             through: {sales_order: {space: erp, from: {from: group, map: {ann: O-2, bob: O-3, eve: O/4}}}}}
      payments:
        every: 700ms
        entity: payment
        key: [id]
        fields:
          number: {match: [{when: {status: active}, is: {from: id}}]}
          attributes: {rev: rev}
          customer: {reference: customer, through: {invoice: {from: {from: group, map: {ann: "1", bob: "2", eve: "3"}}}}}
      bills:
        every: 700ms
        entity: invoice
        key: [id]
        fields:
          number: id
          status: {from: status, map: {active: open}}
          attributes: {rev: rev}
          customer: {reference: customer, through: {shipment: {from: {from: group, map: {ann: "1", bob: "2", eve: "3"}}}}}
)";

class ModelSource final : public Source {
  public:
    ModelSource(ModelScenario& scenario, const std::string& name) : scenario_(scenario) {
        const auto& feeds = scenario.feeds();
        for (std::size_t feed = 0; feed < feeds.size(); ++feed) {
            if (feeds[feed].source != name) continue;
            FeedInfo info{.name = feeds[feed].name, .streams = {}};
            for (const std::size_t stream : feeds[feed].streams)
                info.streams.push_back(scenario.streams()[stream].name);
            infos_.push_back(std::move(info));
            numbers_.push_back(feed);
        }
    }
    const std::vector<FeedInfo>& feeds() const override { return infos_; }
    std::unique_ptr<Feed> open(std::size_t feed) override { return scenario_.open(numbers_[feed]); }

  private:
    ModelScenario& scenario_;
    std::vector<FeedInfo> infos_;
    std::vector<std::size_t> numbers_;
};

class ModelConnector final : public Connector {
  public:
    explicit ModelConnector(ModelScenario& scenario) : scenario_(scenario) {}
    std::string_view name() const override { return "model"; }
    std::string_view summary() const override { return "Simulated tables and change logs"; }
    std::span<const Option> source_options() const override { return {}; }
    std::span<const Option> stream_options() const override { return {}; }
    std::span<const std::string_view> offers() const override { return {}; }
    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics&) const override {
        return std::make_unique<ModelSource>(scenario_, settings.name);
    }

  private:
    ModelScenario& scenario_;
};

}  // namespace

ModelScenario::ModelScenario(World& world)
    : world_(world),
      databases_{Database({{"1", "2", "3", "4", "5", "6", "7"}}),
                 Database({{"O-1", "O-2", "O-3", "O/4"}, {"I-1", "I-2", "17"}}),
                 Database({{"1", "2", "3", "4"}}),
                 Database({{"a", "b", "c"}}),
                 Database({{"0", "1", "2", "3", "4"}}),
                 Database({{"0", "1", "2", "3", "4"}}),
                 Database({{"0", "1", "2", "3"}})},
      connector_(std::make_unique<ModelConnector>(*this)),
      connectors_{connector_.get()},
      overlap_(world.random.below(4)) {}

ModelScenario::~ModelScenario() = default;

const std::vector<StreamDefinition>& ModelScenario::streams() const {
    static const std::vector<StreamDefinition> definitions = {
        {"erp", "products", "products", false},        {"erp", "changes", "orders", false},
        {"erp", "changes", "invoices", false},         {"crm", "parties", "parties", true},
        {"shop", "accounts", "accounts", true},        {"stock", "shipments", "shipments", true, true},
        {"stock", "payments", "payments", true, true}, {"stock", "bills", "bills", true, true},
    };
    return definitions;
}

const std::vector<FeedDefinition>& ModelScenario::feeds() const {
    static const std::vector<FeedDefinition> definitions = {
        {"erp", "products", {0}, false},  {"erp", "changes", {1, 2}, true},   {"crm", "parties", {3}, false},
        {"shop", "accounts", {4}, false}, {"stock", "shipments", {5}, false}, {"stock", "payments", {6}, false},
        {"stock", "bills", {7}, false},
    };
    return definitions;
}

std::string ModelScenario::configuration() const { return yaml; }

std::unique_ptr<Feed> ModelScenario::open(std::size_t feed) {
    FeedSetup setup{&databases_[feed], &world_.faults, world_.clock(), overlap_};
    if (feeds()[feed].is_log) return std::make_unique<LogFeed>(std::move(setup), slot_confirmed_);
    return std::make_unique<TableFeed>(std::move(setup));
}

bool ModelScenario::change() {
    const auto feed = static_cast<std::size_t>(world_.random.below(static_cast<std::int64_t>(databases_.size())));
    databases_[feed].change(world_.random, world_.now);
    return false;
}

void ModelScenario::settle() {
    for (Database& database : databases_) database.repair(world_.now);
}

bool ModelScenario::is_at_rest() const {
    const ModelLedger ledger(world_, *this);
    for (std::size_t stream = 0; stream < streams().size(); ++stream)
        if (!ledger.is_current(stream)) return false;
    return !Ledger(world_).has_pending();
}

std::vector<Violation> ModelScenario::audit() const { return ModelLedger(world_, *this).check(); }

}  // namespace tributary::simulation
