#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "core/model/result.hpp"
#include "core/publish/checkpoint.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// Index into the topics of this instance: the entities' in the catalogue's order, then the others (`TopicTable`).
using TopicNo = std::uint16_t;

struct Header {
    const char* name = nullptr;
    std::string_view value;
};

/// One message of a transaction. Key and headers are copied; the value must stay until the transaction's answer.
struct Message {
    TopicNo topic = 0;
    std::string_view key;
    std::optional<std::string_view> value;  ///< Empty: a tombstone.
    std::span<const Header> headers;
};

/// The transaction is in the log for ever.
struct Committed {
    std::vector<OffsetHint> offsets;  ///< One past the last message of each partition that got some.
};
/// The open transaction is gone, nothing of it will ever be seen.
struct RolledBack {};
/// Nobody knows yet: only the checkpoints can tell. `fenced`: somebody (a rival, or the coordinator after a time-out)
/// has taken the producer away.
struct OutcomeUnknown {
    Error error;
    bool fenced = false;
};
/// A topic does not take messages (rights); the open transaction has to be rolled back.
struct TopicRefused {
    TopicNo topic = 0;
    Error error;
};
/// A new producer stands, the old one's transaction is over, and this is what the checkpoints say.
struct Recovered {
    Checkpoints checkpoints;
    std::map<std::string, int> partitions;  ///< As the topics have them now; recorded with the claim.
};
/// What the checkpoints say; nothing else was touched.
struct CheckpointsRead {
    Checkpoints checkpoints;
};
/// The recovery or the reading did not get through; start it again after a pause.
struct StillAway {
    Error error;
};
using Answer = std::variant<Committed, RolledBack, OutcomeUnknown, TopicRefused, Recovered, CheckpointsRead, StillAway>;

/// The log as the commit loop sees it: one transaction at a time. `begin` and `produce` are quick; the `start_`
/// calls run on their own, one at a time, and `answer` says once what came of it. One thread.
class Log {
  public:
    virtual ~Log() = default;

    virtual Result<> begin() = 0;
    virtual Result<> produce(const Message& message) = 0;

    virtual void start_commit() = 0;
    virtual void start_rollback() = 0;
    /// Drops the producer, makes a new one (which ends the old one's transaction) and reads the checkpoints to the end.
    virtual void start_recovery() = 0;
    /// Reads the checkpoints and leaves everybody's producer alone: who was fenced asks first who has claimed.
    virtual void start_reading() = 0;
    virtual std::optional<Answer> answer() = 0;

    /// Largest key + value + headers that every topic takes, in bytes.
    virtual std::size_t most_message_bytes() const = 0;
};

/// Brings the cache up to what the topics hold; used after the cache missed a commit that the log has.
class CacheKeeper {
  public:
    virtual ~CacheKeeper() = default;
    /// On success the returned store reflects every committed transaction; it may be another object (rebuilt).
    /// `why`: what is wrong with the store as it is; a damaged one is rebuilt.
    virtual Result<StateStore*> catch_up(const Error& why) = 0;
};

}  // namespace tributary
