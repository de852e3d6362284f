#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/pipeline/ledger.hpp"
#include "tests/pipeline/scenario.hpp"
#include "tests/pipeline/shop_database.hpp"

namespace tributary::simulation {

namespace rule {
inline constexpr std::string_view same_as_fresh = "what is published is what one read at the end publishes";
inline constexpr std::string_view deleted_when_gone = "a delete is published for a row that was gone";
}  // namespace rule

/// What the topics say when everything is read: by row, by entity, and the rejects that stand.
struct Published {
    std::map<Ledger::RowName, std::string> rows;
    std::map<std::pair<TopicNo, std::string>, std::string> entities;
    std::map<Ledger::RowName, std::string> letters;

    explicit Published(const Ledger& ledger);
    Published() = default;
    /// What `this` says otherwise than a fresh instance, which knows no last good state of a rejected row.
    std::vector<std::string> differences(const Published& fresh) const;
};

/// The SQLite connector on a real file that somebody writes to: parents with children, comparisons of keys, sweeps,
/// full reads, a look-up, shared entities; requests of an operator and changes of the mapping in between.
class ShopScenario final : public Scenario {
  public:
    /// Draws habits, page sizes and limits from the world's seed.
    explicit ShopScenario(World& world);
    /// Reads what another one's writers have left, as it is configured now.
    ShopScenario(World& world, const ShopScenario& other);
    ~ShopScenario() override;

    const std::vector<StreamDefinition>& streams() const override;
    const std::vector<FeedDefinition>& feeds() const override;
    std::string configuration() const override;
    std::span<const Connector* const> connectors() const override { return connectors_; }
    Length length() const override {
        return {.micros = 10'000'000, .fewest_changes = 3, .most_changes = 50, .call = 60'000, .calm = 4'000'000};
    }
    std::span<const std::string_view> rare_steps() const override;
    bool change() override;
    void settle() override;
    bool repeats() const override { return repeats_; }
    bool is_at_rest() const override;
    std::vector<Violation> audit() const override;

  private:
    void make_connector();
    bool ask_for_reset();
    bool is_asked_for() const;
    Published read_once() const;
    void check_orders(const Ledger& ledger, std::vector<Violation>& violations) const;

    World& world_;
    std::shared_ptr<ShopDatabase> database_;
    std::unique_ptr<Connector> connector_;
    std::vector<const Connector*> connectors_;
    int mapping_ = 1;       ///< Version of the mapping.
    bool repeats_ = false;  ///< Somebody asked for every entity to be sent again.
    Published fresh_;       ///< What one read at the end publishes; known once it has settled.
};

}  // namespace tributary::simulation
