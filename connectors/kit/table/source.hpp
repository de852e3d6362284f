#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/table/feed.hpp"
#include "connectors/kit/table/options.hpp"
#include "connectors/kit/table/reader.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

/// Makes a reader of one stream; what it captures is the source's configuration and its connections.
using ReaderFactory = std::function<std::unique_ptr<TableReader>(const Definition&, Turn)>;

/// How a dialect's connector reads tables.
struct Access {
    ReaderFactory reader;
    std::size_t connections = usual_connections;  ///< At most so many readers find one at a time.
    std::size_t spare = 0;                        ///< Of them, those that a load may read ahead over.
    walk::WalkRules rules = {};
    /// What else a stream does than to walk its table; none: nothing.
    std::function<std::unique_ptr<Feed>(const Definition&, std::unique_ptr<Feed>)> around = {};
};

/// A database as a source: each stream is a feed of its own.
class TableSource : public Source {
  public:
    TableSource(std::vector<Definition> streams, std::vector<Definition> lookups, Access access);

    const std::vector<FeedInfo>& feeds() const override { return feeds_; }
    std::unique_ptr<Feed> open(std::size_t feed) override;
    std::unique_ptr<Feed> open_lookup(std::size_t lookup) override;
    std::size_t at_a_time() const override;

  private:
    std::unique_ptr<TableFeed> open(const Definition& definition, Turn turn) const;

    std::vector<Definition> streams_;
    std::vector<Definition> lookups_;
    Access access_;
    std::vector<FeedInfo> feeds_;
};

/// Null after an error was added to `diagnostics`.
std::unique_ptr<Source> make_source(const SourceSettings& settings, Access access, Diagnostics& diagnostics,
                                    const Terms& terms = {});

}  // namespace tributary::table
