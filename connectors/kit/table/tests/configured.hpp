#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/connector/connector.hpp"
#include "core/settings/yaml.hpp"

namespace tributary::table::test {

/// A source as a configuration makes it: `source` and `stream` are YAML maps, read against the connector's options.
class Configured {
  public:
    Configured(const Connector& connector, const std::string& source, const std::string& stream,
               std::vector<std::string> columns = {}, std::string time_zone = {})
        : source_node_(parse(source)), stream_node_(parse(stream)) {
        SourceSettings settings;
        settings.name = "source";
        settings.settings = read_settings(source_node_, connector.source_options(), diagnostics_, "a source");
        settings.streams.push_back(
            {.name = "stream",
             .settings = read_settings(stream_node_, connector.stream_options(), diagnostics_, "a stream"),
             .columns = std::move(columns),
             .time_zone = std::move(time_zone)});
        source_ = connector.configure(settings, diagnostics_);
    }

    std::string complaints() const { return diagnostics_.text(); }
    bool usable() const { return source_ && !diagnostics_.has_errors(); }

    std::unique_ptr<Feed> open() {
        INFO(complaints());
        REQUIRE(usable());
        return source_->open(0);
    }

  private:
    Node parse(const std::string& yaml) {
        return files_.parse(
            yaml, "test.yaml", [](std::string_view) { return std::nullopt; }, diagnostics_);
    }

    YamlFiles files_;
    Diagnostics diagnostics_;
    Node source_node_;
    Node stream_node_;
    std::unique_ptr<Source> source_;
};

/// One pull that must succeed.
inline Batch pulled(Feed& feed, const Position& after, const Feed::Limits& limits = {}) {
    auto batch = feed.pull(after, limits, {});
    if (!batch) FAIL(batch.error().code << ": " << batch.error().what);
    return std::move(*batch);
}

/// The value of a row's column.
inline Value at(const Row& row, std::string_view column) {
    const int index = row.values.shape->find(column);
    if (index < 0) FAIL("no column " << column);
    return row.values.values[index];
}

}  // namespace tributary::table::test
