#include <array>

#include "core/mapping/mapping.hpp"

namespace tributary {
namespace {

constexpr std::array<std::string_view, 2> mapping_changes = {"reread", "forward"};

constexpr auto default_options = std::to_array<Option>({
    {.name = "time_zone", .help = "IANA name; how timestamps without a zone are read.", .example = "Europe/Warsaw"},
    {.name = "phone_region",
     .help = "Country (ISO 3166-1 alpha-2) of telephone numbers without a country code; else that of `country`.",
     .example = "PL"},
    {.name = "country", .type = OptionType::any, .help = "Country of addresses without one.", .example = "PL"},
    {.name = "currency",
     .type = OptionType::any,
     .help = "Currency of amounts without one (ISO 4217).",
     .example = "PLN"},
    {.name = "unit", .type = OptionType::any, .help = "Unit of quantities without one.", .example = "pcs"},
    {.name = "company",
     .type = OptionType::any,
     .help = "Operating company of everything in this source; a map is an expression.",
     .example = "{from: company}"},
});

constexpr auto source_options = std::to_array<Option>({
    {.name = "connector",
     .help = "Which connector reads it; `tributary list` names them.",
     .required = true,
     .example = "postgres"},
    {.name = "streams", .type = OptionType::any, .help = "What is read, by name.", .required = true},
    {.name = "defaults",
     .type = OptionType::section,
     .help = "What holds where a row does not say.",
     .fields = default_options},
    {.name = "time_zone", .help = "Short for `defaults.time_zone`.", .example = "Europe/Warsaw"},
    {.name = "maps",
     .type = OptionType::any,
     .help = "Named translations of codes, for `map`.",
     .example = "{units: {szt: pcs}}"},
    {.name = "lookups",
     .type = OptionType::sections,
     .help = "Small tables, read whole and held in memory, that fields look things up in (`lookup`); each has the "
             "connector's options of a look-up.",
     .example = "{terms: {table: fin.terms, key: [code], every: 10m}}"},
});

constexpr auto delete_options = std::to_array<Option>({
    {.name = "every",
     .type = OptionType::duration,
     .help = "How often the keys are compared; a stream without watermark is compared at each read.",
     .fallback = "1h",
     .at_least = 100,
     .example = "1h"},
    {.name = "at_most",
     .help = "Share of the known rows that may go at once; more is held until it is confirmed.",
     .fallback = "5%",
     .example = "5%"},
    {.name = "always",
     .type = OptionType::integer,
     .help = "So many rows may go at once whatever their share.",
     .fallback = "20",
     .at_least = 0,
     .example = "20"},
});

constexpr auto sweep_options = std::to_array<Option>({
    {.name = "every",
     .type = OptionType::duration,
     .help = "How often, counted from the end of the last one.",
     .required = true,
     .at_least = 100,
     .example = "24h"},
});

constexpr auto stream_options = std::to_array<Option>({
    {.name = "entity", .help = "What its rows are: customer, product, sales_order and so on.", .example = "customer"},
    {.name = "key", .type = OptionType::texts, .help = "The columns that name a row.", .example = "[id]"},
    {.name = "fields", .type = OptionType::any, .help = "How a row becomes the entity, field by field."},
    {.name = "every",
     .type = OptionType::duration,
     .help = "How often it is polled.",
     .fallback = "10s",
     .at_least = 10,
     .example = "30s"},
    {.name = "space",
     .help = "Where its keys are unique; goes into ids. Default: the source's name.",
     .example = "products"},
    {.name = "identity",
     .type = OptionType::any,
     .help = "Columns that identify the entity, where that is not the row's key; goes into ids.",
     .example = "[sku]"},
    {.name = "on_mapping_change",
     .type = OptionType::choice,
     .help = "A changed mapping: `reread` reads all rows again behind the polls and publishes what differs, `forward` "
             "takes it for what changes from then on.",
     .fallback = "reread",
     .choices = mapping_changes},
    {.name = "use",
     .help = "A mapping that comes with the connector; `tributary describe` names them. What is written beside it goes "
             "over it: maps are merged by key, lists and scalars replace, `~` removes.",
     .example = "odoo/order"},
    {.name = "with",
     .type = OptionType::any,
     .help = "What goes over the further streams of a mapping that has some; `~` leaves one out.",
     .example = "{contacts: {every: 5m}}"},
    {.name = "of",
     .type = OptionType::any,
     .help = "In place of `entity`: the entity these rows add to, and the columns with its key.",
     .example = "{customer: customer_id}"},
    {.name = "emit",
     .type = OptionType::any,
     .help =
         "In place of `entity` and `fields`: a list of what each row makes, every entry with `entity` and `fields`, "
         "and with `space`, `key`, `when`, `since` where it needs them."},
    {.name = "skip",
     .type = OptionType::any,
     .help = "Rows that are never an entity, by a condition; one that comes to be skipped counts as deleted.",
     .example = "{kind: template}"},
    {.name = "deleted",
     .type = OptionType::any,
     .help = "Rows whose entity is gone although they are there, by a condition.",
     .example = "{active: false}"},
    {.name = "deletes",
     .type = OptionType::section,
     .help = "Compares the source's keys with the known ones, for rows that are gone.",
     .fields = delete_options,
     .example = "{every: 1h, at_most: 5%, always: 20}"},
    {.name = "sweep",
     .type = OptionType::section,
     .help = "Reads everything again in the background, for changes that bypassed the watermark.",
     .fields = sweep_options,
     .example = "{every: 24h}"},
});

}  // namespace

std::span<const Option> core_stream_options() { return stream_options; }
std::span<const Option> core_source_options() { return source_options; }

}  // namespace tributary
