#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// What consumers see of a difference between two states of one entity.
enum class ChangeType : unsigned char { created, updated, status_changed, deleted };

std::string_view name_of(ChangeType type);

struct Change {
    ChangeType type = ChangeType::updated;
    std::vector<std::string> changed;  ///< JSON pointers into `after`; empty for created and deleted.
};

/// Compares canonical documents; an empty text means "not there". Keeps its buffers from one comparison to the next, so
/// one object is used by one thread at a time; nothing of a comparison influences another.
class ChangeDetector {
  public:
    ChangeDetector();
    ChangeDetector(ChangeDetector&&) noexcept;
    ChangeDetector& operator=(ChangeDetector&&) noexcept;
    ~ChangeDetector();

    /// False: nothing a consumer could see differs (also when the bytes do: member order, number spelling); `change`
    /// is then unspecified. Handing in the same `change` again saves allocations.
    ///
    /// `changed` names a member that came, went or changed; goes into lists of equal length by 0-based index; where
    /// elements came or went the list itself is named. Pointers come in the order of `after`, members that went last. A
    /// difference anywhere at `/status`, also a status that came or went, makes the change a `status_changed`.
    ///
    /// Documents must be objects (the mapping writes them). One that cannot be read (no object, invalid JSON or UTF-8,
    /// a repeated name, over 512 levels deep) counts as entirely different: every top-level member of `after` is named,
    /// and when that is the unreadable one, the whole document by the empty pointer.
    bool compare(std::string_view before, std::string_view after, Change& change);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The same with buffers of its own, for callers off the row path.
bool compare(std::string_view before, std::string_view after, Change& change);

}  // namespace tributary
