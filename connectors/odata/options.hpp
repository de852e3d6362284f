#pragma once

#include <array>

#include "connectors/kit/api/options.hpp"

namespace tributary::odata {

inline constexpr api::Words words{
    .object = "set",
    .object_help = "Entity set to read: its path below `url`, with the service where `url` does not end in one.",
    .object_example = "API_SALES_ORDER_SRV/A_SalesOrder",
    .where_help = "Only these rows: a `$filter`. Rows that leave it are found by comparing keys.",
    .where_example = "SalesOrganization eq '1010'",
};

inline constexpr std::array<std::string_view, 2> pagings{"key", "whole"};

/// Of streams and look-ups.
inline constexpr std::array paging_options{
    Option{.name = "page",
           .type = OptionType::integer,
           .help = "Most rows of one request; a server may give fewer.",
           .fallback = "1000",
           .at_least = 1,
           .at_most = 100'000},
    Option{.name = "paging",
           .type = OptionType::choice,
           .help =
               "How a large set is read: page by page in the order of its key (`key`), or all of it along the server's "
               "own links (`whole`), held in memory meanwhile: for sets whose key cannot be compared. A function, as "
               "`Register/Balance()`, is always read whole.",
           .fallback = "key",
           .choices = pagings},
};

/// Of streams alone.
inline constexpr std::array change_options{
    Option{.name = "also_changed",
           .type = OptionType::texts,
           .help = "More properties that show a change: a poll reads what any of them, or the watermark, shows as new.",
           .example = "[LastChangeDateTime]",
           .defines_rows = true},
    Option{.name = "delta_links",
           .type = OptionType::boolean,
           .help = "Changes and deletes are followed by the service's delta links, in place of a watermark.",
           .fallback = "false"},
};

inline constexpr auto stream_options =
    api::joined(api::joined(api::stream_options<words>, paging_options), change_options);
inline constexpr auto lookup_options = api::joined(api::lookup_options<words>, paging_options);

}  // namespace tributary::odata
