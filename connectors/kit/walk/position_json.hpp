#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <expected>
#include <string>
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

/// Into `to`, which stays as it is where the member is not there. False: it has another type.
bool read_member(const rapidjson::Value& object, const char* name, std::string& to);
bool read_member(const rapidjson::Value& object, const char* name, std::int64_t& to);
bool read_member(const rapidjson::Value& object, const char* name, bool& to);

/// What is empty, 0 or false is left out.
using PositionWriter = rapidjson::Writer<rapidjson::StringBuffer>;
void write_member(PositionWriter& writer, const char* name, std::string_view value);
void write_member(PositionWriter& writer, const char* name, std::int64_t value);
void write_member(PositionWriter& writer, const char* name, bool value);

}  // namespace tributary::walk
