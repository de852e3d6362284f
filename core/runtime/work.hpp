#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/connector/connector.hpp"
#include "core/mapping/mapping.hpp"
#include "core/publish/checkpoint.hpp"
#include "core/runtime/stream_info.hpp"

namespace tributary {

using FeedNo = std::uint32_t;

/// A pulled and mapped batch on its way to the commit loop. Owns everything its rows and records point to.
struct Work {
    FeedNo feed = 0;
    std::uint64_t generation = 0;  ///< Of the feed; after a rewind older ones are dropped.
    Batch batch;
    std::vector<MappedRow> rows;
    std::int64_t live_since = no_time;  ///< In a batch that is read again: rows of this source time or later are news.
    std::vector<const StreamInfo*> streams;  ///< By Row::stream.
    bool republish = false;                  ///< An operator wants every entity sent, also those that do not differ.
    std::string checkpoint_key;
    std::string checkpoint;  ///< The feed's record for having applied this batch; empty: it has none any more.
    bool quiet = false;  ///< Compared without a difference, rows let go: only its position is still to be committed.
    std::size_t counted = 0;  ///< What the queue counts for it, from being offered until it is done.

    std::size_t bytes() const { return batch.arena.bytes() + rows.size() * sizeof(MappedRow) + sizeof(Work); }
};

}  // namespace tributary
