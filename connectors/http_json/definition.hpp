#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "connectors/http_json/moments.hpp"
#include "connectors/kit/http/row_scanner.hpp"
#include "connectors/kit/http/url.hpp"
#include "connectors/kit/walk/list_walk.hpp"
#include "core/connector/connector.hpp"

namespace tributary::http_json {

/// How an answer leads to the next page.
enum class Style { whole, offset, page, cursor, after, link, header };

struct Paging {
    Style style = Style::whole;
    std::string parameter;       ///< Offset, page number, cursor, or key of the last row.
    std::string size_parameter;  ///< Empty: the source decides how large a page is.
    std::int64_t size = 100;
    std::int64_t first = 1;  ///< Number of the first page.
    std::optional<http::Pointer> next;
    std::optional<http::Pointer> more;

    /// Page numbers alone: nothing can be asked for twice, so the numbers have to be trusted.
    bool trusts_numbers() const { return style == Style::page && size_parameter.empty(); }
};

struct Watermark {
    std::string column;
    std::string parameter;
    std::string value = "{}";
    MomentFormat format = MomentFormat::iso;
    std::chrono::microseconds overlap = std::chrono::seconds(60);
};

/// A stream or a look-up, as its options say.
struct Definition {
    std::string stream;
    std::string path;
    http::Query parameters;
    std::string rows_text;  ///< As written, for findings.
    http::Pointer rows;
    std::vector<std::string> key;
    std::vector<std::string> optional;
    std::optional<http::Pointer> error;
    std::string item;        ///< Path of one row, `{id}` for its key; empty: there is none.
    http::Pointer item_row;  ///< Where the row is in that answer.
    Paging paging;
    std::optional<Watermark> watermark;
    std::string time_zone;

    walk::ListWalkSettings walk_settings(bool by_watermark) const;
};

Definition define(const StreamSettings& stream, Diagnostics& diagnostics);
Definition define_lookup(const StreamSettings& lookup, Diagnostics& diagnostics);

/// A column of a row: a name, or a path of names with dots.
std::vector<std::string> parts_of(std::string_view column);

}  // namespace tributary::http_json
