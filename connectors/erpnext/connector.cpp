#include "connectors/erpnext/connector.hpp"

#include <array>
#include <memory>
#include <utility>

#include "connectors/erpnext/definition.hpp"
#include "connectors/erpnext/feed.hpp"
#include "connectors/erpnext/reader.hpp"
#include "connectors/kit/http/options.hpp"
#include "connectors/kit/table/feed.hpp"

namespace tributary::erpnext {

namespace {

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

/// A site: each stream is a feed of its own, with its own connection.
class SiteSource : public Source {
  public:
    SiteSource(http::ClientSettings settings, std::vector<Stream> streams, std::vector<Stream> lookups)
        : service_(std::make_shared<http::Service>(std::move(settings))),
          streams_(std::move(streams)),
          lookups_(std::move(lookups)) {
        for (const Stream& stream : streams_)
            feeds_.push_back({.name = stream.table.stream, .streams = {stream.table.stream}});
    }

    const std::vector<FeedInfo>& feeds() const override { return feeds_; }

    std::unique_ptr<Feed> open(std::size_t feed) override {
        const Stream& stream = streams_.at(feed);
        if (!stream.table.watermark) return rows_of(stream);  // read whole: what is gone is seen
        Following following{.stream = {.doctype = stream.table.table,
                                       .parent = stream.documents.parent,
                                       .key = stream.table.key,
                                       .links = stream.documents.own_links()},
                            .overlap = *stream.table.watermark->overlap,
                            .every = stream.documents.announcements};
        return std::make_unique<DocumentFeed>(rows_of(stream), std::move(following), service_);
    }

    std::unique_ptr<Feed> open_lookup(std::size_t lookup) override { return rows_of(lookups_.at(lookup)); }

  private:
    std::unique_ptr<Feed> rows_of(const Stream& stream) const {
        return std::make_unique<table::TableFeed>(stream.table, std::make_unique<DocumentReader>(service_, stream));
    }

    std::shared_ptr<http::Service> service_;  ///< Feeds may outlive the source.
    std::vector<Stream> streams_;
    std::vector<Stream> lookups_;
    std::vector<FeedInfo> feeds_;
};

class ErpnextConnector : public Connector {
  public:
    std::string_view name() const override { return "erpnext"; }
    std::string_view summary() const override { return "Documents of an ERPNext or Frappe site, over its REST API"; }
    std::span<const Option> source_options() const override { return erpnext::source_options; }
    std::span<const Option> stream_options() const override { return erpnext::stream_options; }
    std::span<const Option> lookup_options() const override { return erpnext::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }
    std::span<const EmbeddedFile> mappings() const override { return ready_mappings(); }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        Diagnostics own;
        auto client = with_token(http::read_client_settings(settings, own));
        http::refuse_path(settings, client.url, own);
        const auto shown = [&](const char* way) { return settings.settings.has(way); };
        if (!shown("user") && !shown("token") && !shown("api_key") && !shown("oauth2") && !shown("headers"))
            own.error(settings.settings.place(), "give `user` and `password`: the API key of a user, and its secret");
        std::vector<Stream> streams;
        std::vector<Stream> lookups;
        for (const StreamSettings& stream : settings.streams) streams.push_back(define(stream, own));
        for (const StreamSettings& lookup : settings.lookups) lookups.push_back(define_lookup(lookup, own));
        diagnostics.add(own);
        if (own.has_errors()) return nullptr;
        return std::make_unique<SiteSource>(std::move(client), std::move(streams), std::move(lookups));
    }
};

}  // namespace

const Connector& connector() {
    static const ErpnextConnector shared;
    return shared;
}

}  // namespace tributary::erpnext
