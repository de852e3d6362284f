#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/evaluate.hpp"

namespace tributary::mapping {

/// Runs the `lua:` expressions of one mapping in a sandbox: no input or output, clock, randomness or loading of code;
/// limits per call on instructions, memory held and memory asked for; nothing one row leaves behind is seen by the
/// next. `row` is the row, `up` the one above it; decimals are exact numbers (lua_decimal.hpp). Not thread-safe.
class Lua {
  public:
    static constexpr int most_instructions = 100'000;
    static constexpr std::size_t most_bytes = 8 * 1024 * 1024;
    static constexpr std::size_t most_bytes_asked = 64 * 1024 * 1024;

    Lua();
    ~Lua();

    /// Compiles an expression, or a block that ends in `return`. The error is Lua's.
    std::expected<int, std::string> compile(std::string_view code);

    /// Columns that code names as `row.name` or `row["name"]`.
    struct Columns {
        std::vector<std::string> of_row;
        std::vector<std::string> of_up;
        bool whole = false;  ///< `row` or `up` is used in another way, so there may be more.
    };
    static Columns columns_of(std::string_view code);

    /// The value of the expression for a row. False: refused.
    bool call(const Expression& expression, const Frame& frame, RowScope& scope, Value& result);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tributary::mapping
