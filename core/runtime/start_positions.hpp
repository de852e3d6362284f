#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/model/result.hpp"
#include "core/publish/checkpoint.hpp"

namespace tributary {

/// A feed as it is configured now.
struct ConfiguredFeed {
    std::string source;
    std::string name;
    std::map<std::string, FeedRecord::Fingerprints> streams;
    std::set<std::string> forward = {};  ///< Streams whose changed mapping is for what changes from now on.
};

/// Every feed of the configuration, in its order.
std::vector<ConfiguredFeed> configured_feeds(const Configuration& configuration);

/// Where a feed starts, and why not where it stopped.
struct StartPosition {
    FeedRecord record;
    std::string note;  ///< Empty, or what the log says about it.
};

/// Compares what the checkpoints remember with what is configured. Pure.
///
/// Changed fields have the feed's rows read again behind its polls, or count for new changes only (`forward`). Another
/// table, query or set of children starts it over. Either way only differences go out (`reread`). A changed key,
/// entity, space or identity is refused (stop): it would leave entities behind under ids nobody makes any more. So is a
/// checkpoint of a source or stream that is not configured, unless it is `retired`
/// (`source`, or `source/stream`) and nobody new makes its entities.
Result<std::vector<StartPosition>> start_positions(const std::vector<ConfiguredFeed>& feeds,
                                                   const std::map<std::string, FeedRecord>& checkpoints,
                                                   const std::vector<std::string>& retired);

}  // namespace tributary
