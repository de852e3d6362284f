#pragma once

#include <array>
#include <string_view>

#include "connectors/kit/http/options.hpp"
#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/table/options.hpp"
#include "core/connector/connector.hpp"
#include "core/settings/option.hpp"

namespace tributary::api {

/// How an API calls its things, for the options of its streams.
struct Words {
    std::string_view object;  ///< The option's name as well: `model`, `set`, `doctype`.
    std::string_view object_help;
    std::string_view object_example;
    std::string_view where_help;
    std::string_view where_example;

    constexpr table::Terms terms() const { return {.object = object, .sql = false}; }
};

using http::joined;

inline constexpr std::array watermark_options{
    Option{.name = "column",
           .help = "Field that every insert and update stamps with the time.",
           .required = true,
           .example = "write_date",
           .defines_rows = true},
    Option{.name = "overlap",
           .type = OptionType::duration,
           .help = "How far each poll reads back: longer than any transaction of the source's; default 60s.",
           .at_least = 0,
           .example = "2m"},
};

template <const Words& words>
inline constexpr std::array include_options{
    Option{.name = "field",
           .help = "Field of the row that leads to the children; default: the include's name.",
           .example = "lines",
           .defines_rows = true},
    Option{.name = words.object,
           .help = "Where children are that no field leads to; then `on` says how they are found.",
           .example = words.object_example,
           .defines_rows = true},
    Option{.name = "on",
           .type = OptionType::any,
           .help = "Which child field equals which parent field.",
           .example = "{order: id}",
           .defines_rows = true},
    Option{.name = "key",
           .type = OptionType::texts,
           .help = "Fields that identify a child among those of its parent; needed unless `one`.",
           .example = "[id]",
           .defines_rows = true},
    Option{.name = "watermark",
           .type = OptionType::section,
           .help = table::child_watermark_help,
           .fields = watermark_options},
    Option{.name = "one",
           .type = OptionType::boolean,
           .help = "There is at most one: an object in place of a list, null where there is none.",
           .fallback = "false",
           .defines_rows = true},
};

template <const Words& words>
inline constexpr std::array object_options{
    Option{.name = words.object,
           .help = words.object_help,
           .required = true,
           .example = words.object_example,
           .defines_rows = true},
    Option{.name = "where", .help = words.where_help, .example = words.where_example, .defines_rows = true},
};

/// What a stream of any such API takes: a connector's `stream_options` are these, or these joined with its own.
template <const Words& words>
inline constexpr std::array stream_options =
    joined(object_options<words>,
           std::array{
               Option{.name = "key",
                      .type = OptionType::texts,
                      .help = "Fields that identify a row, none of them null.",
                      .required = true,
                      .example = "[id]"},
               Option{.name = "watermark",
                      .type = OptionType::section,
                      .help = "Finds what changed since the last poll; without it everything is read each time.",
                      .fields = watermark_options},
               Option{.name = "include",
                      .type = OptionType::sections,
                      .help = "Child rows read together with each row, as a list (with `one` as an object) under this "
                              "name.",
                      .fields = include_options<words>},
           });

/// The same of a look-up.
template <const Words& words>
inline constexpr std::array lookup_options = joined(std::array{lookup_key, lookup_every}, object_options<words>);

}  // namespace tributary::api
