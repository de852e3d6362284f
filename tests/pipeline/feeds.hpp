#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "core/connector/connector.hpp"
#include "tests/pipeline/database.hpp"
#include "tests/pipeline/faults.hpp"

namespace tributary::simulation {

/// Where the simulated feeds stand. A table: `from` while it loads by key (`key` is the last one read), else `at`.
struct FeedPosition {
    std::int64_t at = 0;
    std::int64_t from = -1;
    std::string key;

    bool loading() const { return from >= 0; }
};
Position encode(const FeedPosition& position);
FeedPosition decode(const Position& position);

struct FeedSetup {
    const Database* database = nullptr;
    Faults* faults = nullptr;
    std::function<std::int64_t()> clock;
    std::int64_t overlap = 0;  ///< Changes that every poll of a table reads again.
};

/// One table: the first load pages by key, polling reads whatever changed since, each row as it is now.
class TableFeed final : public Feed {
  public:
    explicit TableFeed(FeedSetup setup) : setup_(std::move(setup)) {}
    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;

  private:
    Batch load(const FeedPosition& position, const Limits& limits) const;
    Batch poll(const FeedPosition& position, const Limits& limits) const;

    FeedSetup setup_;
};

/// The change log of several tables: every change in order. Like a replication slot it forgets what was confirmed.
class LogFeed final : public Feed {
  public:
    LogFeed(FeedSetup setup, std::int64_t& confirmed) : setup_(std::move(setup)), confirmed_(confirmed) {}
    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;
    void committed(const Position& position) override;

  private:
    FeedSetup setup_;
    std::int64_t& confirmed_;
};

}  // namespace tributary::simulation
