#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/comparison/delete_guard.hpp"
#include "core/connector/connector.hpp"
#include "core/mapping/mapping.hpp"
#include "core/publish/client.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {

/// A stream as configured: its mapping is compiled, its place in the source is known.
struct StreamConfiguration {
    std::string name;
    Place place;
    std::int64_t every = 0;  ///< Microseconds.
    std::unique_ptr<Mapping> mapping;
    struct Part {
        std::string name;  ///< Of an entry of `emit`; empty: all that the stream makes.
        /// The state of its entities is a fold of records: `identity` is written out, rows are said to add to an
        /// entity, or (`joined`) others do to these, or these take something of other entities (`through`).
        bool shared = false;
        bool joined = false;
        bool adds = false;  ///< To entities that other streams make.
    };
    std::vector<Part> parts = {{}};       ///< By Record::part.
    bool forward = false;                 ///< A changed mapping is for what changes from then on.
    std::string definition;               ///< Fingerprint of the options that say which rows there are.
    std::uint32_t precedence = 0;         ///< Order in the file: the earlier decides where records disagree.
    const Node* node = nullptr;           ///< As written; lives as long as the configuration.
    std::optional<DeletePolicy> deletes;  ///< As written; reads without watermark are compared by the defaults.
    std::int64_t sweep_every = 0;         ///< Microseconds; 0: never.
};

/// What the cache and origins call a part of a stream with `emit`; names of streams hold no `#`.
std::string part_name(std::string_view stream, std::string_view part);

/// A look-up as configured; a source opens them by their order.
struct LookupConfiguration {
    std::string name;
    Place place;
    std::int64_t every = 0;  ///< Microseconds.
    std::vector<std::string> key;
    std::vector<Mapping::Column> takes;  ///< What streams take, each with its first place; empty: nobody uses it.
    const Node* node = nullptr;          ///< As written; lives as long as the configuration.
};

struct SourceConfiguration {
    std::string name;
    Place place;
    const Connector* connector = nullptr;
    std::unique_ptr<Source> source;
    std::vector<StreamConfiguration> streams;
    const Node* node = nullptr;  ///< As written; lives as long as the configuration.
    std::vector<LookupConfiguration> lookups = {};

    StreamConfiguration* stream(std::string_view stream_name);
};

/// A whole configuration, checked. Owns the nodes that settings and mappings point to.
class Configuration {
  public:
    /// All findings in one go; nothing is connected to. Never null, because the findings' places point into it; of use
    /// only when `diagnostics` has no errors.
    static std::unique_ptr<Configuration> load(const std::filesystem::path& path,
                                               std::span<const Connector* const> connectors,
                                               const Environment& environment, Diagnostics& diagnostics);
    /// The same from a text, as if it were a file of that name.
    static std::unique_ptr<Configuration> parse(std::string_view text, std::string file_name,
                                                std::span<const Connector* const> connectors,
                                                const Environment& environment, Diagnostics& diagnostics);

    std::string tenant;
    std::string instance;
    std::filesystem::path state_directory;
    KafkaSettings kafka;
    std::string http_listen;       ///< `host:port`; empty: off.
    std::int64_t stop_within = 0;  ///< Microseconds.
    struct Gather {
        std::size_t events = 0;
        std::size_t bytes = 0;
        std::int64_t load = 0;     ///< Microseconds.
        std::int64_t trickle = 0;  ///< Microseconds.
    } gather;
    std::vector<std::string> retired;
    std::vector<SourceConfiguration> sources;

    /// What the log, the API and messages never show: the values of secret options and Kafka properties, and what came
    /// from `${file:PATH}`.
    const std::vector<std::string>& secrets() const { return secrets_; }

  private:
    friend class ConfigurationReader;
    void read(std::span<const Connector* const> connectors, Diagnostics& diagnostics);

    YamlFiles files_;
    std::vector<std::string> secrets_;
    Node root_;
    std::deque<std::vector<Option>> options_;  ///< Unions that `Settings` point into.
};

/// The options of the top level, for lint, `describe` and the documentation.
std::span<const Option> top_level_options();

}  // namespace tributary
