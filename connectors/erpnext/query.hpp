#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::erpnext {

/// Conditions of a list, all of which hold (as `filters`) or one of which does (as `or_filters`). Values are sent as
/// text: the site reads them as its fields are.
class Filters {
  public:
    void add(std::string_view field, std::string_view sign, std::string_view value);
    void add_among(std::string_view field, std::span<const std::string> values);
    /// The one condition of `term`, on rows of a child table: a document has one that fits.
    void add_child(std::string_view doctype, const Filters& term);
    /// A condition that is JSON already.
    void add_json(std::string_view term);

    bool empty() const { return terms_.empty(); }
    std::string json() const { return "[" + terms_ + "]"; }

  private:
    std::string terms_;
};

/// What `frappe.client.get_list` is asked by POST: a request line has 4,094 bytes, which 200 names fill.
struct ListQuery {
    std::string doctype = {};
    std::string parent = {};  ///< The doctype whose child table it is; a child table is refused without.
    std::vector<std::string> fields = {};
    Filters filters = {};
    Filters or_filters = {};
    std::string order_by = {};  ///< Always given: without it there is no order at all.
    std::size_t length = 0;     ///< Rows at most; 0: all there are, as Frappe has it.

    std::string body() const;
};

/// The question how many rows there are; it sees those, too, that User Permissions hide from lists.
std::string count_body(const std::string& doctype, const Filters& filters);

}  // namespace tributary::erpnext
