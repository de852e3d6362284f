#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "connectors/erpnext/announcements.hpp"
#include "connectors/erpnext/position.hpp"
#include "connectors/erpnext/site.hpp"
#include "connectors/kit/table/feed_around.hpp"
#include "connectors/kit/table/local_time.hpp"
#include "core/connector/connector.hpp"

namespace tributary::erpnext {

/// How a stream follows what its site announces.
struct Following {
    Announced stream = {};
    std::chrono::microseconds overlap{0};  ///< How far announcements are read back, as rows are.
    std::chrono::microseconds every{0};    ///< How often they are asked for at most.
};

/// A doctype as a feed: its rows, walked as those of any table, and what the site announces about them.
///
///     pull    a page of rows; once they have caught up, what was announced since `told`:
///             a deleted document that is not there goes (its name may be another's by now),
///             of a renamed one the old key goes,
///             what refers to a renamed or merged one is read again, page by page
///
/// A user who may not read announcements goes without: comparing keys and sweeps find the same, later.
class DocumentFeed : public table::FeedAround {
  public:
    DocumentFeed(std::unique_ptr<Feed> rows, Following following, std::shared_ptr<http::Service> service);

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;
    Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                       std::stop_token stop) override;

  private:
    using Steady = std::chrono::steady_clock;
    using Texts = std::vector<std::string>;

    struct Gone {
        Texts key;
        std::int64_t at = no_time;
    };
    /// What a pull found out.
    struct Told {
        std::vector<Gone> gone;
        std::vector<Again> again;
        std::vector<std::string> news;    ///< Announcements that are dealt with here.
        std::vector<std::string> listed;  ///< All that were listed, for `known_`.
        std::int64_t clock = no_time;     ///< The site's before it was asked.
        bool all = true;                  ///< Nothing was left to the next pull.
    };

    Result<void> learn_zone(DocumentPosition& position, std::stop_token stop);
    Result<Batch> read_again(DocumentPosition position, const Limits& limits, std::stop_token stop);
    Result<void> follow(const Limits& limits, DocumentPosition& next, Batch& batch, std::stop_token stop);
    Result<Told> ask(std::int64_t told, std::size_t most, std::stop_token stop);
    Result<void> ask_deleted(std::int64_t told, std::size_t most, Told& found, std::stop_token stop);
    Result<void> ask_renamed(std::int64_t told, Told& found, std::stop_token stop);
    Result<std::vector<Texts>> list_news(ListQuery query, std::int64_t told, Told& found, std::stop_token stop);
    Result<std::vector<Texts>> list_texts(const ListQuery& query, std::stop_token stop);
    Result<void> add_former_keys(const Texts& comment, Told& found, std::stop_token stop);
    void add_again(const Texts& comment, Told& found) const;
    Result<void> remove_gone(std::span<const Gone> gone, Batch& batch, std::stop_token stop);
    std::int64_t time_of(const std::string& stamp);

    Following following_;
    std::shared_ptr<http::Service> service_;  ///< Feeds may outlive the source.
    Site site_;
    std::optional<table::LocalTime> zone_;

    Position reached_;                       ///< Where the last batch ended; what follows holds from there.
    std::unordered_set<std::string> known_;  ///< Announcements that were dealt with before.
    std::optional<Steady::time_point> due_;  ///< When to ask again; nothing: now.
    std::vector<Condition> conditions_;      ///< Of the rows, told along with what is read again.
};

}  // namespace tributary::erpnext
