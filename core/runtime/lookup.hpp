#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/mapping/lookup_table.hpp"
#include "core/runtime/backoff.hpp"
#include "core/runtime/polled.hpp"
#include "core/status/board.hpp"

namespace tributary {

/// All of a look-up, from its feed's beginning. Errors: the feed's, and those of LookupBuilder.
struct LookupRead {
    std::string name;
    std::vector<std::string> key;
    std::size_t most_bytes = LookupBuilder::most_bytes;
};
Result<std::shared_ptr<const LookupTable>> read_lookup(Feed& feed, const LookupRead& asked, std::stop_token stop);

/// Reads one look-up on its schedule and shows the last table to the pipelines that use it.
///
///     step:
///       never checked, or it failed -> compare the definition with the source
///       read it whole               -> show the new table
///       an error                    -> show it beside the last table; try again with a backoff, or, where waiting
///                                      cannot mend it, after `retry_stopped` at the latest
class Lookup final : public Polled {
  public:
    struct Column {
        std::string name;
        std::string place;  ///< `file:line:column`, for messages; may be empty.
    };
    struct Setup {
        std::string source;
        LookupRead asked;
        std::string place;            ///< Of its definition, as a column's.
        std::vector<Column> columns;  ///< That streams take.
        std::int64_t every = 600'000'000;
        std::int64_t retry_stopped = 60'000'000;
        std::uint64_t seed = 1;
    };
    Lookup(Setup setup, std::unique_ptr<Feed> feed, Clock clock);

    Next step(std::stop_token stop) override;
    const std::string& source() const override { return setup_.source; }
    const std::string& name() const { return setup_.asked.name; }

    /// From any thread.
    struct Shown {
        std::shared_ptr<const LookupTable> table;  ///< The last whole one; null before there is one.
        std::optional<Error> error;                ///< Why there is none, or no newer one.
        bool misfit = false;                       ///< The error is that its definition does not fit the source.
    };
    Shown shown() const;
    /// Called, outside the lock, when something else is shown than before.
    void on_news(std::function<void()> tell) { tell_ = std::move(tell); }

  private:
    Result<> check(std::stop_token stop);
    Next failed(const Error& error);
    void show(Shown shown);

    Setup setup_;
    std::unique_ptr<Feed> feed_;
    Clock clock_;
    Backoff backoff_;
    std::function<void()> tell_;
    std::int64_t due_ = 0;
    bool checked_ = false;
    bool misfit_ = false;
    mutable std::mutex mutex_;  ///< Guards `shown_`.
    Shown shown_;
};

Lookup::Setup lookup_setup(const SourceConfiguration& source, const LookupConfiguration& lookup);

}  // namespace tributary
