#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/evaluate.hpp"

namespace tributary::mapping {

/// Runs the `lua:` expressions of one mapping in a sandbox: no input or output, clock, randomness or loading of code;
/// at most `most_instructions` and `most_bytes` per call; nothing one row leaves behind is seen by the next. Not
/// thread-safe.
class Lua {
  public:
    static constexpr int most_instructions = 100'000;
    static constexpr std::size_t most_bytes = 8 * 1024 * 1024;

    Lua();
    ~Lua();

    /// Compiles an expression, or a block that ends in `return`. The error is Lua's, without its file name.
    std::expected<int, std::string> compile(std::string_view code);

    /// Columns an expression names as `row.name` or `row["name"]`; `whole` when it uses `row` in another way.
    struct Columns {
        std::vector<std::string> names;
        bool whole = false;
    };
    static Columns columns_of(std::string_view code);

    /// The value of the expression for a row. False: refused.
    bool call(const Expression& expression, const Frame& frame, RowScope& scope, Value& result);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tributary::mapping
