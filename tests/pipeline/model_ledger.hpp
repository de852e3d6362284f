#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/pipeline/ledger.hpp"
#include "tests/pipeline/model_scenario.hpp"

namespace tributary::simulation {

/// What was published, held against every change of the simulated databases.
class ModelLedger {
  public:
    ModelLedger(const World& world, const ModelScenario& scenario)
        : world_(world), scenario_(scenario), ledger_(world), violations_(ledger_.violations()) {}

    std::vector<Violation> check();
    /// The row's last change has been published, or its reject.
    bool is_current(std::size_t stream) const;

  private:
    std::string name_of(std::size_t stream, const std::string& key) const;
    std::size_t feed_of(std::size_t stream) const;
    std::size_t table_of(std::size_t stream) const;

    void check_revs();
    void check_source();
    void check_every_change();
    void check_row_now(const Ledger::RowName& name, const Version& row);
    void check_position(const Ledger::FeedPlace& place);
    bool published_since(const Ledger::RowName& name, const Version& version, std::size_t commit) const;
    void violated(std::string_view rule, std::string what) { violations_.push_back({rule, std::move(what)}); }

    const World& world_;
    const ModelScenario& scenario_;
    Ledger ledger_;
    std::vector<Violation> violations_;
};

}  // namespace tributary::simulation
