#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector/connector.hpp"
#include "core/model/result.hpp"

namespace tributary {

/// The number and origin of one transaction; every transaction writes one, keyed by the instance.
struct CommitRecord {
    std::uint64_t number = 0;
    std::string run;  ///< Random id drawn when the process started.
    std::string host;
    std::int64_t pid = 0;
    std::int64_t at = 0;  ///< Microseconds UTC.
};

/// Who owns the instance: the last claim wins, everybody else stops (exit 79).
struct ClaimRecord {
    std::string run;
    std::string host;
    std::int64_t pid = 0;
    std::int64_t at = 0;
    std::string started_as;  ///< Version, for the operator who asks who that is.
};

/// How a stream's records make entities.
struct StreamRole {
    bool shared = false;  ///< Other rows may speak about the same entity, whose state is a fold.
    bool adds = false;    ///< To entities that other streams make.
};

/// Keys of look-ups' entries, their parts as canonical texts, by look-up.
using LookupEntries = std::map<std::string, std::set<std::vector<std::string>>>;

/// Where the search for the rows that used certain entries stands.
struct EntryReread {
    LookupEntries entries;
    std::string search = {};  ///< The search that is under way, by its name; those before it are done.
    Position at = {};         ///< How far it is; empty: not begun.
    std::int64_t rows = 0;    ///< That were read.
};

/// Where a feed stands.
struct FeedRecord {
    Position position;
    std::optional<Cause> first_load_cause;  ///< Of the load that runs or is to come: `reread` after a reset.
    /// Everything the source committed up to here was in before (its clock): in a `reread` a later row is a change.
    std::int64_t current_to = no_time;
    struct Fingerprints {
        std::string mapping;   ///< Of the fields, and of what says which rows there are.
        std::string identity;  ///< Of what the ids and their owners are made from.
        /// By the name of the part, without `emit` the empty one. Outlives the stream's place in the configuration.
        std::map<std::string, StreamRole> roles = {};
    };
    std::map<std::string, Fingerprints> streams;
    /// By name, a hash of what was in the look-up that rows are mapped with from here on.
    std::map<std::string, std::string> lookups = {};
    /// Rows are read again because the mapping or a look-up changed: those up to here are as these say now, later ones
    /// may be older.
    std::optional<Position> reread = {};
    /// What an operator asked for last, and whether the reread sends rows that do not differ as well.
    std::int64_t asked_at = 0;
    bool republish = false;
    bool reread_again = false;  ///< A look-up changed meanwhile: when that has ended, another one begins.
    /// Entries of look-ups changed: the rows that used them are read again, beside `reread` if need be.
    std::optional<EntryReread> entries = {};
    LookupEntries entries_next = {};  ///< Changed meanwhile: when that has ended, theirs begins.
};

/// Keys and values of `<prefix>.checkpoints`. One partition, compacted: the newest of each key counts.
namespace checkpoint {

std::string commit_key(std::string_view instance);
std::string claim_key(std::string_view instance);
std::string feed_key(std::string_view instance, std::string_view source, std::string_view feed);
std::string partitions_key(std::string_view instance);

std::string encode(const CommitRecord& record);
std::string encode(const ClaimRecord& record);
std::string encode(const FeedRecord& record);
std::string encode(const std::map<std::string, int>& partitions_by_topic);

std::optional<CommitRecord> decode_commit(std::string_view json);
std::optional<ClaimRecord> decode_claim(std::string_view json);
std::optional<FeedRecord> decode_feed(std::string_view json);
std::optional<std::map<std::string, int>> decode_partitions(std::string_view json);

}  // namespace checkpoint

/// What the checkpoints topic says, folded in order. Pure.
class Checkpoints {
  public:
    explicit Checkpoints(std::string instance) : instance_(std::move(instance)) {}

    /// A message that a `read_committed` consumer got. An unreadable value is an error: guessing would lose a position.
    Result<> add_committed(std::string_view key, std::optional<std::string_view> value);
    /// A message that may belong to an aborted transaction: only its number counts.
    void add_any(std::string_view key, std::optional<std::string_view> value);

    /// Highest number ever used, aborted attempts included.
    std::uint64_t highest() const { return highest_; }
    const std::optional<CommitRecord>& last_commit() const { return last_commit_; }
    const std::optional<ClaimRecord>& claim() const { return claim_; }
    const std::map<std::string, int>& partitions() const { return partitions_; }
    /// By "source/feed".
    const std::map<std::string, FeedRecord>& feeds() const { return feeds_; }
    /// Another instance that writes under the same prefix; empty when there is none.
    const std::string& other_instance() const { return other_instance_; }

  private:
    std::string instance_;
    std::uint64_t highest_ = 0;
    std::optional<CommitRecord> last_commit_;
    std::optional<ClaimRecord> claim_;
    std::map<std::string, int> partitions_;
    std::map<std::string, FeedRecord> feeds_;
    std::string other_instance_;
};

}  // namespace tributary
