#pragma once

#include <array>
#include <string_view>

#include "core/connector/connector.hpp"

namespace tributary::http_json {

/// In the order of Style and MomentFormat.
inline constexpr std::array<std::string_view, 7> paging_styles{"whole", "offset", "page",  "cursor",
                                                               "after", "link",   "header"};
inline constexpr std::array<std::string_view, 6> moment_formats{"iso",   "iso_seconds", "date",
                                                                "local", "seconds",     "milliseconds"};

inline constexpr std::array paging_options{
    Option{.name = "style",
           .type = OptionType::choice,
           .help =
               "How a long list is cut: not at all; by offset; by page number; by a cursor or a link in the answer; "
               "behind the key of the last row; by the header Link.",
           .fallback = "whole",
           .choices = paging_styles},
    Option{.name = "parameter", .help = "Parameter of the request that says where to go on.", .example = "offset"},
    Option{.name = "size_parameter", .help = "Parameter for the rows of a page.", .example = "limit"},
    Option{.name = "size",
           .type = OptionType::integer,
           .help = "Rows of a page.",
           .fallback = "100",
           .at_least = 2,
           .at_most = 100'000},
    Option{.name = "first",
           .type = OptionType::integer,
           .help = "Number of the first page.",
           .fallback = "1",
           .at_least = 0,
           .at_most = 1},
    Option{
        .name = "next", .help = "Where in the answer the cursor or link is (JSON pointer).", .example = "/meta/next"},
    Option{.name = "more",
           .help = "Where the answer says whether there is another page (JSON pointer to true or false).",
           .example = "/meta/has_more"},
};

inline constexpr std::array watermark_options{
    Option{.name = "column",
           .help = "Field that every change stamps with the time.",
           .required = true,
           .example = "updated_at"},
    Option{.name = "parameter",
           .help = "Parameter that asks for rows stamped at or after a moment.",
           .required = true,
           .example = "updated_since"},
    Option{.name = "value",
           .help = "What the parameter is set to; {} is the moment.",
           .fallback = "{}",
           .example = "gte:{}"},
    Option{.name = "format",
           .type = OptionType::choice,
           .help =
               "How moments are written: 2026-01-31T10:00:00.000000Z, without the fraction, the day alone, the wall "
               "clock of the stream's time zone (2026-01-31 10:00:00), numbers since 1970.",
           .fallback = "iso",
           .choices = moment_formats},
    Option{.name = "overlap",
           .type = OptionType::duration,
           .help = "How far each poll reads back: what a row may take from its stamp until it is seen.",
           .fallback = "60s",
           .at_least = 0},
};

inline constexpr Option path_option{.name = "path",
                                    .help = "Below the source's `url`; may carry parameters.",
                                    .example = "/v1/orders",
                                    .defines_rows = true};
inline constexpr Option parameters_option{.name = "parameters",
                                          .type = OptionType::any,
                                          .help = "Parameters of every request, an order among them.",
                                          .example = "{sort: id}",
                                          .defines_rows = true};
inline constexpr Option rows_option{
    .name = "rows",
    .help = "Where in the answer the list is (JSON pointer); default: the answer is one.",
    .example = "/data/items",
    .defines_rows = true};
inline constexpr Option paging_option{
    .name = "paging", .type = OptionType::section, .help = "How a long list is read.", .fields = paging_options};
inline constexpr Option error_option{.name = "error",
                                     .help =
                                         "Where an answer with status 200 says that it failed (JSON pointer): "
                                         "anything but null, false, 0 and empty is an error.",
                                     .example = "/error"};

inline constexpr std::array stream_options{
    path_option,
    parameters_option,
    rows_option,
    Option{.name = "key",
           .type = OptionType::texts,
           .help = "Fields that identify a row; a dot leads into an object.",
           .required = true,
           .example = "[id]"},
    paging_option,
    Option{.name = "watermark",
           .type = OptionType::section,
           .help = "Finds what changed since the last poll; without it the whole list is read each time.",
           .fields = watermark_options},
    error_option,
    Option{.name = "item",
           .help =
               "Path of one row, each field of its key in braces: `deletes` asks there whether a row that the list no "
               "longer has is gone (404 or 410), `sweep` reads rows there.",
           .example = "/v1/orders/{id}"},
    Option{.name = "item_row",
           .help = "Where in that answer the row is (JSON pointer); default: the answer is the row."},
    Option{.name = "optional",
           .type = OptionType::texts,
           .help = "Fields that no row of a sample may have: the check does not miss them.",
           .example = "[cancelled_at]"},
};

inline constexpr std::array lookup_options{
    lookup_key, lookup_every, path_option, parameters_option, rows_option, paging_option, error_option,
};

}  // namespace tributary::http_json
