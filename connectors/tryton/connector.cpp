#include "connectors/tryton/connector.hpp"

#include <rapidjson/document.h>

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "connectors/kit/table/source.hpp"
#include "connectors/tryton/options.hpp"
#include "connectors/tryton/reader.hpp"

namespace tributary::tryton {

std::span<const EmbeddedFile> ready_mappings();

namespace {

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

enum class Wanted : std::uint8_t { list, object };

/// JSON that goes into requests as it is written.
std::string read_json(const Settings& settings, std::string_view option, Wanted wanted, Diagnostics& diagnostics) {
    std::string text = settings.text(option);
    if (!settings.has(option)) return text;
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    const bool good = !json.HasParseError() && (wanted == Wanted::list ? json.IsArray() : json.IsObject());
    if (!good)
        diagnostics.error(settings.place(option),
                          wanted == Wanted::list
                              ? R"(expected a domain as JSON in quotes, as '[["state", "=", "done"]]')"
                              : R"(expected a JSON object in quotes, as '{"locations": [5]}')");
    return text;
}

/// Of the source: what every stream's context begins with.
Context read_context(const Settings& source) {
    Context context;
    context.company = source.integer("company");
    context.language = source.text("language");
    return context;
}

StreamOptions read_stream(const StreamSettings& stream, Context context, Diagnostics& diagnostics) {
    const Settings& settings = stream.settings;
    StreamOptions options{.context = std::move(context),
                          .locations = read_json(settings, "locations", Wanted::list, diagnostics)};
    options.context.more = read_json(settings, "context", Wanted::object, diagnostics);
    if (const auto page = settings.integer("page")) options.page = static_cast<std::size_t>(*page);
    read_json(settings, "where", Wanted::list, diagnostics);
    for (const auto& [name, include] : settings.sections("include"))
        if (include.has("on") && include.has("watermark"))
            diagnostics.error(include.place("watermark"),
                              "Tryton cannot be asked for rows by children that no field leads to: leave it out, "
                              "`deletes` and `sweep` find what changed");
    const auto key = settings.texts("key");
    if (!options.locations.empty() && (key.size() < 2 || key.front() != "location"))
        diagnostics.error(settings.place("key"),
                          "rows by location are identified by it as well: the key begins with `location`, as "
                          "[location, id]");
    if (!options.locations.empty() && settings.has("watermark"))
        diagnostics.error(settings.place("watermark"),
                          "quantities change without a stamp of the row: by location, everything is read and compared");
    return options;
}

class TrytonConnector : public Connector {
  public:
    std::string_view name() const override { return "tryton"; }
    std::string_view summary() const override { return "Models of a Tryton server, 6.0 and later"; }
    std::span<const Option> source_options() const override { return tryton::source_options; }
    std::span<const Option> stream_options() const override { return tryton::stream_options; }
    std::span<const Option> lookup_options() const override { return tryton::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }
    std::span<const EmbeddedFile> mappings() const override { return ready_mappings(); }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        Diagnostics own;
        auto client = http::read_client_settings(settings, own);
        for (const char* option : {"user", "password"})
            if (!settings.settings.has(option))
                own.error(settings.settings.place(), std::string("a tryton source needs `") + option + "`");
        const Context context = read_context(settings.settings);
        auto options = std::make_shared<std::map<std::string, StreamOptions>>();
        for (const StreamSettings& stream : settings.streams)
            (*options)["stream " + stream.name] = read_stream(stream, context, own);
        for (const StreamSettings& lookup : settings.lookups) {
            StreamOptions read{.context = context, .locations = {}};
            read.context.more = read_json(lookup.settings, "context", Wanted::object, own);
            read_json(lookup.settings, "where", Wanted::list, own);
            (*options)["look-up " + lookup.name] = std::move(read);
        }
        diagnostics.add(own);
        if (own.has_errors()) return nullptr;
        auto enter = log_in(std::exchange(client.user, {}), std::exchange(client.password, {}));
        const auto service = std::make_shared<http::Service>(std::move(client), std::move(enter));
        const auto reader = [service, options](const table::Definition& definition, table::Turn) {
            const std::string kind = definition.lookup ? "look-up " : "stream ";
            return std::make_unique<TrytonReader>(service, definition, options->at(kind + definition.stream));
        };
        return table::make_source(settings, {.reader = reader}, diagnostics, words.terms());
    }
};

}  // namespace

const Connector& connector() {
    static const TrytonConnector shared;
    return shared;
}

}  // namespace tributary::tryton
