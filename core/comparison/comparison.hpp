#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/comparison/delete_guard.hpp"
#include "core/comparison/known_keys.hpp"
#include "core/comparison/notes.hpp"
#include "core/comparison/seen_keys.hpp"
#include "core/connector/connector.hpp"

namespace tributary {

/// Compares the keys of a stream with those the cache knows, a chunk at a step, so that polls go on between the steps.
/// Owns no thread, clock or connection. One thread at a time, the one that pulls the feed: what a step read and what a
/// pull read are applied in the order they were read.
///
///     list      the source's keys, page by page; a sweep fetches their rows as well; rows that are news to the cache
///               (it does not know the key, or knows it in another version) are remembered
///     count     the cache's keys, page by page; those that were not listed are asked for once more by key
///     remove    the same again, when the guard lets it through: what is not there is deleted
///     settle    until the polls had their turn with the news
///     repair    what is still news is fetched
///
/// A full read of a table without watermark lists its keys itself (`scan`, `saw`): count and remove follow its end.
/// A key that appears while this runs is there when it is asked for by key, so it takes no part. Nothing is kept over a
/// restart: a comparison that was cut short starts over, and what it removed before is removed.
class Comparison {
  public:
    struct Setup {
        std::uint32_t stream = 0;  ///< In the feed.
        StreamNos nos;
        std::string name;  ///< "source/stream"
        bool deletes = false;
        DeletePolicy policy;
        std::int64_t sweep_every = 0;  ///< Microseconds; 0: never.
        std::uint64_t seed = 1;
        std::function<std::string(const Row&)> key_of;  ///< Canonical text; empty: the row has no usable key.

        std::size_t listed_page = 10'000;
        std::size_t known_page = 5'000;
        std::size_t fetched_page = 250;
        std::size_t most_seen = 10'000'000;      ///< More keys are compared in parts, with a listing each.
        std::size_t most_news = 100'000;         ///< More are left to the next comparison.
        std::int64_t retry_after = 30'000'000;   ///< After a failure.
        std::int64_t confirm_check = 1'000'000;  ///< How often a held comparison looks for the operator's word.
        std::int64_t settle_check = 20'000;
    };
    Comparison(Setup setup, KnownKeys& known, const ComparisonNotes& notes);

    /// What the feed has done so far.
    struct Moment {
        std::int64_t now = 0;
        std::uint64_t polls = 0;  ///< Complete ones: everything new at their beginning was read.
        bool committed = false;   ///< Whatever was handed over is committed.
    };
    struct Finished {
        bool sweep = false;
        std::int64_t listed = 0;
        std::int64_t removed = 0;
        std::int64_t fetched = 0;  ///< Rows that no poll had brought.
        std::int64_t micros = 0;
    };
    struct Outcome {
        std::optional<Batch> rows;         ///< To be mapped and compared, cause `repair`.
        std::vector<std::string> removed;  ///< Keys whose rows are gone.
        std::int64_t at = 0;               ///< When the next step is worth it.
        std::optional<Finished> finished;  ///< Set by the last step of one that was not part of a full read.
    };
    /// One chunk. After an error the comparison starts over, later; `cache_busy` and `stopped` are no errors of its
    /// own.
    Result<Outcome> step(Feed& feed, const Moment& moment, std::stop_token stop);
    /// When `step` has something to do.
    std::int64_t due() const;
    std::uint32_t stream() const { return setup_.stream; }

    /// Marks of a full read, and the keys of the rows (rejected ones too) in it.
    void scan(Scan mark);
    bool scanning() const { return scanning_; }
    void saw(std::string_view key);

    /// The next full read has to come, although nothing may have changed since the last one, which did not tell all.
    bool wants_scan() const;

    /// The feed was sent back: what was read is not what is being applied.
    void abandon();

    /// What an operator has to know, until the next comparison finds otherwise.
    const std::vector<Condition>& conditions() const { return conditions_; }

  private:
    enum class Kind : std::uint8_t { compare, sweep, scan };
    enum class Phase : std::uint8_t { idle, list, count, remove, settle, repair };

    std::int64_t next() const;
    void fail_at(std::int64_t now, const Error& error);
    bool starts(std::int64_t now);
    void start(std::int64_t now);
    Result<Outcome> run(Feed& feed, const Moment& moment, std::stop_token stop);
    Result<Outcome> list(Feed& feed, const Moment& moment, std::stop_token stop);
    Result<Outcome> settle(const Moment& moment);
    Result<Outcome> repair(Feed& feed, const Moment& moment, std::stop_token stop);
    Result<Outcome> count(Feed& feed, const Moment& moment, std::stop_token stop);
    Result<Outcome> remove(Feed& feed, const Moment& moment, std::stop_token stop);
    Result<> next_known();
    Result<std::vector<std::string>> gone(Feed& feed, std::stop_token stop);
    Result<> note(const std::vector<ListedKey>& keys);
    void counted(const Moment& moment);
    void hold(DeleteVerdict verdict, const Moment& moment);
    void begin_count();
    void begin_known(Phase phase);
    void finish_part(const Moment& moment);
    void let_through(std::int64_t now);
    void finish_deletes(const Moment& moment);
    void finish(std::int64_t now);
    void go_idle();

    Setup setup_;
    KnownKeys& known_;
    const ComparisonNotes& notes_;
    SeenKeys seen_;
    KeyCount count_;
    std::vector<Condition> conditions_;

    Kind kind_ = Kind::compare;
    Phase phase_ = Phase::idle;
    bool scanning_ = false;
    bool full_reads_ = false;  ///< The feed reads everything each time: there is nothing to compare between.
    bool untold_ = false;      ///< A full read whose missing keys were not looked at, or not to the end.
    bool held_ = false;
    std::int64_t wake_ = 0;
    std::int64_t started_at_ = 0;
    std::int64_t all_listed_ = 0;  ///< In the first listing, which is of all parts.
    std::optional<Finished> finished_;
    std::int64_t compare_at_ = 0;
    std::int64_t sweep_at_ = INT64_MAX;
    std::uint64_t rounds_ = 0;  ///< Draws the next seed.

    std::string listed_to_;
    std::vector<ListedKey> listed_;  ///< A page that was read and not noted yet.
    bool last_page_ = false;
    std::vector<ListedKey> news_;
    std::int64_t fetched_ = 0;
    std::uint64_t settled_at_ = 0;
    KnownKeys::Place known_from_;
    bool known_end_ = false;
    std::vector<std::string> candidates_;  ///< Known and not listed, to be asked for by key.
};

}  // namespace tributary
