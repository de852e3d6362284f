#include "connectors/@NAME@/connector.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "connectors/@NAME@/feed.hpp"

namespace tributary::@NAME@ {
namespace {

constexpr std::array source_options{
    Option{.name = "path", .help = "The file to read.", .required = true, .example = "/var/spool/orders.txt"},
};

class LineSource : public Source {
  public:
    LineSource(std::string path, const std::vector<StreamSettings>& streams) : path_(std::move(path)) {
        for (const StreamSettings& stream : streams) feeds_.push_back({.name = stream.name, .streams = {stream.name}});
    }

    const std::vector<FeedInfo>& feeds() const override { return feeds_; }
    std::unique_ptr<Feed> open(std::size_t) override { return std::make_unique<LineFeed>(path_); }

  private:
    std::string path_;
    std::vector<FeedInfo> feeds_;
};

class LineConnector : public Connector {
  public:
    std::string_view name() const override { return "@NAME@"; }
    std::string_view summary() const override { return "Lines of a text file"; }
    std::span<const Option> source_options() const override { return @NAME@::source_options; }
    std::span<const Option> stream_options() const override { return {}; }
    std::span<const std::string_view> offers() const override { return {}; }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics&) const override {
        return std::make_unique<LineSource>(settings.settings.text("path"), settings.streams);
    }
};

}  // namespace

const Connector& connector() {
    static const LineConnector shared;
    return shared;
}

}  // namespace tributary::@NAME@
