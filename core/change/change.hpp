#pragma once

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

/// Compares canonical documents; an empty text means "not there". False: nothing a consumer could see differs (also
/// when the bytes do: member order, number spelling). `changed` names a member that came, went or changed; goes into
/// lists of equal length by 0-based index; where elements came or went the list itself is named. Pure. Documents must
/// be valid JSON (the mapping writes them); a document that is not counts as entirely different.
bool compare(std::string_view before, std::string_view after, Change& change);

}  // namespace tributary
