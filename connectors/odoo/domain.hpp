#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::odoo {

/// A condition on records, in Odoo's prefix notation (`["|", A, B]`), as JSON. Terms without an operator between them
/// all hold, so that conditions are joined by writing them one behind the other.
class Domain {
  public:
    /// Of a user's `where`; nothing where it is no domain: a JSON list of `["field", "operator", value]` and of `"&"`,
    /// `"|"`, `"!"` before what they join.
    static std::optional<Domain> parse(std::string_view json);

    /// `value` is JSON.
    void add(std::string_view field, std::string_view comparison, std::string_view value);
    /// `field in (values)`; each of them is JSON. Of no values what no record fits.
    void add_in(std::string_view field, std::span<const std::string> values);
    /// Both must hold.
    void add(const Domain& other);
    /// One of these must hold; each has a term.
    void add_any(std::span<const Domain> others);

    bool empty() const { return terms_.empty(); }
    /// `[…]`
    std::string json() const { return "[" + terms_ + "]"; }

  private:
    void append(std::string_view terms);
    /// With the operators that Odoo would think between its terms.
    std::string as_one() const;

    std::string terms_;            ///< With commas between them.
    std::size_t expressions_ = 0;  ///< Which are joined by nothing.
};

/// `"2026-11-22 17:00:55"`, as a domain wants it: UTC, no zone, the second in which the moment lies.
std::string json_moment(std::int64_t micros);

/// As JSON, where it is the text of a whole number; else nothing.
std::optional<std::string> json_integer(std::string_view text);

}  // namespace tributary::odoo
