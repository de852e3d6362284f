#pragma once

#include <algorithm>
#include <string_view>

#include "core/runtime/preparation.hpp"

namespace tributary {

/// The row in hand.
struct Preparation::Subject {
    const StreamInfo& stream;
    const Row& row;
    std::string_view key;
    const Work& work;

    /// Reading again shows what is new as well; consumers must not take that for a repetition.
    Cause cause() const {
        const bool news =
            work.live_since != no_time && row.source_time != no_time && row.source_time >= work.live_since;
        return news ? Cause::change : work.batch.cause;
    }
    RowVersion version() const { return row_version(row.position); }
    std::int64_t time() const { return row.source_time != no_time ? row.source_time : work.batch.read_at; }
    /// Of its record and its dead letter.
    std::string_view message_key(std::string_view own, Arena& arena) const {
        const std::string& prefix = stream.key_prefix;
        char* const start = arena.allocate(prefix.size() + own.size());
        std::ranges::copy(own, std::ranges::copy(prefix, start).out);
        return {start, prefix.size() + own.size()};
    }
    Origin origin() const { return {stream.source, stream.name, key, row.position, work.batch.read_at}; }
};

}  // namespace tributary
