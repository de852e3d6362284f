#pragma once

#include <string>

#include "core/model/entity.hpp"

namespace tributary {

/// docs/entities.md: every entity with its fields and an example, in Markdown. Generated, and checked to be fresh.
std::string render_entities(const Catalogue& entities);

}  // namespace tributary
