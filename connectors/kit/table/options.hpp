#pragma once

#include <array>
#include <string_view>

#include "core/connector/connector.hpp"
#include "core/settings/option.hpp"

namespace tributary::table {

inline constexpr std::array<std::string_view, 2> stampers{"database", "application"};

inline constexpr std::array<std::string_view, 3> epoch_units{"s", "ms", "us"};

/// Of a source whose server counts its connections.
inline constexpr std::int64_t usual_connections = 4;
inline constexpr Option connections_option{
    .name = "connections",
    .type = OptionType::integer,
    .help = "At most so many connections at a time, shared by all streams and look-ups of the source.",
    .fallback = "4",
    .at_least = 1,
    .at_most = 64};

inline constexpr std::array watermark_options{
    Option{.name = "column",
           .help = "Column that every insert and update stamps with the time.",
           .required = true,
           .example = "updated_at",
           .defines_rows = true},
    Option{.name = "unit",
           .type = OptionType::choice,
           .help = "What a column of numbers counts since 1970 UTC: seconds, milli- or microseconds.",
           .choices = epoch_units,
           .defines_rows = true},
    Option{.name = "overlap",
           .type = OptionType::duration,
           .help = "How far each poll reads back; default 0 behind a bound that can be trusted, else 60s.",
           .at_least = 0,
           .example = "30s"},
    Option{.name = "stamped_by",
           .type = OptionType::choice,
           .help = "Whose clock stamps the column: the database's, at or after the start of the transaction, or an "
                   "application's.",
           .fallback = "database",
           .choices = stampers},
};

inline constexpr std::string_view child_watermark_help =
    "Finds a child that was added or changed alone: its row is published again. Without it, and for one that was "
    "removed, that happens when the row itself changes, or when `deletes` or `sweep` find it.";

inline constexpr std::array include_options{
    Option{.name = "table",
           .help = "The child table.",
           .required = true,
           .example = "shop.web_order_line",
           .defines_rows = true},
    Option{.name = "on",
           .type = OptionType::any,
           .help = "Which child column equals which parent column.",
           .required = true,
           .example = "{order_id: id}",
           .defines_rows = true},
    Option{.name = "key",
           .type = OptionType::texts,
           .help = "Columns that identify a child among those of its parent; needed unless `one`.",
           .example = "[line_no]",
           .defines_rows = true},
    Option{.name = "watermark", .type = OptionType::section, .help = child_watermark_help, .fields = watermark_options},
    Option{.name = "one",
           .type = OptionType::boolean,
           .help = "Many rows share one child: an object in place of a list, null where there is none.",
           .fallback = "false",
           .defines_rows = true},
};

/// What a look-up of any SQL database takes.
inline constexpr std::array lookup_options{
    lookup_key,
    lookup_every,
    Option{.name = "table", .help = "Table or view to read; this or `query`.", .example = "fin.terms"},
    Option{.name = "query",
           .help = "A select statement to read in place of a table.",
           .example = "select code, net_days from fin.terms"},
    Option{
        .name = "where", .help = "Only these rows: a condition in the database's SQL.", .example = "valid_to is null"},
};

/// What a stream of any SQL database takes. Each dialect's connector offers exactly these.
inline constexpr std::array stream_options{
    Option{.name = "table",
           .help = "Table or view to read; this or `query`.",
           .example = "shop.web_order",
           .defines_rows = true},
    Option{.name = "query",
           .help = "A select statement to read in place of a table.",
           .example = "select id, updated_at, total from shop.web_order",
           .defines_rows = true},
    Option{.name = "key",
           .type = OptionType::texts,
           .help = "Columns that identify a row, none of them null.",
           .required = true,
           .example = "[id]"},
    Option{.name = "watermark",
           .type = OptionType::section,
           .help = "Finds what changed since the last poll; without it the whole table is read each time.",
           .fields = watermark_options},
    Option{.name = "include",
           .type = OptionType::sections,
           .help = "Child rows read together with each row, as a list (with `one` as an object) under this name.",
           .fields = include_options},
    Option{
        .name = "where",
        .help = "Only these rows: a condition in the database's SQL. Rows that leave it are found by comparing keys.",
        .example = "location <> 'SCRAP'",
        .defines_rows = true},
    Option{
        .name = "max_hold",
        .type = OptionType::duration,
        .help =
            "A transaction that is open for longer is given up: when it ends, what was stamped since it began is not "
            "read back; `deletes` or `sweep` find its rows.",
        .at_least = 1'000,
        .example = "12h"},
};

}  // namespace tributary::table
