#pragma once

#include <memory>
#include <vector>

#include "tests/pipeline/database.hpp"
#include "tests/pipeline/scenario.hpp"

namespace tributary::simulation {

/// Simulated feeds on simulated databases: a table, a change log with two tables, and two tables whose rows speak about
/// the same customers.
class ModelScenario final : public Scenario {
  public:
    explicit ModelScenario(World& world);
    ~ModelScenario() override;

    const std::vector<StreamDefinition>& streams() const override;
    const std::vector<FeedDefinition>& feeds() const override;
    std::string configuration() const override;
    std::span<const Connector* const> connectors() const override { return connectors_; }
    Length length() const override { return {.micros = 20'000'000, .fewest_changes = 5, .most_changes = 80}; }
    bool change() override;
    void settle() override;
    bool is_at_rest() const override;
    std::vector<Violation> audit() const override;

    std::unique_ptr<Feed> open(std::size_t feed);
    const Database& database(std::size_t feed) const { return databases_[feed]; }

  private:
    World& world_;
    std::vector<Database> databases_;  ///< One per feed.
    std::unique_ptr<Connector> connector_;
    std::vector<const Connector*> connectors_;
    std::int64_t slot_confirmed_ = 0;  ///< What the change log has been told to forget.
    std::int64_t overlap_ = 0;
};

}  // namespace tributary::simulation
