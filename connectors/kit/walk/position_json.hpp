#pragma once

#include <rapidjson/document.h>

#include <expected>
#include <string_view>

#include "core/connector/connector.hpp"

namespace tributary::walk {

/// Of a stored position that this version cannot read.
std::unexpected<Error> bad_position(std::string_view why);

/// The object that a position is. It must say this `version` as `v`, and this `kind` as `of`; an empty one is that of
/// tables, which say none. Errors: `bad_position`.
Result<rapidjson::Document> parse_position(const Position& position, int version, std::string_view kind = {});

/// Null: it is not there.
const rapidjson::Value* member(const rapidjson::Value& object, const char* name);

}  // namespace tributary::walk
