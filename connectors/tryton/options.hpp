#pragma once

#include <array>

#include "connectors/kit/api/options.hpp"
#include "connectors/kit/http/options.hpp"

namespace tributary::tryton {

inline constexpr api::Words words{
    .object = "model",
    .object_help = "Tryton's name of the model to read.",
    .object_example = "sale.sale",
    .where_help = "Only these rows: a Tryton domain as JSON. Rows that leave it are found by comparing keys.",
    .where_example = R"([["type", "=", "out"]])"};

inline constexpr std::array source_options = http::with_source_options(std::array{
    Option{.name = "company",
           .type = OptionType::integer,
           .help = "Id of the company to work in; default: the one of the user's preferences.",
           .at_least = 1},
    Option{.name = "language",
           .help = "Code of the language of names that are translated; default: the one of the user's preferences.",
           .example = "en"},
});

inline constexpr Option context_option{
    .name = "context",
    .help = "More of the context that fields are computed in, as JSON.",
    .example = R"({"locations": [5]})",
    .defines_rows = true,
};

inline constexpr std::array stream_options = api::joined(
    api::stream_options<words>,
    std::array{
        context_option,
        Option{.name = "locations",
               .help =
                   "Each row once for each of these stock locations (a domain as JSON): quantities are those there. "
                   "Adds the fields `location` (its id, first in the key), `location_code`, `location_name` and "
                   "`unassigned` (the quantity once what is assigned to go out has gone).",
               .example = R"([["type", "=", "warehouse"]])",
               .defines_rows = true},
        Option{.name = "page",
               .type = OptionType::integer,
               .help = "Most rows of one request.",
               .fallback = "500",
               .at_least = 1,
               .at_most = 10'000},
    });

inline constexpr std::array lookup_options = api::joined(api::lookup_options<words>, std::array{context_option});

}  // namespace tributary::tryton
