#include "connectors/kit/discovery/write.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/kit/discovery/yaml.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueTable;

constexpr std::string_view head =
    R"(# A first guess by `tributary discover {}`, from names, types, keys, indexes and foreign keys.
# {}
# Read it against what you know (does each insert and update move the watermark?), then:
#   tributary lint --online -c FILE        compares it with the database
#   tributary dry-run -c FILE              shows the first events, publishes nothing
# `attributes: {{any_name: column}}` in `fields` takes what the model has no field for: docs/mapping.md, docs/entities.md.

tenant: {}                 # goes into every id: choose it before the first `run`, and never change it
instance: {}
state: {{directory: {}}}   # the cache of what was published
kafka: {{brokers: ["localhost:9092"], topic_prefix: {}}}   # your brokers; one prefix per instance

sources:
  {}:                      # goes into ids and positions, as the tenant does
    connector: {}
)";

std::string plural(std::size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string counts(std::span<const StreamGuess> streams) {
    const auto running = std::ranges::count_if(streams, &StreamGuess::runs);
    const auto lines = std::ranges::count_if(streams, [](const StreamGuess& each) { return !each.read_with.empty(); });
    return fmt::format("{}: {} as streams, {} as lines of another, the rest is commented out below.",
                       plural(streams.size(), "table"), running, lines);
}

class FileText {
  public:
    FileText(const FileSettings& settings, const table::Catalogue& catalogue, std::span<const StreamGuess> streams)
        : settings_(settings), catalogue_(catalogue), streams_(streams) {}

    std::string write() {
        const std::string instance = settings_.tenant + "-" + settings_.source;
        text_ =
            fmt::format(head, settings_.connector, counts(streams_), yaml_text(settings_.tenant), yaml_text(instance),
                        yaml_text(instance + "-state"), yaml_text(settings_.tenant + "." + settings_.source),
                        yaml_text(settings_.source), settings_.connector);
        for (const auto& [name, value] : settings_.options) line(4, fmt::format("{}: {}", name, yaml_text(value)));
        add_defaults();
        line(4, "streams:");
        for (const StreamGuess& stream : streams_)
            if (stream.runs()) add_stream(stream);
        add_those_that_wait();
        add_unknown();
        return std::move(text_);
    }

  private:
    void line(std::size_t depth, const std::string& content) { text_ += std::string(depth, ' ') + content + "\n"; }

    void add_defaults() {
        std::vector<std::string> defaults;
        const auto add = [&](std::string_view name, const std::string& value) {
            if (!value.empty()) defaults.push_back(fmt::format("{}: {}", name, yaml_text(value)));
        };
        add("time_zone", settings_.time_zone);
        add("currency", settings_.currency);
        add("country", settings_.country);
        if (!settings_.time_zone.empty() && !settings_.zone_note.empty())
            line(4, "# time_zone: " + comment_text(settings_.zone_note));
        if (!defaults.empty()) line(4, fmt::format("defaults: {{{}}}", fmt::join(defaults, ", ")));
    }

    void add_stream(const StreamGuess& stream) {
        for (const std::string& each : write_stream(settings_, catalogue_.index_form, stream)) line(6, each);
    }

    /// Guessed, but something is missing that only a person can say.
    void add_those_that_wait() {
        for (const StreamGuess& stream : streams_) {
            if (stream.entity.empty() || stream.runs()) continue;
            line(6, "# Not as it is: " + comment_text(stream.why_not));
            if (!stream.table->readable)
                line(6, fmt::format("# {}: {}", yaml_text(stream.name), comment_text(table_summary(*stream.table))));
            else
                for (const std::string& each : write_stream(settings_, catalogue_.index_form, stream))
                    line(6, "# " + each);
        }
    }

    void add_unknown() {
        bool first = true;
        for (const StreamGuess& stream : streams_) {
            if (!stream.entity.empty()) continue;
            if (first) line(6, "# Tables that nothing was guessed of, and lines that are read with their parents:");
            first = false;
            line(6, "# " + unknown(stream));
        }
    }

    static std::string unknown(const StreamGuess& stream) {
        const CatalogueTable& table = *stream.table;
        const std::string about = comment_text(table_summary(table));
        if (!stream.read_with.empty()) return fmt::format("{}: read with {}", about, stream.read_with);
        if (!table.readable) return fmt::format("{}: no right to read it: GRANT SELECT on it", about);
        std::string yaml =
            fmt::format("{}: {{table: {}, key: {}", yaml_text(stream.name), comment_text(yaml_literal(table.spelled())),
                        comment_text(yaml_list(stream.key.columns)));
        if (const WatermarkGuess* watermark = stream.watermark())
            yaml += fmt::format(", watermark: {{column: {}}}", comment_text(yaml_literal(watermark->column->name)));
        yaml += ", entity: …, fields: {…}}   # " + about;
        if (stream.key.columns.empty()) yaml += "; " + comment_text(stream.key.note);
        return yaml;
    }

    const FileSettings& settings_;
    const table::Catalogue& catalogue_;
    std::span<const StreamGuess> streams_;
    std::string text_;
};

}  // namespace

std::string table_summary(const CatalogueTable& table) {
    std::string text = table.spelled() + (table.is_view ? ", a view" : "");
    if (table.rows)
        text += fmt::format(", {}{}", table.rows->exact ? "" : "about ",
                            plural(static_cast<std::size_t>(table.rows->count), "row"));
    return text;
}

std::string write_yaml(const FileSettings& settings, const table::Catalogue& catalogue,
                       std::span<const StreamGuess> streams) {
    return FileText(settings, catalogue, streams).write();
}

std::size_t drop_unspellable(table::Catalogue& catalogue) {
    std::size_t dropped = std::erase_if(catalogue.tables, [](const CatalogueTable& table) {
        return !can_be_written(table.name) || (!table.schema.empty() && !can_be_written(table.schema));
    });
    for (CatalogueTable& table : catalogue.tables)
        dropped += std::erase_if(table.columns,
                                 [](const table::CatalogueColumn& column) { return !can_be_written(column.name); });
    return dropped;
}

}  // namespace tributary::discovery
