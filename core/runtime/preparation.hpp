#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/publish/dead_letter.hpp"
#include "core/publish/envelope.hpp"
#include "core/publish/log.hpp"
#include "core/runtime/overlay.hpp"
#include "core/runtime/work.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// A message of the transaction to come. An event's headers need the commit number, which is drawn when it begins.
struct Outgoing {
    TopicNo topic = 0;
    std::string_view key;
    std::optional<std::string_view> value;
    const StreamInfo* stream = nullptr;  ///< Null for checkpoints.
    bool event = false;                  ///< Has CloudEvents headers and a place (`ce_index`).
    EventHead head;                      ///< event
    std::span<const Header> headers;     ///< otherwise
};

/// One event as the log, the metrics and `--show-events` name it; views into the prepared work.
struct EventView {
    const EntityInfo* entity = nullptr;
    const StreamInfo* stream = nullptr;
    ChangeType type = ChangeType::created;
    Cause cause = Cause::change;
    std::string_view id;
    std::string_view before;
    std::string_view after;
};

/// Everything one transaction will say and store. Views live in `arena` and in the work it was prepared from.
struct Prepared {
    std::vector<Outgoing> messages;
    std::vector<StateWrite> states;
    std::vector<AsideWrite> aside;
    std::vector<EntityWrite> entities;
    std::vector<LinkWrite> links;
    std::vector<PendingWrite> pending;
    std::vector<EventView> events;
    std::size_t dead_letters = 0;
    std::size_t bytes = 0;  ///< Of the messages' values.
    Arena arena;
};

/// Into the store's open transaction.
Result<> write(const Prepared& prepared, StateStore& store);

/// Folds the records of a shared entity, in their streams' order of precedence, into its document. Lives in the arena.
using Fold = std::function<std::string_view(EntityNo, std::span<const Member>, Arena&)>;

/// Compares mapped rows with the states and turns the differences into messages and writes. Reads the store, writes
/// nothing: preparing the same work again after a rollback is harmless. One thread.
class Preparation {
  public:
    struct Setup {
        std::string instance;
        std::span<const EntityInfo> entities;
        OtherTopics topics;
        std::size_t most_message_bytes = 1'000'000;
        Fold fold;
        std::vector<const StreamInfo*> streams = {};  ///< All that the cache knows; of `emit` its parts.
        /// Dependents that a transaction looks at; what is left goes with the next ones.
        std::size_t most_dependents = 5'000;
        std::size_t most_dependent_bytes = 8 * 1024 * 1024;  ///< Of their messages in a transaction, about.
    };
    Preparation(Setup setup, StateStore& store) : setup_(std::move(setup)), store_(&store) {}

    /// Rows of all `work` in order, the dependents of what changed, then the position of each batch.
    Result<> prepare(std::span<const std::unique_ptr<Work>> work, Prepared& out);

    /// Dependents were left for a transaction to come, which may have no other work.
    bool has_pending() const { return store_->has_pending(); }
    /// From now on dependents are left for later, until they may be looked at again.
    void hold_dependents(bool hold) { dependents_held_ = hold; }

    /// After the cache was rebuilt into another object.
    void use(StateStore& store) { store_ = &store; }
    /// After the topics' settings were read again.
    void limit(std::size_t most_message_bytes) { setup_.most_message_bytes = most_message_bytes; }

  private:
    struct Subject;
    Result<> row(const Work& work, const MappedRow& row, Prepared& out);
    Result<> parts(const Subject& subject, std::span<const Record> records, Prepared& out);
    Result<bool> adopt(const Subject& subject, const State& prior, Prepared& out);
    Result<> accept(const Subject& subject, const Record& record, Prepared& out);
    Result<> accept_shared(const Subject& subject, const State& state, const std::optional<State>& prior,
                           Prepared& out);
    Result<> remove(const Subject& subject, const State& prior, Prepared& out);
    Result<> reject(const Subject& subject, const Reject& reject, Prepared& out);
    /// A dead letter stands for the row.
    Result<bool> was_refused(const Subject& subject, Prepared& out);
    Result<> resolve_reject(const Subject& subject, Prepared& out);
    Result<> leave_out(const Subject& subject, Prepared& out);
    void clear_letter(const Subject& subject, Prepared& out);

    Result<std::optional<State>> state_of(const Subject& subject, Prepared& out);
    Result<std::optional<Aside>> aside_of(const Subject& subject, std::string_view key, Prepared& out);
    void set_aside(const Subject& subject, std::string_view key, std::optional<Aside> aside, Prepared& out);
    Result<std::vector<Member>> members_of(EntityNo entity, const EntityId& id, Prepared& out);
    Result<std::string_view> entity_of(EntityNo entity, const EntityId& id, Prepared& out);
    Result<bool> refold(const Subject& subject, EntityNo entity, const EntityId& id, const Member* replaced,
                        Prepared& out);
    void set_state(const Subject& subject, const State& state, bool erase, Prepared& out);

    /// An entity that changed in what others take of it.
    struct Touched {
        Pending pending;
        std::size_t links = 0;  ///< Of those written in this transaction, so many are older than the change.
        std::uint64_t number = 0;
        bool told = false;   ///< The log knows already that its dependents are pending.
        bool moved = false;  ///< Some of its dependents were looked at.
    };
    Result<std::optional<State>> state_at(StreamNo stream, std::string_view key, Prepared& out);
    Result<std::string_view> resolve(std::string_view document, Prepared& out);
    Result<std::string_view> target_of(EntityNo entity, const EntityId& id, std::string_view key, Prepared& out);
    std::optional<EntityNo> entity_with_tag_of(std::string_view id) const;
    void relink(const Subject& subject, std::string_view before, std::string_view after, Prepared& out);
    void touch(const Subject& subject, EntityNo entity, const EntityId& id, std::string_view before,
               std::string_view after, const Prepared& out);
    Result<> settle_dependents(Prepared& out);
    Result<> take_up_pending(Prepared& out);
    Result<bool> settle(Touched& touched, Prepared& out);
    Result<bool> refold_dependents(std::span<const Dependent> dependents, Touched& touched, bool in_order,
                                   Prepared& out);
    Result<> refold_dependent(const Dependent& dependent, const Touched& touched, Prepared& out);
    void leave_pending(const Touched& touched, Prepared& out);
    Result<> settled(const Touched& touched, Prepared& out);
    void pending_message(const Pending& pending, bool erase, Prepared& out);
    bool spent(const Prepared& out) const;
    std::size_t room_beside(std::size_t used) const;
    void record_message(const Subject& subject, const State& state, bool erase, Prepared& out);
    bool event(const Subject& subject, EntityNo entity, const EntityId& id, std::string_view before,
               std::string_view after, Prepared& out);
    void event_message(const Subject& subject, EntityNo entity, std::string_view type, std::string_view id,
                       std::optional<std::string_view> body, Prepared& out);

    Setup setup_;
    StateStore* store_;
    Overlay states_;                                                ///< Records by stream number.
    Overlay aside_;                                                 ///< By stream number.
    Overlay entities_;                                              ///< Folded entities by entity number and id.
    std::unordered_multimap<EntityId, std::size_t> shared_writes_;  ///< Indices of member writes, in order.
    std::deque<Touched> touched_;                                   ///< In the order of their changes.
    std::uint64_t touches_ = 0;
    std::unordered_map<EntityId, std::uint64_t> latest_touch_;    ///< Number of the one that counts.
    std::unordered_multimap<EntityId, std::size_t> link_writes_;  ///< By target: indices, in no order.
    std::size_t dependents_seen_ = 0;
    std::size_t bytes_before_dependents_ = 0;
    bool dependents_held_ = false;
    ChangeDetector detector_;
    Change change_;
};

}  // namespace tributary
