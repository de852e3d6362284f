#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/embedded.hpp"

namespace tributary::api {

/// What ready mappings read, by the option that names it (`model`): for a suggestion where the source does not show its
/// user what there is. Each name once.
std::vector<std::string> names_read(std::span<const EmbeddedFile> mappings, std::string_view option);

}  // namespace tributary::api
