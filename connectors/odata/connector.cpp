#include "connectors/odata/connector.hpp"

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "connectors/kit/http/options.hpp"
#include "connectors/kit/table/source.hpp"
#include "connectors/odata/delta_feed.hpp"
#include "connectors/odata/options.hpp"
#include "connectors/odata/reader.hpp"

namespace tributary::odata {
namespace {

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

/// By name and set: a look-up may have the name of a stream.
using OptionsByName = std::map<std::pair<std::string, std::string>, StreamOptions>;

StreamOptions read_options(const Settings& settings, bool lookup) {
    StreamOptions options{.page = static_cast<std::size_t>(settings.integer("page").value_or(1'000))};
    options.whole = settings.text("paging") == "whole";
    if (lookup) return options;
    options.also_changed = settings.texts("also_changed");
    options.delta_links = settings.boolean("delta_links");
    return options;
}

void check_stream(const Settings& settings, Diagnostics& diagnostics) {
    const bool watermark = settings.has("watermark");
    if (settings.has("also_changed") && !watermark)
        diagnostics.error(settings.place("also_changed"), "there is no `watermark` that it could add to");
    if (!settings.boolean("delta_links")) return;
    if (watermark)
        diagnostics.error(settings.place("delta_links"), "changes are found by `delta_links` or by `watermark`");
    if (settings.text("set").contains('('))
        diagnostics.error(settings.place("delta_links"), "of a function nobody tells changes");
}

class ODataConnector : public Connector {
  public:
    std::string_view name() const override { return "odata"; }
    std::string_view summary() const override { return "OData services, versions 2 to 4: SAP, 1C and others"; }
    std::span<const Option> source_options() const override { return http::common_options; }
    std::span<const Option> stream_options() const override { return odata::stream_options; }
    std::span<const Option> lookup_options() const override { return odata::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }
    std::span<const EmbeddedFile> mappings() const override { return ready_mappings(); }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        Diagnostics own;
        auto client = http::read_client_settings(settings, own);
        OptionsByName options;
        for (const StreamSettings& lookup : settings.lookups)
            options[{lookup.name, lookup.settings.text("set")}] = read_options(lookup.settings, true);
        for (const StreamSettings& stream : settings.streams) {
            options[{stream.name, stream.settings.text("set")}] = read_options(stream.settings, false);
            check_stream(stream.settings, own);
        }
        diagnostics.add(own);
        if (own.has_errors()) return nullptr;
        const auto services = std::make_shared<Services>(std::make_shared<http::Service>(std::move(client)));
        const auto reader = [services, options](const table::Definition& definition, table::Turn) {
            return std::make_unique<ODataReader>(services, definition,
                                                 options.at({definition.stream, definition.table}));
        };
        const auto around = [services, options](const table::Definition& definition,
                                                std::unique_ptr<Feed> rows) -> std::unique_ptr<Feed> {
            const StreamOptions& own_options = options.at({definition.stream, definition.table});
            if (!own_options.delta_links) return rows;
            return std::make_unique<DeltaFeed>(std::move(rows), services, definition, own_options.page);
        };
        return table::make_source(settings, {.reader = reader, .around = around}, diagnostics, words.terms());
    }
};

}  // namespace

const Connector& connector() {
    static const ODataConnector shared;
    return shared;
}

}  // namespace tributary::odata
