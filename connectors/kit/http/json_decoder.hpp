#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::http {

/// JSON text -> values in an arena: objects keep the order of their members, of members with one name the last counts,
/// numbers are exact (core/model/json_number.hpp; RapidJSON refuses those beyond 1e308), texts are UTF-8. Remembers
/// the shapes of objects it has seen, so that rows which look alike share one. Not thread-safe.
class JsonDecoder {
  public:
    JsonDecoder();
    ~JsonDecoder();

    /// `text` is overwritten, and so is the byte behind it for the time of the call. Nothing when it is no JSON. How
    /// deep it nests must have been looked at before (`RowScanner` does).
    std::optional<Value> decode(std::span<char> text, Arena& arena);

    /// The shapes of everything decoded since the last call: a batch keeps them with its arena.
    std::vector<std::shared_ptr<const Shape>> take_shapes();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The value at a pointer's parts, each the name of a member or the place in a list; null pointer where there is none.
const Value* find_in(const Value& value, std::span<const std::string> pointer);
const Value* find_in(const Value& value, std::initializer_list<std::string_view> pointer);

/// The text there (`Value::has_text`: numbers with a fraction are kept as text too); empty where there is none.
std::string_view text_in(const Value& value, std::initializer_list<std::string_view> pointer);

}  // namespace tributary::http
