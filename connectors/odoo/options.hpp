#pragma once

#include <array>

#include "connectors/kit/api/options.hpp"
#include "connectors/kit/http/options.hpp"

namespace tributary::odoo {

inline constexpr std::array<std::string_view, 3> protocols{"auto", "json_2", "json_rpc"};

inline constexpr std::array own_source_options{
    Option{.name = "database",
           .help = "Name of the database; JSON-2 needs it only where the host's name does not tell.",
           .example = "shop"},
    Option{.name = "api",
           .type = OptionType::choice,
           .help =
               "How to speak to the server. `auto`: JSON-2 where there is one (from 19) and `password` is an API key, "
               "else JSON-RPC.",
           .fallback = "auto",
           .choices = protocols},
    Option{.name = "language",
           .help = "Language of names that are translated, as Odoo calls it; default: the one they are kept in.",
           .example = "de_DE"},
    Option{.name = "companies",
           .type = OptionType::texts,
           .help = "Ids of the companies whose records are read; default: all that the user belongs to.",
           .example = "[1, 3]"},
    Option{.name = "page",
           .type = OptionType::integer,
           .help = "Most records of one request.",
           .fallback = "1000",
           .at_least = 1,
           .at_most = 10'000},
};
inline constexpr auto source_options = [] {
    auto all = http::with_source_options(own_source_options);
    for (Option& option : all) {
        if (option.name == "url") option.help = "Address of the server, without /web or /odoo.";
        if (option.name == "url") option.example = "https://odoo.example";
        if (option.name == "user") option.help = "Login name of the API user.";
        if (option.name == "password") option.help = "Its password or, better, an API key of it.";
        // the server itself ends a request after 120 s, and may be silent until then
        if (option.name == "timeout") option.fallback = "150s";
        if (option.name == "stall_timeout") option.fallback = "130s";
        if (option.name == "token") option.help = "An API key alone, for JSON-2, in place of `user` and `password`.";
    }
    return all;
}();

inline constexpr api::Words words{
    .object = "model",
    .object_help = "Model whose records are read.",
    .object_example = "sale.order",
    .where_help = "Only these records: a domain, as JSON. Records that leave it are found by comparing keys.",
    .where_example = R"([["move_type", "in", ["out_invoice", "out_refund"]]])",
};

inline constexpr std::array own_stream_options{
    Option{.name = "optional",
           .type = OptionType::texts,
           .help = "Fields, also of children, that some versions or modules lack: null where they are missing.",
           .example = "[mobile, delivery_status]"},
};
inline constexpr auto stream_options = api::joined(api::stream_options<words>, own_stream_options);
inline constexpr auto lookup_options = api::lookup_options<words>;

}  // namespace tributary::odoo
