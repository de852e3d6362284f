#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "connectors/kit/walk/mark.hpp"

namespace tributary::walk {

/// Which rows were read in which version, where a source tells versions and no times: a listing of keys with versions
/// then says which rows to read. Lives in this process alone: what it does not know is read once more, and compared.
/// Eight bytes a row.
///
///     load    every row is remembered
///     round   begins at what the walk has established (PageRequest::from). That is the moment of the load or round
///             before: what it saw is known from now on. It is the beginning of the round before: that one found
///             nothing, or was not applied, and what it saw is not known. It is neither: nothing is known.
///
/// Pages of a load or round that do not go on from where the last one ended (another process was there, or the feed was
/// sent back) make it forget.
class VersionMemory {
  public:
    /// A moment for a look: later than every one before, as it names what was established then.
    std::int64_t look(std::int64_t now);

    void begin_load();
    void begin_round(std::int64_t from);
    /// A further page, behind this key.
    void go_on(std::span<const Mark> after);

    bool knows_nothing() const { return known_.empty(); }
    bool knows(std::span<const Mark> key, std::string_view version) const;
    void saw(std::span<const Mark> key, std::string_view version);
    void page_ended(std::span<const Mark> last);

  private:
    std::vector<std::uint64_t> known_;  ///< Sorted.
    std::int64_t known_at_ = 0;         ///< What the walk had established when these were known.
    std::vector<std::uint64_t> seen_;   ///< In the load or round under way.
    std::int64_t seen_at_ = 0;          ///< What will be established when it ends.
    bool whole_ = false;                ///< It was read by this process, without a gap.
    std::vector<Mark> last_;
    std::int64_t looked_ = 0;
};

}  // namespace tributary::walk
