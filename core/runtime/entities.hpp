#pragma once

#include <string>
#include <vector>

#include "core/change/fold.hpp"
#include "core/model/entity.hpp"
#include "core/publish/restore.hpp"
#include "core/runtime/stream_info.hpp"

namespace tributary {

/// What publishing, restoring and folding know of the entities, all from the one catalogue.
std::vector<EntityInfo> entity_infos(const Catalogue& catalogue);
std::vector<std::string> entity_names(const Catalogue& catalogue);
std::vector<Restore::Names> restore_names(const Catalogue& catalogue);
std::vector<FoldRules> fold_rules(const Catalogue& catalogue);

}  // namespace tributary
