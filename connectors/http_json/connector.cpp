#include "connectors/http_json/connector.hpp"

#include <array>
#include <memory>
#include <utility>

#include "connectors/http_json/feed.hpp"
#include "connectors/http_json/options.hpp"
#include "connectors/kit/http/options.hpp"
#include "connectors/kit/http/service.hpp"

namespace tributary::http_json {
namespace {

constexpr std::array<std::string_view, 3> offered{"keys", "fetch", "check"};

class ListSource : public Source {
  public:
    ListSource(http::ClientSettings settings, std::vector<Definition> streams, std::vector<Definition> lookups)
        : service_(std::make_shared<http::Service>(std::move(settings))),
          streams_(std::move(streams)),
          lookups_(std::move(lookups)) {
        for (const Definition& stream : streams_) feeds_.push_back({.name = stream.stream, .streams = {stream.stream}});
    }

    const std::vector<FeedInfo>& feeds() const override { return feeds_; }
    std::unique_ptr<Feed> open(std::size_t feed) override {
        return std::make_unique<ListFeed>(streams_.at(feed), service_);
    }
    std::unique_ptr<Feed> open_lookup(std::size_t lookup) override {
        return std::make_unique<ListFeed>(lookups_.at(lookup), service_);
    }

  private:
    std::shared_ptr<http::Service> service_;  ///< Feeds may outlive the source.
    std::vector<Definition> streams_;
    std::vector<Definition> lookups_;
    std::vector<FeedInfo> feeds_;
};

class HttpJsonConnector : public Connector {
  public:
    std::string_view name() const override { return "http_json"; }
    std::string_view summary() const override { return "Lists of any API that answers in JSON"; }
    std::span<const Option> source_options() const override { return http::common_options; }
    std::span<const Option> stream_options() const override { return http_json::stream_options; }
    std::span<const Option> lookup_options() const override { return http_json::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        Diagnostics own;
        auto client = http::read_client_settings(settings, own);
        std::vector<Definition> streams;
        std::vector<Definition> lookups;
        for (const StreamSettings& stream : settings.streams) streams.push_back(define(stream, own));
        for (const StreamSettings& lookup : settings.lookups) lookups.push_back(define_lookup(lookup, own));
        diagnostics.add(own);
        if (own.has_errors()) return nullptr;
        return std::make_unique<ListSource>(std::move(client), std::move(streams), std::move(lookups));
    }
};

}  // namespace

const Connector& connector() {
    static const HttpJsonConnector shared;
    return shared;
}

}  // namespace tributary::http_json
