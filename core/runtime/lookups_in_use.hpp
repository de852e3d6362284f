#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/publish/checkpoint.hpp"
#include "core/runtime/lookup.hpp"

namespace tributary {

/// Why a feed cannot go on, as far as its look-ups are concerned.
struct LookupHold {
    Error error;          ///< Verdict `retry`: it waits; `stop`: it is parked.
    bool misfit = false;  ///< A definition does not fit the source: a stream that never ran refuses to start.

    bool operator==(const LookupHold& other) const {
        return error.verdict == other.error.verdict && error.what == other.error.what;
    }
};

/// Pure. What a look-up shows, to a feed that uses it: nothing, when there is a table to map with.
std::optional<LookupHold> hold_of(const std::string& name, const Lookup::Shown& shown);

/// Pure. Whether rows that were mapped as `record` says must be read again, now that `contents` are in use. Those of a
/// feed that starts over are going to be read anyway; a look-up that is new to it came with a changed mapping.
bool wants_reread(const FeedRecord& record, const Position& reached,
                  const std::map<std::string, std::string>& contents);

/// The look-ups that the mappings of one feed use. One thread, the feed's.
class LookupsInUse {
  public:
    /// A mapping that uses some of `lookups`, by name.
    LookupsInUse(const std::vector<Mapping*>& mappings, std::span<const std::unique_ptr<Lookup>> lookups);

    bool none() const { return used_.empty(); }
    /// Gives the mappings what is shown now. Nothing in between: all are there, or the first one's hold is returned and
    /// the mappings keep what they have.
    std::optional<LookupHold> refresh();
    /// By name, of the columns that this feed takes; of the tables in use.
    const std::map<std::string, std::string>& contents() const { return contents_; }
    /// Tables in use that could not be read again.
    std::vector<Condition> conditions() const;

  private:
    struct Used {
        const Lookup* lookup = nullptr;
        std::vector<std::string> columns;
        std::vector<std::pair<Mapping*, std::size_t>> mappings;  ///< With the look-up's index in each.
        Lookup::Shown shown;
    };
    void take(Used& used, Lookup::Shown shown);

    std::vector<Used> used_;
    std::map<std::string, std::string> contents_;
};

}  // namespace tributary
