#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/pipeline/simulated_cache.hpp"
#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

/// The rules every schedule has to keep; a mutant is caught by one of them by name.
namespace rule {
inline constexpr std::string_view revs_rise = "revs rise strictly";
inline constexpr std::string_view commits_rise = "(commit, index) rises";
inline constexpr std::string_view before_is_previous = "before equals the previous after";
inline constexpr std::string_view last_is_source = "the last after is the source's last state";
inline constexpr std::string_view differs = "no event without a difference";
inline constexpr std::string_view no_id_twice = "no ce_id twice";
inline constexpr std::string_view every_change = "every change of the log is published";
inline constexpr std::string_view position_behind = "positions never lie ahead of what is published";
inline constexpr std::string_view cache_is_fold = "the cache is the fold of the log";
inline constexpr std::string_view entity_is_fold = "an entity is the fold of its records";
inline constexpr std::string_view taken_is_theirs = "what is taken of another entity is what that one has";
inline constexpr std::string_view reject_once = "a reject is reported once";
inline constexpr std::string_view confirmed_later = "a source forgets nothing that is not committed";
inline constexpr std::string_view comes_to_rest = "everything is published once the faults are over";
inline constexpr std::string_view ends_for_rival = "a process ends for a rival only";
}  // namespace rule

/// What a `read_committed` consumer of all topics sees. What holds whatever the sources are is checked here.
class Ledger {
  public:
    explicit Ledger(const World& world) : world_(world) { read(); }

    /// The cache of a process that came to rest, beside one that was rebuilt from the topics.
    void check_cache(Store& cache, Store& rebuilt);
    /// Of the topics.
    const std::vector<Violation>& violations() const { return violations_; }
    const std::vector<Violation>& cache_violations() const { return cache_violations_; }
    std::size_t events() const { return events_; }

    struct RowName {
        std::size_t stream = 0;
        std::string key;
        auto operator<=>(const RowName&) const = default;
    };
    /// What one row said about its entity at one commit.
    struct Publication {
        std::string document;    ///< Empty: nothing any more.
        std::size_t commit = 0;  ///< Index into the broker's commits.

        bool live() const { return !document.empty(); }
    };
    struct Letter {
        std::string hash;  ///< Empty: the reject is resolved.
        std::string body;
    };
    struct FeedPlace {
        std::size_t feed = 0;
        std::string json;
        std::size_t commit = 0;
    };
    struct EntityHistory {
        std::string last_after;
        RowName row;  ///< Of the last event.
        std::pair<std::uint64_t, std::uint64_t> last_place{0, 0};
        bool tombstone_due = false;
    };

    const std::map<std::pair<TopicNo, std::string>, EntityHistory>& entities() const { return entities_; }
    const std::map<RowName, std::vector<Publication>>& rows() const { return rows_; }
    const std::map<RowName, std::vector<Letter>>& letters() const { return letters_; }
    const std::vector<FeedPlace>& places() const { return places_; }
    /// A dead letter stands for the row.
    bool is_rejected(const RowName& name) const;
    /// Entities changed whose dependents are still to be looked at.
    bool has_pending() const { return !pending_.empty(); }
    /// Events that repeated what was known, for the asking.
    std::size_t repeated() const { return repeated_; }

  private:
    void read();
    void read_event(const Entry& entry, TopicNo topic, std::size_t commit);
    void read_record(const Entry& entry, std::size_t commit);
    void read_letter(const Entry& entry);
    void read_position(const Entry& entry, std::size_t commit);
    std::size_t stream_of(std::string_view source, std::string_view name) const;
    RowName row_name(std::string_view key) const;

    void check_folds();
    std::string_view taken(std::string_view document, Arena& arena) const;
    void check_streams(Store& cache, Store& rebuilt);
    void check_entities(Store& cache);
    void violated(std::string_view rule, std::string what) { violations_.push_back({rule, std::move(what)}); }
    void differs(std::string what) { cache_violations_.push_back({rule::cache_is_fold, std::move(what)}); }

    const World& world_;
    std::vector<Violation> violations_;
    std::vector<Violation> cache_violations_;
    std::map<std::pair<TopicNo, std::string>, EntityHistory> entities_;
    std::map<RowName, std::vector<Publication>> rows_;
    std::set<std::string> alone_;             ///< Ids of entities that have a single record, which is not in a topic.
    std::set<std::string> pending_;           ///< Ids of entities whose dependents are still to be looked at.
    std::map<RowName, std::string> records_;  ///< Latest of shared streams, as in the topic.
    std::map<RowName, std::vector<Letter>> letters_;
    std::vector<FeedPlace> places_;
    std::map<std::string, int> ids_;
    std::size_t events_ = 0;
    std::size_t repeated_ = 0;
};

/// The value of a member of a JSON object, as it is written there; empty: there is none.
std::string member(std::string_view json, std::string_view name);
std::int64_t number(std::string_view text);

}  // namespace tributary::simulation
