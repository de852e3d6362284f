#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "connectors/http_json/definition.hpp"
#include "connectors/kit/http/row_stream.hpp"
#include "connectors/kit/walk/list_walk.hpp"
#include "core/connector/connector.hpp"

namespace tributary::http_json {

/// One list of an API, a request at each pull. A page that is longer than a batch stays open until the next one.
class ListFeed : public Feed {
  public:
    enum class Reads { news, all };
    /// `all`: the list as a whole again and again, although it has a watermark.
    ListFeed(Definition definition, std::shared_ptr<http::Service> service, Reads reads = Reads::news);

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;
    /// Goes through the whole list; on from where the last call ended, or from the start.
    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override;
    /// A request for each key, where `item` says how.
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override;
    Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                       std::stop_token stop) override;

  private:
    /// A page that is being read.
    struct Page {
        http::RowStream rows;
        http::Url url;  ///< That answered.
        walk::ListRequest request;
        walk::ListPosition position;  ///< Of its start, begun.
        Position reached;             ///< What was given behind its last part.
        bool first = false;           ///< Nothing of the load, round or scan was given before.
        bool from_rest = false;       ///< The position before it was at rest.
        walk::ListPage seen = {};
        std::vector<std::optional<std::int64_t>> anchors_at = {};
        std::string top = {};       ///< Hashes of its first keys.
        std::string last_key = {};  ///< First key column of the last row.
        std::string link = {};      ///< To the next page, from the header.
    };

    /// A listing of keys on its way through the list.
    struct Listing {
        std::string last;  ///< Record key of the last one listed.
        Position position;
        bool done = false;
        std::vector<KeyVersion> waiting;              ///< Listed and not yet given.
        std::unordered_set<std::string> before = {};  ///< Of the page before: pages overlap, a key is listed once.
    };

    Result<void> list_page(std::stop_token stop);
    Result<void> fetch_one(const std::vector<std::string>& key, Batch& batch, std::stop_token stop);
    http::Request request_for(const walk::ListRequest& request) const;
    void add_place(const walk::ListRequest& asked, http::Query& query) const;
    Result<void> open_page(const walk::ListPosition& position, const Limits& limits, std::stop_token stop);
    Result<void> read_page(const Position& after, const Limits& limits, Batch& batch, std::stop_token stop);
    Result<Value> read_item(Arena& arena, std::stop_token stop);
    Result<void> add_row(const Value& value, Batch& batch);
    std::string make_row(const Value& value, Batch& batch);
    Result<void> end_page(const Position& after, Batch& batch);
    Result<std::optional<std::string>> next_token(const Value& envelope) const;
    Error repeated_page() const;
    Result<void> try_paging(std::stop_token stop) const;
    Result<void> told_error(const Value& envelope) const;
    Result<void> finish(const walk::ListStep& step, std::int64_t clock, Batch& batch);
    Result<void> read_sample(std::vector<Value>& rows, Arena& arena, std::stop_token stop);

    Definition definition_;
    std::shared_ptr<http::Service> service_;
    std::vector<std::vector<std::string>> key_;  ///< Paths of the key columns.
    std::vector<std::string> watermark_;
    walk::ListWalk walk_;
    std::optional<Moments> moments_;
    http::Connection connection_;
    http::JsonDecoder decoder_;
    std::optional<Page> page_;
    Position reached_;
    std::int64_t largest_ = 0;  ///< Page of this source so far.
    std::optional<Condition> moved_;
    std::unique_ptr<ListFeed> lister_;  ///< Reads the list beside the polls.
    Listing listing_;
};

}  // namespace tributary::http_json
