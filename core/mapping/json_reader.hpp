#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::mapping {

/// Turns JSON text into values in an arena: whole numbers of 64 bits are integers, all other numbers exact decimals.
/// Invalid UTF-8, lone surrogates, a name twice in one object, more than `deepest` levels: not read. Shapes are shared
/// between objects with the same names, also across rows, so that paths into them go by index.
class JsonReader {
  public:
    static constexpr int deepest = 64;

    JsonReader();
    ~JsonReader();

    /// Nothing when `text` is not JSON. Texts read since `forget` are not read twice.
    std::optional<Value> read(std::string_view text, Arena& arena);
    /// What was read before must not be used any more; called before each row.
    void forget();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tributary::mapping
