#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings/node.hpp"

namespace tributary {

/// `file:line:column`, as far as they are known; empty: nothing is.
std::string text_of(const Place& place);

enum class Severity { error, warning };

/// One finding about a configuration, at the place the user has to look at.
struct Diagnostic {
    Severity severity = Severity::error;
    Place place;
    std::string message;  ///< What is wrong and what was expected, "did you mean" included; never a secret's value.
};

/// Collects findings so that a user sees all of them at once. Not thread-safe.
class Diagnostics {
  public:
    void error(const Place& place, std::string message);
    void warning(const Place& place, std::string message);
    /// What somebody else has found, who wanted to know whether there is an error among it.
    void add(const Diagnostics& found);

    bool has_errors() const { return errors_ > 0; }
    /// In file order: by file, line, column.
    std::vector<Diagnostic> sorted() const;
    /// `file:line:column: error: message`, a line each.
    std::string text(bool colour = false) const;
    /// `[{"file", "line", "column", "severity", "message"}]`
    std::string json() const;

  private:
    std::vector<Diagnostic> all_;
    int errors_ = 0;
};

/// The candidate nearest to `word` by edit distance, or empty when none is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `, did you mean 'x'?`, or empty.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace tributary
