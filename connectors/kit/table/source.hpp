#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/table/reader.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

/// Makes the reader of one stream; what it captures is the source's configuration.
using ReaderFactory = std::function<std::unique_ptr<TableReader>(const Definition&)>;

/// A database as a source: each stream is a feed of its own, with its own connection.
class TableSource : public Source {
  public:
    TableSource(std::vector<Definition> streams, std::vector<Definition> lookups, ReaderFactory reader,
                walk::WalkRules rules);

    const std::vector<FeedInfo>& feeds() const override { return feeds_; }
    std::unique_ptr<Feed> open(std::size_t feed) override;
    std::unique_ptr<Feed> open_lookup(std::size_t lookup) override;

  private:
    std::unique_ptr<Feed> open(const Definition& definition) const;

    std::vector<Definition> streams_;
    std::vector<Definition> lookups_;
    ReaderFactory reader_;
    walk::WalkRules rules_;
    std::vector<FeedInfo> feeds_;
};

/// Null after an error was added to `diagnostics`.
std::unique_ptr<Source> make_source(const SourceSettings& settings, ReaderFactory reader, walk::WalkRules rules,
                                    Diagnostics& diagnostics, const Terms& terms = {});

}  // namespace tributary::table
