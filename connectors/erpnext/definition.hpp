#pragma once

#include <array>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/erpnext/query.hpp"
#include "connectors/kit/api/options.hpp"
#include "connectors/kit/table/definition.hpp"

namespace tributary::erpnext {

inline constexpr api::Words words{
    .object = "doctype",
    .object_help = "The doctype to read, as ERPNext spells it.",
    .object_example = "Sales Order",
    .where_help =
        "Only these rows: filters as Frappe takes them, in JSON. Rows that leave them are found by comparing "
        "keys.",
    .where_example = R"([["company", "=", "Acme"]])",
};

inline constexpr auto source_options = [] {
    auto all = http::common_options;
    for (Option& option : all) {
        if (option.name == "url") option.help = "Address of the site, without /app or /api.";
        if (option.name == "url") option.example = "https://erp.acme.example";
        if (option.name == "user") option.help = "API key of the user.";
        if (option.name == "password") option.help = "API secret of the user.";
        if (option.name == "token") option.help = "Both as one, `KEY:SECRET`, in place of `user` and `password`.";
    }
    return all;
}();

inline constexpr std::array own_stream_options{
    Option{.name = "parent",
           .help = "Of a child table: the doctype whose documents its rows belong to.",
           .example = "Contact",
           .defines_rows = true},
    Option{.name = "links",
           .type = OptionType::any,
           .help = "Which columns hold names of which documents: when one of these is renamed or merged, the rows that "
                   "name it are read again.",
           .example = "{customer: Customer, lines.item_code: Item}"},
    Option{.name = "join",
           .type = OptionType::any,
           .help = "More columns, each a field of a document that one of `links` names.",
           .example = "{customer_created: customer.creation}",
           .defines_rows = true},
    Option{.name = "announcements",
           .type = OptionType::duration,
           .help = "How often deleted, renamed and merged documents are asked for, at most; 0: at each poll.",
           .fallback = "30s",
           .at_least = 0,
           .at_most = 86'400'000},
};

inline constexpr auto stream_options = api::joined(api::stream_options<words>, own_stream_options);
inline constexpr auto lookup_options = api::lookup_options<words>;

/// A column that comes from the document a link names.
struct Join {
    std::string name = {};
    std::string by = {};       ///< The column with the document's name.
    std::string doctype = {};  ///< Whose it is.
    std::string take = {};     ///< A field of it.
};

/// What a stream asks of ERPNext beside what every table has.
struct Documents {
    std::string parent = {};
    std::vector<std::string> where = {};  ///< Filters as JSON; all hold.
    std::vector<std::pair<std::string, std::string>> links = {};
    std::vector<Join> joins = {};  ///< Those of an include bear its name and a dot before their own, and before `by`.
    std::chrono::milliseconds announcements{0};

    /// The joins of the rows themselves, or of an include: their names as its columns.
    std::vector<Join> joins_of(std::string_view include = {}) const;
    /// The links that rows can be searched by: those that are not joined themselves.
    std::vector<std::pair<std::string, std::string>> own_links() const;
    Filters filters() const;
};

/// How far polls read back where nothing else is said: a request may take 120 s from its stamp to its commit.
constexpr std::chrono::microseconds usual_overlap = std::chrono::minutes(5);

struct Stream {
    table::Definition table;
    Documents documents;
};

/// Checks what the options alone cannot say, each finding at its place.
Stream define(const StreamSettings& stream, Diagnostics& diagnostics);
Stream define_lookup(const StreamSettings& lookup, Diagnostics& diagnostics);

}  // namespace tributary::erpnext
