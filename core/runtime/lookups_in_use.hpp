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

void add(const LookupEntries& from, LookupEntries& to);
/// Pure. Whether so many entries are searched for: more of them are found by reading all rows.
bool few(const LookupEntries& entries);

/// The rows of a stream that look entries up by certain columns. The name says by which, whatever the order of the
/// configuration.
struct EntrySearch {
    std::string name;
    std::uint32_t stream = 0;
    Sought sought;
};

/// The look-ups that the mappings of one feed use. One thread, the feed's.
class LookupsInUse {
  public:
    struct Stream {
        std::string name;
        Mapping* mapping = nullptr;  ///< Uses some of the look-ups, by name.
    };
    /// `streams`: those of the feed, in its order.
    LookupsInUse(const std::vector<Stream>& streams, std::span<const std::unique_ptr<Lookup>> lookups);

    bool none() const { return used_.empty(); }
    /// Gives the mappings what is shown now. Nothing in between: all are there, or the first one's hold is returned and
    /// the mappings keep what they have.
    std::optional<LookupHold> refresh();
    /// By name, of the columns that this feed takes; of the tables in use.
    const std::map<std::string, std::string>& contents() const { return contents_; }
    /// The entries that say something else than in the tables before the last `refresh`, whose contents were `known`.
    /// Nothing where that cannot be told, or where all rows are better read: there was no table before, the key is not
    /// made of columns alone, most of a table or too much of it changed.
    std::optional<LookupEntries> changed(const std::map<std::string, std::string>& known) const;
    /// Which rows used these entries, in the order of the names.
    std::vector<EntrySearch> searches(const LookupEntries& entries) const;
    /// Tables in use that could not be read again.
    std::vector<Condition> conditions() const;

  private:
    struct Used {
        const Lookup* lookup = nullptr;
        std::vector<std::string> columns;
        struct By {
            std::uint32_t stream = 0;
            std::string name;  ///< Of the stream.
            Mapping* mapping = nullptr;
            std::size_t index = 0;  ///< Of the look-up in the mapping.

            const Mapping::Lookup& use() const { return mapping->lookups()[index]; }
        };
        std::vector<By> by;
        Lookup::Shown shown;
        std::shared_ptr<const LookupTable> before =
            nullptr;  ///< In use before the last refresh, where that is another.
        std::string contents_before = {};
    };
    void take(Used& used, Lookup::Shown shown);
    static std::optional<std::vector<LookupTable::Key>> changed(const Used& used);

    std::vector<Used> used_;
    std::map<std::string, std::string> contents_;
};

}  // namespace tributary
