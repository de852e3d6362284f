#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/odata/request.hpp"
#include "connectors/odata/services.hpp"
#include "core/connector/connector.hpp"

namespace tributary::odata {

/// What a page of a tracked read, or one behind a delta link, tells.
struct Told {
    std::vector<std::vector<std::string>> keys = {};  ///< Of rows that are there, have changed, or are gone.
    std::string next = {};                            ///< The link to the page behind it; empty: it was the last.
    std::string delta = {};                           ///< On the last page: the link to what changes from now on.
    std::int64_t clock = 0;                           ///< The service's before it answered; `no_time`: unknown.
};

/// What is said of a set whose last page has no delta link.
std::string untracked(const std::string& set);

/// Reads a set along the service's own links, for the keys they name (OData 4.0 Protocol 11.3; SAP Gateway's delta
/// queries in version 2). Used by one thread at a time.
class DeltaLinks {
  public:
    DeltaLinks(std::shared_ptr<Services> services, table::Definition definition, std::size_t page);

    /// The page at `link`; an empty one: the first of the whole set, asked to be tracked. A link that the service does
    /// not know any longer fails with `not_found` or `bad_request`.
    Result<Told> read(const std::string& link, std::stop_token stop);

    /// What speaks against following the set, as far as its first rows show.
    Result<std::vector<Finding>> check(std::stop_token stop);

  private:
    struct Page {
        Told told;
        bool promised = false;  ///< The service says that it tracks changes.
        bool whole = false;     ///< Else only its beginning was read.
    };
    Result<void> learn(std::stop_token stop);
    Result<std::string> first_target() const;
    Result<Page> page(const std::string& link, bool whole, std::stop_token stop);
    Result<void> take_links(const Value& around, const http::Url& from, Told& told) const;
    Result<void> take_keys(std::span<const Value> entries, Told& told) const;

    std::shared_ptr<Services> services_;
    table::Definition definition_;
    std::size_t page_;
    http::Connection connection_;
    http::JsonDecoder decoder_;
    std::shared_ptr<const Model> model_;
    Subject subject_;
};

}  // namespace tributary::odata
