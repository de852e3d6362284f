#pragma once

#include <string>
#include <string_view>

#include "tests/conformance/trial.hpp"

namespace tributary::conformance {

/// Reports what is wrong with a batch whatever the source holds: its rows, its memory, its size, its position.
void inspect(Trial& trial, const FeedInfo& feed, const Batch& batch, const Feed::Limits& limits);

/// The position as a checkpoint gives it back.
Position stored(const Position& position);
/// The key as `Rows` spells it; empty when it is none.
std::string key_of(const Row& row);
/// Null where the row has no such column.
const Value* column(const Row& row, std::string_view name);
std::string spelled(const Value& value);
/// Keys and values of all rows.
std::string spelled(const Batch& batch);

}  // namespace tributary::conformance
