#pragma once

#include <cstdint>
#include <map>
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
inline constexpr std::string_view no_id_twice = "no ce_id twice";
inline constexpr std::string_view every_change = "every change of the log is published";
inline constexpr std::string_view position_behind = "positions never lie ahead of what is published";
inline constexpr std::string_view cache_is_fold = "the cache is the fold of the log";
inline constexpr std::string_view entity_is_fold = "an entity is the fold of its records";
inline constexpr std::string_view reject_once = "a reject is reported once";
inline constexpr std::string_view confirmed_later = "a source forgets nothing that is not committed";
inline constexpr std::string_view comes_to_rest = "everything is published once the faults are over";
inline constexpr std::string_view ends_for_rival = "a process ends for a rival only";
}  // namespace rule

struct Violation {
    std::string_view rule;
    std::string what;
};

/// What a `read_committed` consumer of all topics sees, held against the sources and the cache.
class Ledger {
  public:
    explicit Ledger(const World& world) : world_(world) { read(); }

    std::vector<Violation> check();
    /// The cache of a process that came to rest.
    void check_cache(Store& cache, Store& rebuilt);
    const std::vector<Violation>& violations() const { return violations_; }
    std::size_t events() const { return events_; }

    /// The row's last change has been published, or its reject.
    bool is_current(std::size_t stream) const;

  private:
    /// What one row said about its entity at one commit.
    struct Publication {
        std::int64_t rev = 0;
        bool live = false;
        std::size_t commit = 0;  ///< Index into the broker's commits.
    };
    struct Letter {
        std::string hash;  ///< Empty: the reject is resolved.
        std::size_t commit = 0;
    };
    struct RowName {
        std::size_t stream = 0;
        std::string key;
        auto operator<=>(const RowName&) const = default;
    };
    struct EntityHistory {
        std::string last_after;
        std::pair<std::uint64_t, std::uint64_t> last_place{0, 0};
        bool tombstone_due = false;
    };

    void read();
    void read_event(const Entry& entry, TopicNo topic, std::size_t commit);
    void read_record(const Entry& entry, std::size_t commit);
    void read_letter(const Entry& entry, std::size_t commit);
    void read_position(const Entry& entry, std::size_t commit);

    void check_revs();
    void check_source();
    void check_every_change();
    void check_folds();
    void check_row_now(const RowName& name, const Version& row);
    void check_position(std::size_t feed, const std::string& json, std::size_t commit);
    void check_streams(Store& cache, Store& rebuilt);
    void check_entities(Store& cache);
    bool published_since(const RowName& name, const Version& version, std::size_t commit) const;
    void violated(std::string_view rule, std::string what) { violations_.push_back({rule, std::move(what)}); }

    const World& world_;
    std::vector<Violation> violations_;
    std::map<std::pair<TopicNo, std::string>, EntityHistory> entities_;
    std::map<RowName, std::vector<Publication>> rows_;
    std::map<RowName, std::string> records_;  ///< Latest of shared streams, as in the topic.
    std::map<RowName, std::vector<Letter>> letters_;
    std::map<std::string, int> ids_;
    std::size_t events_ = 0;
};

}  // namespace tributary::simulation
