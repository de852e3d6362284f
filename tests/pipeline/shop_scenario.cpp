#include "tests/pipeline/shop_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "connectors/kit/table/options.hpp"
#include "connectors/kit/table/source.hpp"
#include "connectors/sqlite/reader.hpp"
#include "core/runtime/reset_requests.hpp"
#include "tests/pipeline/process.hpp"
#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

namespace {

constexpr const char* yaml = R"(
tenant: acme
instance: sim
kafka: {{brokers: ["simulated:1"], topic_prefix: sim}}
sources:
  shop:
    connector: shop_file
    lookups: {{terms: {{table: terms, key: [code], every: 1s}}}}
    streams:
      orders:
        table: orders
        key: [id]
        every: 300ms
        watermark: {{column: at, unit: s, overlap: {overlap}s}}
        include:
          lines:
            {{table: line, on: {{order_id: id}}, key: [no], watermark: {{column: at, unit: s, overlap: {overlap}s}}}}
        {finds}
        skip: {{kind: draft}}
        entity: sales_order
        fields:
          number: id
          status: {{from: status, map: {{active: open}}}}
          attributes: {{rev: rev, days: {{lookup: terms, from: terms, take: days}}, note: {{value: v{mapping}}}}}
          lines: {{each: lines, fields: {{number: no, attributes: {{rev: rev}}}}}}
      accounts:
        table: account
        key: [id]
        every: 500ms
        watermark: {{column: at, unit: s, overlap: {overlap}s}}
        {finds}
        entity: customer
        space: people
        identity: [person]
        fields: {{name: person, number: id, status: {{from: status, map: {{active: active}}}}, attributes: {{a: rev}}}}
      parties:
        table: party
        key: [id]
        every: 700ms
        entity: customer
        space: people
        identity: [person]
        fields:
          {{name: person, tax_number: id, status: {{from: status, map: {{active: active}}}}, attributes: {{b: rev}}}}
)";

/// The connector's own reader, whose clock is the world's.
class ClockedReader final : public sqlite::SqliteReader {
  public:
    ClockedReader(const World& world, const std::filesystem::path& file, table::Definition definition)
        : SqliteReader({.path = file.string()}, std::move(definition)), world_(world) {}
    Result<walk::Look> look(std::vector<Condition>& conditions, std::stop_token stop) override {
        auto look = SqliteReader::look(conditions, std::move(stop));
        if (look) look->clock = world_.now;
        return look;
    }

  private:
    const World& world_;
};

constexpr std::array<std::string_view, 3> offered{"keys", "fetch", "check"};

class ShopConnector final : public Connector {
  public:
    ShopConnector(const World& world, std::filesystem::path file) : world_(world), file_(std::move(file)) {}
    std::string_view name() const override { return "shop_file"; }
    std::string_view summary() const override { return "The sqlite connector in simulated time"; }
    std::span<const Option> source_options() const override { return {}; }
    std::span<const Option> stream_options() const override { return table::stream_options; }
    std::span<const Option> lookup_options() const override { return table::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }
    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        const auto reader = [this](const table::Definition& definition, table::Turn) {
            return std::make_unique<ClockedReader>(world_, file_, definition);
        };
        return table::make_source(settings, {.reader = reader, .rules = world_.mutant.walk}, diagnostics);
    }

  private:
    const World& world_;
    std::filesystem::path file_;
};

Habits draw_habits(Random& random) {
    Habits habits;
    habits.overlap = random.between(1, 3);
    habits.compared = random.percent(70);
    habits.swept = habits.compared && random.percent(30);
    return habits;
}

std::size_t draw(Random& random, std::initializer_list<std::size_t> sizes) {
    return *(sizes.begin() + random.below(static_cast<std::int64_t>(sizes.size())));
}

template <typename Key>
void add_differences(const std::map<Key, std::string>& ours, const std::map<Key, std::string>& fresh,
                     const std::function<std::string(const Key&)>& name, std::vector<std::string>& differences) {
    for (const auto& [key, text] : fresh)
        if (const auto found = ours.find(key); found == ours.end() || found->second != text)
            differences.push_back(
                fmt::format("{}: {} instead of {}", name(key), found == ours.end() ? "nothing" : found->second, text));
    for (const auto& [key, text] : ours)
        if (!fresh.contains(key)) differences.push_back(fmt::format("{}: {} instead of nothing", name(key), text));
}

}  // namespace

Published::Published(const Ledger& ledger) {
    for (const auto& [name, publications] : ledger.rows())
        if (publications.back().live()) rows[name] = publications.back().document;
    for (const auto& [id, entity] : ledger.entities())
        if (!entity.last_after.empty()) entities[id] = entity.last_after;
    for (const auto& [name, told] : ledger.letters())
        if (!told.back().hash.empty()) letters[name] = told.back().body;
}

std::vector<std::string> Published::differences(const Published& fresh) const {
    std::vector<std::string> found;
    const std::function<std::string(const Ledger::RowName&)> row = [](const Ledger::RowName& name) {
        return fmt::format("row {}/{}", name.stream, name.key);
    };
    const std::function<std::string(const std::pair<TopicNo, std::string>&)> entity = [](const auto& id) {
        return "entity " + id.second;
    };
    add_differences(letters, fresh.letters, row, found);
    auto good = rows;
    for (const auto& [name, letter] : letters) good.erase(name);
    add_differences(good, fresh.rows, row, found);
    if (letters.empty()) add_differences(entities, fresh.entities, entity, found);
    return found;
}

ShopScenario::ShopScenario(World& world)
    : world_(world), database_(std::make_shared<ShopDatabase>(world.directory / "shop.db", draw_habits(world.random))) {
    Random& random = world.random;
    world.batch.rows = static_cast<std::size_t>(random.between(1, 7));
    // an arena holds its first chunk at once, so these are one row a page, some, and all
    world.batch.bytes = draw(random, {1'000, 400'000, 8'000'000});
    world.comparison = {draw(random, {1, 2, 5, 1'000}), draw(random, {1, 3, 1'000}), draw(random, {1, 2, 250}),
                        draw(random, {3, 1'000})};
    make_connector();
}

ShopScenario::ShopScenario(World& world, const ShopScenario& other)
    : world_(world), database_(other.database_), mapping_(other.mapping_) {
    make_connector();
}

ShopScenario::~ShopScenario() = default;

void ShopScenario::make_connector() {
    connector_ = std::make_unique<ShopConnector>(world_, database_->file());
    connectors_ = {connector_.get()};
}

const std::vector<StreamDefinition>& ShopScenario::streams() const {
    static const std::vector<StreamDefinition> definitions = {{"shop", "orders", "orders", false},
                                                              {"shop", "accounts", "accounts", true},
                                                              {"shop", "parties", "parties", true}};
    return definitions;
}

const std::vector<FeedDefinition>& ShopScenario::feeds() const {
    static const std::vector<FeedDefinition> definitions = {
        {"shop", "orders", {0}, false}, {"shop", "accounts", {1}, false}, {"shop", "parties", {2}, false}};
    return definitions;
}

std::span<const std::string_view> ShopScenario::rare_steps() const {
    static constexpr std::array<std::string_view, 4> steps{"list keys", "fetch", "search", "pull"};
    return steps;
}

std::string ShopScenario::configuration() const {
    const Habits& habits = database_->habits();
    return fmt::format(fmt::runtime(yaml), fmt::arg("overlap", habits.overlap), fmt::arg("mapping", mapping_),
                       fmt::arg("finds", fmt::format("{}{}", habits.compared ? "deletes: {every: 1s}" : "",
                                                     habits.swept ? "\n        sweep: {every: 3s}" : "")));
}

bool ShopScenario::change() {
    Random& random = world_.random;
    if (random.percent(4)) return ask_for_reset();
    if (random.percent(4)) {
        ++mapping_;
        world_.note(fmt::format("mapping v{}", mapping_));
        ++world_.faults.happened["the mapping changed"];
        return true;
    }
    world_.note(database_->change(random, world_.now));
    return false;
}

bool ShopScenario::ask_for_reset() {
    const bool republish = world_.random.percent(30);
    repeats_ = repeats_ || republish;
    const auto& feed = feeds()[static_cast<std::size_t>(world_.random.below(3))];
    const std::string stream = feed.source + "/" + feed.name;
    world_.note(fmt::format("reset {}{}", stream, republish ? " --republish" : ""));
    ++world_.faults.happened["a reset was asked for"];
    if (auto asked = ResetRequests(world_.directory).ask(stream, {world_.now, republish}); !asked)
        throw std::logic_error(asked.error().what);
    return false;
}

bool ShopScenario::is_asked_for() const {
    const ResetRequests resets(world_.directory);
    return std::ranges::any_of(
        feeds(), [&](const auto& feed) { return resets.asked(feed.source + "/" + feed.name).has_value(); });
}

void ShopScenario::settle() {
    if (world_.random.percent(60)) database_->mend(world_.now);
    fresh_ = read_once();
}

/// In a world of its own, on the same file.
Published ShopScenario::read_once() const {
    const auto directory = world_.directory / "fresh";
    std::filesystem::create_directories(directory);
    World world(1, {}, directory, [&](World& other) { return std::make_unique<ShopScenario>(other, *this); });
    world.now = world_.now;
    world.batch = {};
    world.most_events = 1'000;
    const std::int64_t end = world.now + 4 * second;
    Process process(world, "fresh");
    while (process.next_at() <= end) {
        world.now = std::max(world.now, process.next_at());
        process.act();
    }
    return Published(Ledger(world));
}

bool ShopScenario::is_at_rest() const {
    return !is_asked_for() && Published(Ledger(world_)).differences(fresh_).empty();
}

std::vector<Violation> ShopScenario::audit() const {
    const Ledger ledger(world_);
    auto violations = ledger.violations();
    for (std::string& difference : Published(ledger).differences(fresh_))
        violations.push_back({rule::same_as_fresh, std::move(difference)});
    check_orders(ledger, violations);
    return violations;
}

void ShopScenario::check_orders(const Ledger& ledger, std::vector<Violation>& violations) const {
    for (const auto& [name, publications] : ledger.rows()) {
        if (name.stream != 0) continue;
        const auto& left = database_->order_left_at(name.key);
        std::size_t deletes = 0;
        std::int64_t last = 0;
        for (const auto& publication : publications) {
            if (!publication.live()) {
                const std::int64_t at = world_.broker.commits()[publication.commit].at;
                if (deletes >= left.size() || left[deletes] > at)
                    violations.push_back(
                        {rule::deleted_when_gone, fmt::format("order {}, delete {} at {}", name.key, deletes + 1, at)});
                ++deletes;
                continue;
            }
            const std::int64_t rev = number(member(member(publication.document, "attributes"), "rev"));
            if (rev < last)
                violations.push_back({rule::revs_rise, fmt::format("order {}: {} after {}", name.key, rev, last)});
            last = rev;
        }
    }
}

}  // namespace tributary::simulation
