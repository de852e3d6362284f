#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kit/table/feed_around.hpp"
#include "connectors/odata/delta_links.hpp"
#include "connectors/odata/delta_position.hpp"
#include "core/connector/connector.hpp"

namespace tributary::odata {

/// A set whose service tells what changed and what is gone, by delta links.
///
///     fresh   all rows along the service's links: begin, page…, end; the core compares
///     poll    what the delta link tells, along the links of its pages
///
/// A page is read for its keys; their rows are asked for as those of any stream are, children and all, so that a
/// service may tell no more of a change than that there was one. A link that the service does not know any longer is
/// answered by reading everything again, and said loudly.
class DeltaFeed : public table::FeedAround {
  public:
    /// `rows` is the stream as a table without a watermark.
    DeltaFeed(std::unique_ptr<Feed> rows, std::shared_ptr<Services> services, const table::Definition& definition,
              std::size_t page);

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;
    Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                       std::stop_token stop) override;

  private:
    /// A page that was read, of which some keys are left.
    struct Page {
        Told told;
        std::size_t taken = 0;  ///< So many of its keys are done with.
    };

    Result<DeltaPosition> continued(const Position& after);
    Result<void> read_page(DeltaPosition& position, std::stop_token stop);
    bool retreat(const Error& error, DeltaPosition& position);
    Result<Batch> rows_of(std::span<const std::vector<std::string>> keys, bool removing, std::stop_token stop);
    Result<DeltaPosition> behind(DeltaPosition position) const;
    Result<Batch> ended(DeltaPosition position);

    DeltaLinks links_;
    std::string what_;  ///< The set, for messages.
    bool known_to_be_there_ = false;
    std::optional<Page> page_;        ///< Of the position `reached_`.
    Position reached_;                ///< Where the last batch ended; what follows holds from there.
    std::size_t retreats_ = 0;        ///< Since a delta link was read to its end.
    std::optional<Condition> ended_;  ///< Why everything is read again.
};

}  // namespace tributary::odata
