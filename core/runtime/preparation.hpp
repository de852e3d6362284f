#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
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
    };
    Preparation(Setup setup, StateStore& store) : setup_(std::move(setup)), store_(&store) {}

    /// Rows of all `work` in order, then the position of each batch.
    Result<> prepare(std::span<const std::unique_ptr<Work>> work, Prepared& out);

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
    ChangeDetector detector_;
    Change change_;
};

}  // namespace tributary
