#include "core/configuration/configuration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "core/configuration/definition.hpp"
#include "core/configuration/kafka_options.hpp"
#include "core/configuration/lookups.hpp"
#include "core/configuration/ready_mappings.hpp"
#include "core/configuration/source_options.hpp"
#include "core/configuration/through.hpp"
#include "core/http/address.hpp"
#include "core/model/entity.hpp"
#include "core/settings/redact.hpp"

namespace tributary {

namespace {

bool is_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    };
    return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, allowed);
}

void check_name(std::string_view kind, std::string_view name, const Place& place, Diagnostics& diagnostics) {
    if (!is_name(name))
        diagnostics.error(place, fmt::format("{} '{}' may only hold letters, digits, '_', '-' and '.'", kind, name));
}

std::int64_t micros(const Settings& settings, std::string_view name) {
    return settings.duration(name).value_or(std::chrono::milliseconds(0)).count() * 1000;
}

bool offers(const Connector& connector, std::string_view call) {
    return std::ranges::find(connector.offers(), call) != connector.offers().end();
}

void tell_columns(const Mapping& mapping, StreamSettings& settings) {
    for (const auto& column : mapping.columns()) settings.columns.push_back(column.name);
    settings.paths = mapping.paths();
    settings.instants = mapping.instants();
    for (const auto& lookup : mapping.lookups())
        if (!lookup.computed) std::ranges::copy(lookup.from, std::back_inserter(settings.searched));
}

std::vector<Option> joined(std::span<const Option> a, std::span<const Option> b) {
    std::vector<Option> all(a.begin(), a.end());
    all.insert(all.end(), b.begin(), b.end());
    return all;
}

}  // namespace

/// Fills a configuration from its nodes; every problem is a diagnostic, so that one run shows them all.
class ConfigurationReader {
  public:
    ConfigurationReader(Configuration& out, std::span<const Connector* const> connectors, Diagnostics& diagnostics)
        : out_(out), connectors_(connectors), diagnostics_(diagnostics) {}

    void read() {
        const Settings top = read_settings(out_.root_, top_level_options(), diagnostics_, "the configuration");
        hide(top.secret_values());
        if (!out_.root_.is_map()) return;
        read_instance(top);
        read_kafka(top.section("kafka"));
        const Node* sources = top.node("sources");
        if (sources != nullptr && !sources->is_map())
            diagnostics_.error(sources->place, "expected a map of sources by name");
        if (sources != nullptr)
            for (const auto& entry : sources->entries) read_source(entry);
        check_spaces();
        check_references();
        check_throughs(out_.sources, diagnostics_);
    }

  private:
    void hide(std::vector<std::string> secrets) { std::ranges::move(secrets, std::back_inserter(out_.secrets_)); }

    void read_instance(const Settings& top) {
        out_.tenant = top.text("tenant");
        out_.instance = top.text("instance");
        if (top.has("tenant")) check_name("tenant", out_.tenant, top.place("tenant"), diagnostics_);
        if (top.has("instance")) check_name("instance", out_.instance, top.place("instance"), diagnostics_);
        out_.state_directory = top.section("state").text("directory");
        if (out_.state_directory.empty())
            diagnostics_.error(top.section("state").place("directory"), "expected the path of a directory");
        read_listen(top.section("http"));
        out_.stop_within = micros(top, "stop_within");
        out_.retired = top.texts("retired");
        const Settings commit = top.section("commit");
        out_.gather = {static_cast<std::size_t>(commit.integer("events").value_or(0)),
                       static_cast<std::size_t>(commit.integer("bytes").value_or(0)), micros(commit, "load"),
                       micros(commit, "trickle")};
    }

    void read_listen(const Settings& http) {
        out_.http_listen = http.text("listen");
        if (out_.http_listen == "off") out_.http_listen.clear();
        if (out_.http_listen.empty()) return;
        if (auto address = parse_http_address(out_.http_listen); !address)
            diagnostics_.error(http.place("listen"), address.error().what);
    }

    void read_kafka(const Settings& kafka) {
        out_.kafka.tenant = out_.tenant;
        out_.kafka.instance = out_.instance;
        out_.kafka.topic_prefix = kafka.text("topic_prefix");
        if (kafka.has("topic_prefix"))
            check_name("topic_prefix", out_.kafka.topic_prefix, kafka.place("topic_prefix"), diagnostics_);
        out_.kafka.partitions = static_cast<int>(kafka.integer("partitions").value_or(6));
        out_.kafka.partitions_asked = kafka.has("partitions");
        read_brokers(kafka, out_.kafka, diagnostics_);
        if (const Node* properties = kafka.node("properties")) {
            if (properties->is_map())
                for (const auto& [key, place, value] : properties->entries)
                    if (is_secret_property(key)) hide(secrets_of(value));
            read_kafka_properties(*properties, out_.kafka, diagnostics_);
        }
    }

    const Connector* find_connector(const Node& source, const Node::Entry& entry) {
        const Node* name = source.find("connector");
        std::vector<std::string_view> names;
        for (const Connector* connector : connectors_) names.push_back(connector->name());
        if (name == nullptr || !name->is_scalar()) {
            diagnostics_.error(entry.key_place,
                               fmt::format("source '{}' needs a connector: {}", entry.key, fmt::join(names, ", ")));
            return nullptr;
        }
        for (const Connector* connector : connectors_)
            if (connector->name() == name->scalar) return connector;
        diagnostics_.error(name->place,
                           fmt::format("no connector '{}'{}", name->scalar, did_you_mean(name->scalar, names)));
        return nullptr;
    }

    void read_source(const Node::Entry& entry) {
        check_name("source", entry.key, entry.key_place, diagnostics_);
        const Connector* connector = entry.value.is_map() ? find_connector(entry.value, entry) : nullptr;
        if (!entry.value.is_map())
            diagnostics_.error(entry.value.place, "expected a map with a connector and its streams");
        if (connector == nullptr) return;
        const auto& options = out_.options_.emplace_back(source_options_of(*connector));
        SourceSettings settings;
        settings.name = entry.key;
        settings.settings =
            read_settings(entry.value, options, diagnostics_, fmt::format("this {} source", connector->name()));
        hide(settings.settings.secret_values());
        SourceConfiguration source{entry.key, entry.key_place, connector, nullptr, {}, &entry.value};
        const Node* streams = entry.value.find("streams");
        if (streams == nullptr || !streams->is_map() || streams->entries.empty()) {
            diagnostics_.error(streams ? streams->place : entry.key_place,
                               fmt::format("source '{}' needs a map of streams", entry.key));
            return;
        }
        for (const auto& stream : streams->entries) read_stream(entry, stream, *connector, settings, source);
        read_lookups(*connector, settings, source, diagnostics_);
        source.source = connector->configure(settings, diagnostics_);
        out_.sources.push_back(std::move(source));
    }

    void read_stream(const Node::Entry& source_entry, const Node::Entry& entry, const Connector& connector,
                     SourceSettings& settings, SourceConfiguration& source) {
        check_name("stream", entry.key, entry.key_place, diagnostics_);
        if (!entry.value.is_map()) {
            diagnostics_.error(entry.value.place, fmt::format("expected a map that defines stream '{}'", entry.key));
            return;
        }
        const auto& options = out_.options_.emplace_back(joined(core_stream_options(), connector.stream_options()));
        StreamSettings stream_settings;
        stream_settings.name = entry.key;
        stream_settings.settings =
            read_settings(entry.value, options, diagnostics_, fmt::format("this {} stream", connector.name()));
        hide(stream_settings.settings.secret_values());
        if (const Node* zone = source_entry.value.find("time_zone"); zone != nullptr)
            stream_settings.time_zone = zone->scalar;
        if (const Node* defaults = source_entry.value.find("defaults");
            defaults != nullptr && defaults->find("time_zone"))
            stream_settings.time_zone = defaults->find("time_zone")->scalar;
        const MappingContext context{out_.tenant, source_entry.key, entry.key, &entry.value, &source_entry.value};
        StreamConfiguration stream;
        stream.name = entry.key;
        stream.place = entry.key_place;
        stream.every = micros(stream_settings.settings, "every");
        read_comparisons(stream_settings.settings, connector, stream);
        stream.mapping = Mapping::compile(context, diagnostics_);
        stream.definition = definition_fingerprint(entry.value, connector.stream_options());
        stream.forward = stream_settings.settings.text("on_mapping_change") == "forward";
        stream.precedence = precedence_++;
        stream.node = &entry.value;
        if (stream.mapping) tell_columns(*stream.mapping, stream_settings);
        settings.streams.push_back(std::move(stream_settings));
        source.streams.push_back(std::move(stream));
    }

    struct Maker {
        StreamConfiguration* stream;
        StreamConfiguration::Part* part;
        const Node* node;  ///< The stream's, or the entry's of its `emit`.
        bool wrote_both;
        bool takes;  ///< Something of other entities.
    };

    static Maker maker_of(StreamConfiguration& stream, std::size_t part) {
        const Node* emit = stream.node->find("emit");
        const Node* node = emit == nullptr ? stream.node : &emit->items[part];
        const bool identified = node->find(emit == nullptr ? "identity" : "key") != nullptr;
        StreamConfiguration::Part& made = stream.parts[part];
        made.shared = identified || made.adds;
        return {&stream, &made, node, node->find("space") != nullptr && identified,
                !stream.mapping->parts()[part].through.empty()};
    }

    void read_comparisons(const Settings& settings, const Connector& connector, StreamConfiguration& stream) {
        for (const std::string_view option : {"deletes", "sweep"})
            if (settings.has(option) && !(offers(connector, "keys") && offers(connector, "fetch")))
                diagnostics_.error(
                    settings.place(option),
                    fmt::format("{} cannot list the keys of a stream, which `{}` compares", connector.name(), option));
        if (settings.has("sweep")) stream.sweep_every = micros(settings.section("sweep"), "every");
        if (!settings.has("deletes")) return;
        const Settings deletes = settings.section("deletes");
        const auto share = parse_share(deletes.text("at_most"));
        if (!share)
            diagnostics_.error(deletes.place("at_most"),
                               fmt::format("expected a share such as 5%, got '{}'", deletes.text("at_most")));
        stream.deletes = {micros(deletes, "every"), share.value_or(0), deletes.integer("always").value_or(0)};
    }

    /// Two streams that make the same entity in the same space do so on purpose, or not at all.
    void check_spaces() {
        std::map<std::pair<EntityNo, std::string>, std::vector<Maker>> makers;
        bool complete = true;
        for (auto& source : out_.sources) {
            for (auto& stream : source.streams) {
                complete = complete && stream.mapping;
                if (!stream.mapping) continue;
                const auto made = stream.mapping->parts();
                stream.parts.clear();
                for (const Mapping::Part& part : made) stream.parts.push_back({part.name, false, false, part.adds});
                for (std::size_t i = 0; i < made.size(); ++i)
                    makers[{made[i].entity, made[i].space}].push_back(maker_of(stream, i));
            }
        }
        for (auto& [what, list] : makers) check_makers(what.first, what.second, list, complete);
    }

    /// `complete`: the makers are all of them; what a stream with an error would make is not known.
    void check_makers(EntityNo entity, const std::string& space, const std::vector<Maker>& list, bool complete) {
        const auto adds = [](const Maker& maker) { return maker.part->adds; };
        const auto others = list.size() - static_cast<std::size_t>(std::ranges::count_if(list, adds));
        for (const Maker& maker : list) {
            maker.part->joined = !maker.part->shared && (maker.takes || others < list.size());
            maker.part->shared = maker.part->shared || maker.part->joined;
            if (adds(maker) && others == 0 && complete)
                diagnostics_.error(maker.node->find("of")->place,
                                   fmt::format("no stream makes a {0} in space '{1}' for these rows to add to: they "
                                               "need the `space` of the stream that does",
                                               catalogue()[entity].name, space));
            if (!adds(maker) && others > 1 && !maker.wrote_both)
                diagnostics_.error(maker.stream->place,
                                   fmt::format("stream '{}' makes the same entity in space '{}' as another one: write "
                                               "`space` and `identity` out in each if they mean the same things",
                                               maker.stream->name, space));
        }
    }

    using SpacesByEntity = std::map<std::string, std::set<std::string>>;

    /// A reference that no stream makes is published all the same: often another instance makes it, sometimes a typo.
    void check_references() {
        SpacesByEntity spaces;
        for (const auto& source : out_.sources)
            for (const auto& stream : source.streams) {
                if (!stream.mapping) return;  // what it would make is not known
                spaces[catalogue()[stream.mapping->entity()].name].insert(stream.mapping->space());
            }
        for (const auto& source : out_.sources)
            for (const auto& stream : source.streams)
                if (const Node* fields = stream.node->find("fields")) check_references(*fields, source.name, spaces);
    }

    void check_references(const Node& node, const std::string& source, const SpacesByEntity& spaces) {
        for (const Node& item : node.items) check_references(item, source, spaces);
        for (const Node::Entry& entry : node.entries) check_references(entry.value, source, spaces);
        const Node* target = node.is_map() ? node.find("reference") : nullptr;
        if (target == nullptr || !target->is_scalar() || node.find("through") != nullptr) return;
        const Node* written = node.find("space");
        const std::string& space = written != nullptr && written->is_scalar() ? written->scalar : source;
        const auto made = spaces.find(target->scalar);
        if (made != spaces.end() && made->second.contains(space)) return;
        std::string elsewhere;
        if (made != spaces.end()) elsewhere = fmt::format(", only in '{}'", fmt::join(made->second, "', '"));
        diagnostics_.warning((written != nullptr ? *written : *target).place,
                             fmt::format("no stream makes a {} in space '{}'{}: its id is published all the same",
                                         target->scalar, space, elsewhere));
    }

    Configuration& out_;
    std::span<const Connector* const> connectors_;
    Diagnostics& diagnostics_;
    std::uint32_t precedence_ = 0;
};

std::string part_name(std::string_view stream, std::string_view part) { return fmt::format("{}#{}", stream, part); }

StreamConfiguration* SourceConfiguration::stream(std::string_view stream_name) {
    auto found = std::ranges::find(streams, stream_name, &StreamConfiguration::name);
    return found == streams.end() ? nullptr : &*found;
}

/// What libraries say about a value may quote it: no finding leaves with a secret in it. Findings of the YAML itself do
/// not hide the others, but at their places they are the last word: what follows from them is no news.
void Configuration::read(std::span<const Connector* const> connectors, Diagnostics& diagnostics) {
    secrets_ = files_.secrets();
    if (diagnostics.has_errors() && !root_.is_map()) return;
    const auto spot = [](const Diagnostic& d) {
        return std::tuple(d.place.file == nullptr ? "" : *d.place.file, d.place.line, d.place.column);
    };
    std::set<std::tuple<std::string, int, int>> known;
    for (const Diagnostic& each : diagnostics.sorted())
        if (each.severity == Severity::error) known.insert(spot(each));
    Diagnostics found;
    ReadyMappings(connectors, files_, found).expand(root_);
    ConfigurationReader(*this, connectors, found).read();
    const Redactor redactor(secrets_);
    for (const Diagnostic& each : found.sorted()) {
        if (known.contains(spot(each))) continue;
        std::string message = redactor.redact(each.message);
        if (each.severity == Severity::error)
            diagnostics.error(each.place, std::move(message));
        else
            diagnostics.warning(each.place, std::move(message));
    }
}

std::unique_ptr<Configuration> Configuration::load(const std::filesystem::path& path,
                                                   std::span<const Connector* const> connectors,
                                                   const Environment& environment, Diagnostics& diagnostics) {
    auto configuration = std::make_unique<Configuration>();
    configuration->root_ = configuration->files_.load(path, environment, diagnostics);
    configuration->read(connectors, diagnostics);
    return configuration;
}

std::unique_ptr<Configuration> Configuration::parse(std::string_view text, std::string file_name,
                                                    std::span<const Connector* const> connectors,
                                                    const Environment& environment, Diagnostics& diagnostics) {
    auto configuration = std::make_unique<Configuration>();
    configuration->root_ = configuration->files_.parse(text, std::move(file_name), environment, diagnostics);
    configuration->read(connectors, diagnostics);
    return configuration;
}

}  // namespace tributary
