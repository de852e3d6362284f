#include "tests/pipeline/mutants.hpp"

#include <deque>
#include <list>
#include <set>

namespace tributary::simulation {

namespace {

class StoreDecorator : public StateStore {
  public:
    explicit StoreDecorator(StateStore& store) : store_(store) {}
    Result<std::optional<State>> find(StreamNo stream, std::string_view key, Arena& arena) override {
        return store_.find(stream, key, arena);
    }
    Result<std::optional<Aside>> find_aside(StreamNo stream, std::string_view key) override {
        return store_.find_aside(stream, key);
    }
    bool has_aside(StreamNo stream) const override { return store_.has_aside(stream); }
    Result<std::string_view> find_entity(EntityNo entity, const EntityId& id, Arena& arena) override {
        return store_.find_entity(entity, id, arena);
    }
    Result<std::vector<Member>> members(EntityNo entity, const EntityId& id, Arena& arena) override {
        return store_.members(entity, id, arena);
    }
    bool has_dependents(EntityNo target) const override { return store_.has_dependents(target); }
    Result<std::vector<Dependent>> dependents(EntityNo target, const EntityId& id, const Dependent& after,
                                              std::size_t most, Arena& arena) override {
        return store_.dependents(target, id, after, most, arena);
    }
    bool has_pending() const override { return store_.has_pending(); }
    Result<std::vector<Pending>> pending(std::size_t most, Arena& arena) override {
        return store_.pending(most, arena);
    }
    Result<std::optional<Pending>> find_pending(EntityNo entity, const EntityId& id, Arena& arena) override {
        return store_.find_pending(entity, id, arena);
    }
    Result<> write(const StateWrite& write) override { return store_.write(write); }
    Result<> write(const AsideWrite& write) override { return store_.write(write); }
    Result<> write(const EntityWrite& write) override { return store_.write(write); }
    Result<> write(const LinkWrite& write) override { return store_.write(write); }
    Result<> write(const PendingWrite& write) override { return store_.write(write); }
    Result<> commit(const CommitMark& mark) override { return store_.commit(mark); }
    void rollback() override { store_.rollback(); }
    std::uint64_t commit_number() const override { return store_.commit_number(); }

  protected:
    StateStore& store_;
};

class EagerStore final : public StoreDecorator {
  public:
    using StoreDecorator::StoreDecorator;
    Result<> write(const StateWrite& write) override { return at_once(store_.write(write)); }
    Result<> write(const AsideWrite& write) override { return at_once(store_.write(write)); }
    Result<> write(const EntityWrite& write) override { return at_once(store_.write(write)); }
    Result<> write(const LinkWrite& write) override { return at_once(store_.write(write)); }
    Result<> write(const PendingWrite& write) override { return at_once(store_.write(write)); }

  private:
    Result<> at_once(Result<> written) {
        return written ? store_.commit({store_.commit_number(), 0, {}}) : std::move(written);
    }
};

class BlindStore final : public StoreDecorator {
  public:
    using StoreDecorator::StoreDecorator;
    Result<std::optional<State>> find(StreamNo, std::string_view, Arena&) override { return std::nullopt; }
};

class ForgetfulStore final : public StoreDecorator {
  public:
    using StoreDecorator::StoreDecorator;
    using StoreDecorator::write;
    Result<> write(const PendingWrite&) override { return {}; }
};

class LogDecorator : public Log {
  public:
    explicit LogDecorator(Log& log) : log_(log) {}
    Result<> begin() override { return log_.begin(); }
    Result<> produce(const Message& message) override { return log_.produce(message); }
    void start_commit() override { log_.start_commit(); }
    void start_rollback() override { log_.start_rollback(); }
    void start_recovery() override { log_.start_recovery(); }
    void start_reading() override { log_.start_reading(); }
    std::optional<Answer> answer() override { return log_.answer(); }
    std::size_t most_message_bytes() const override { return log_.most_message_bytes(); }

  protected:
    Log& log_;
};

/// A message that owns what it says.
struct KeptMessage {
    explicit KeptMessage(const Message& message)
        : topic(message.topic), key(message.key), value(message.value), headers(message.headers.size()) {
        for (std::size_t i = 0; i < headers.size(); ++i) {
            texts.emplace_back(message.headers[i].value);
            headers[i] = {message.headers[i].name, texts.back()};
        }
    }
    Message view() const { return {topic, key, value, headers}; }

    TopicNo topic;
    std::string key;
    std::optional<std::string> value;
    std::deque<std::string> texts;
    std::vector<Header> headers;
};

class LatePositions final : public LogDecorator {
  public:
    LatePositions(Log& log, TopicNo checkpoints) : LogDecorator(log), checkpoints_(checkpoints) {}

    Result<> begin() override {
        if (auto begun = log_.begin(); !begun) return begun;
        sending_.clear();
        sending_.swap(held_);
        for (const KeptMessage& message : sending_)
            if (auto produced = log_.produce(message.view()); !produced) return produced;
        return {};
    }
    Result<> produce(const Message& message) override {
        if (message.topic != checkpoints_ || message.key.find("/feed/") == std::string_view::npos)
            return log_.produce(message);
        held_.emplace_back(message);
        return {};
    }

  private:
    TopicNo checkpoints_;
    std::list<KeptMessage> held_;
    std::list<KeptMessage> sending_;
};

class PlainRetry final : public LogDecorator {
  public:
    using LogDecorator::LogDecorator;

    Result<> begin() override {
        sent_.clear();
        return log_.begin();
    }
    Result<> produce(const Message& message) override {
        sent_.emplace_back(message);
        return log_.produce(message);
    }
    void start_commit() override {
        committing_ = true;
        log_.start_commit();
    }
    std::optional<Answer> answer() override {
        auto answer = log_.answer();
        if (!answer || !committing_) return answer;
        if (std::holds_alternative<OutcomeUnknown>(*answer)) {
            log_.start_recovery();
            return std::nullopt;
        }
        if (std::holds_alternative<Recovered>(*answer) && send_again()) {
            log_.start_commit();
            return std::nullopt;
        }
        committing_ = false;
        return answer;
    }

  private:
    bool send_again() {
        if (!log_.begin()) return false;
        for (const KeptMessage& message : sent_)
            if (!log_.produce(message.view())) return false;
        return true;
    }

    std::list<KeptMessage> sent_;
    bool committing_ = false;
};

class FeedDecorator : public Feed {
  public:
    explicit FeedDecorator(std::unique_ptr<Feed> feed) : feed_(std::move(feed)) {}
    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override {
        return feed_->pull(after, limits, std::move(stop));
    }
    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override {
        return feed_->keys(stream, from, most, std::move(stop));
    }
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override {
        return feed_->fetch(stream, keys, std::move(stop));
    }
    void committed(const Position& position) override { feed_->committed(position); }
    Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                       std::stop_token stop) override {
        return feed_->check(stream, columns, std::move(stop));
    }

  protected:
    std::unique_ptr<Feed> feed_;
};

/// Versions are `stamp~digest of the children`.
class Childless final : public FeedDecorator {
  public:
    using FeedDecorator::FeedDecorator;
    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override {
        return cut(feed_->pull(after, limits, std::move(stop)));
    }
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override {
        return cut(feed_->fetch(stream, keys, std::move(stop)));
    }
    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override {
        auto listed = feed_->keys(stream, from, most, std::move(stop));
        if (listed)
            for (KeyVersion& key : *listed) key.version = key.version.substr(0, key.version.find('~'));
        return listed;
    }

  private:
    static Result<Batch> cut(Result<Batch> batch) {
        if (batch)
            for (Row& row : batch->rows) row.position = row.position.substr(0, row.position.find('~'));
        return batch;
    }
};

class ListedOnly final : public FeedDecorator {
  public:
    using FeedDecorator::FeedDecorator;
    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override {
        if (from.empty()) listed_.clear();
        auto page = feed_->keys(stream, from, most, std::move(stop));
        if (page)
            for (const KeyVersion& key : *page) listed_.insert(key.key);
        return page;
    }
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override {
        std::vector<std::vector<std::string>> known(keys.begin(), keys.end());
        std::erase_if(known, [&](const auto& key) { return !listed_.contains(key); });
        return feed_->fetch(stream, known, std::move(stop));
    }

  private:
    std::set<std::vector<std::string>> listed_;
};

template <typename Decorator>
Mutant with_feeds() {
    Mutant mutant;
    mutant.feed = [](std::unique_ptr<Feed> feed) { return std::make_unique<Decorator>(std::move(feed)); };
    return mutant;
}

}  // namespace

Mutant commits_the_cache_first() {
    Mutant mutant;
    mutant.store = [](StateStore& store) { return std::make_unique<EagerStore>(store); };
    return mutant;
}

Mutant writes_positions_later() {
    Mutant mutant;
    mutant.log = [](Log& log, const TopicTable& topics) {
        return std::make_unique<LatePositions>(log, topics.checkpoints());
    };
    return mutant;
}

Mutant retries_plainly() {
    Mutant mutant;
    mutant.log = [](Log& log, const TopicTable&) { return std::make_unique<PlainRetry>(log); };
    return mutant;
}

Mutant skips_the_tail() {
    Mutant mutant;
    mutant.cache_never_catches_up = true;
    return mutant;
}

Mutant forgets_pending() {
    Mutant mutant;
    mutant.store = [](StateStore& store) { return std::make_unique<ForgetfulStore>(store); };
    return mutant;
}

Mutant finds_no_state() {
    Mutant mutant;
    mutant.store = [](StateStore& store) { return std::make_unique<BlindStore>(store); };
    return mutant;
}

Mutant ignores_children() { return with_feeds<Childless>(); }
Mutant believes_the_listing() { return with_feeds<ListedOnly>(); }

Mutant excludes_the_bound() {
    Mutant mutant;
    mutant.walk.inclusive_bound = false;
    return mutant;
}

Mutant skips_ties() {
    Mutant mutant;
    mutant.walk.ties_by_key = false;
    return mutant;
}

}  // namespace tributary::simulation
