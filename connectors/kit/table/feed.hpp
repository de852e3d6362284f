#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/table/read_ahead.hpp"
#include "connectors/kit/table/reader.hpp"
#include "connectors/kit/walk/table_walk.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

/// A table as a feed of one stream: walks it through a dialect's reader.
///
///     pull    open, then where the walk wants it look; one page, its children; advance
class TableFeed : public Feed {
  public:
    TableFeed(Definition definition, std::unique_ptr<TableReader> reader, walk::WalkRules rules = {});

    /// Loads that ask for it (Limits::ahead) may read pages over connections that can be spared, each through one of
    /// these.
    void read_ahead_through(std::vector<std::unique_ptr<TableFeed>> lanes);

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;
    /// Canonical texts in the database's order; goes on where the last call ended, or from the start.
    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override;
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override;
    /// A condition in a page's statement; pages go by key.
    Result<Batch> search(std::uint32_t stream, const Sought& sought, const Position& after, const Limits& limits,
                         std::stop_token stop) override;
    Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                       std::stop_token stop) override;

  private:
    /// What is remembered from one pull to the next, valid while the core reads on from where the last batch ended.
    struct Round {
        Position reached;
        bool complete = false;
        std::int64_t clock = no_time;
        std::optional<std::int64_t> commits;
        std::vector<Condition> conditions;
    };

    /// Where a listing of keys stands, in the database's own values: their canonical texts would not always compare
    /// there as they do.
    struct Listing {
        std::string last;
        std::vector<walk::Mark> after;
    };

    Result<walk::TablePosition> begin(walk::TablePosition position, std::stop_token stop);
    Result<std::vector<walk::Sought>> conditions_of(const Sought& sought) const;
    /// What a load reads ahead with.
    struct Ahead {
        std::vector<std::unique_ptr<TableFeed>> lanes;
        std::unique_ptr<ReadAhead> pages;  ///< Reads through the lanes: ends before they do.
        Pace pace;
        std::size_t step = 0;                        ///< Rows of a page that fits; 0: unknown.
        std::chrono::steady_clock::time_point left;  ///< The end of the last page.
    };

    Result<walk::PageEnd> next_page(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                    std::stop_token stop);
    Result<walk::PageEnd> load_page(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                    std::stop_token stop);
    Result<walk::PageEnd> own_page(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                   std::stop_token stop);
    Result<walk::PageEnd> read_range(const KeyRange& range, Batch& batch, std::stop_token stop);
    Result<void> look_ahead(const walk::PageEnd& end, bool cut, const Limits& limits, const Batch& batch,
                            std::stop_token stop);
    Result<void> tell_places(std::stop_token stop);
    Result<walk::PageEnd> read(const walk::PageRequest& request, const walk::TablePosition& position,
                               const Limits& limits, Batch& batch, std::stop_token stop);
    Result<Page> read_page(const walk::PageRequest& request, const Limits& limits, Batch& batch, std::stop_token stop);
    Result<Page> fetch_page(const walk::PageRequest& request, const Limits& limits, Batch& batch, std::stop_token stop);
    /// Row::position and KeyVersion::version of the page's row of that number: its watermark, and the digest of its
    /// children.
    std::string_view position_of(const Page& page, std::size_t row, Arena& arena) const;
    Result<Page> list_page(const walk::PageRequest& request, const Limits& limits, Arena& arena, std::stop_token stop);
    Result<void> list(const Page& page, std::vector<KeyVersion>& keys);
    Result<Page> read_family(const walk::PageRequest& request, const Limits& limits, Batch& batch,
                             std::stop_token stop);
    Result<Page> in_snapshot(const std::function<Result<Page>()>& read, const std::stop_token& stop);
    Result<void> add_keyless(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                             std::stop_token stop);
    Result<bool> keys_can_be_null(std::stop_token stop);
    Result<Children> read_children(std::size_t include, Page& page, std::size_t most_bytes, bool listed, Arena& arena,
                                   std::stop_token stop);
    Result<void> add_children(std::size_t include, Page& page, const Limits& limits, Batch& batch,
                              std::stop_token stop);
    void add_rows(const Page& page, Batch& batch);
    Result<bool> nothing_committed(const Position& after);
    /// What a batch says beside its rows.
    void tell(Batch& batch) const;
    void add_given_up(const walk::Look& look);
    Result<void> look_for_drift(std::stop_token stop);
    Result<void> check_where(std::vector<Finding>& found, std::stop_token stop);
    Result<void> add_conditions(std::vector<Finding>& found, std::stop_token stop);
    Result<void> finish(const Position& after, const walk::TablePosition& before, const walk::TablePosition& begun,
                        walk::PageEnd end, Batch& batch);

    Definition definition_;
    std::unique_ptr<TableReader> reader_;
    walk::TableWalk walk_;
    Round round_;
    std::optional<bool> keys_can_be_null_;  ///< Nothing until the catalogue was asked.
    std::optional<Condition> keyless_;      ///< More rows without a key than are reported.
    Drift drift_;
    std::optional<Condition> drifted_;  ///< What it told when it was asked last.
    std::int64_t drift_due_ = 0;        ///< By this machine's clock.
    Listing listing_;
    std::vector<std::uint64_t> digests_;  ///< Of the children of each row in the page that was read last.
    std::size_t most_parents_;
    Ahead ahead_;
};

}  // namespace tributary::table
