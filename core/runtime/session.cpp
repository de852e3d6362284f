#include "core/runtime/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "core/runtime/entities.hpp"
#include "core/runtime/journal.hpp"
#include "core/status/log.hpp"

namespace tributary {

namespace {

constexpr std::int64_t loop_limit = 120'000'000;
constexpr std::int64_t lock_retry = 500'000;

}  // namespace

Session::Session(Configuration& configuration, Setup setup, CommitObserver& observer, StatusBoard& board,
                 Metrics& metrics, Clock clock)
    : configuration_(configuration),
      setup_(std::move(setup)),
      observer_(observer),
      board_(board),
      metrics_(metrics),
      clock_(std::move(clock)),
      loop_(&board_.loop("commit", loop_limit)) {
    questions_.on_question([this] { wake(); });
}

Session::~Session() = default;

void Session::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    woken_up_.notify_one();
}

void Session::stop() {
    stopping_.request_stop();
    wake();
}

std::optional<Committer::End> Session::ended() const { return committer_ ? committer_->ended() : std::nullopt; }

std::optional<Session::Refusal> Session::start() {
    board_.stage(ProcessStage::starting, "waiting for the broker");
    if (auto ready = prepare_broker(); !ready) return Refusal{78, ready.error().what};
    if (!step_until([this] { return committer_->claimed(); })) return std::nullopt;
    board_.stage(ProcessStage::starting, "locking the state directory");
    if (auto locked = lock_state(); !locked) return Refusal{79, locked.error().what};
    board_.stage(ProcessStage::starting, "reading the topics");
    if (auto opened = open_cache(); !opened) return Refusal{78, opened.error().what};
    if (stopping() || ended()) return std::nullopt;
    if (auto attached = attach(); !attached) return Refusal{78, attached.error().what};
    return std::nullopt;
}

Result<> Session::prepare_broker() {
    const auto names = entity_names(catalogue());
    if (configuration_.kafka.embedded) {
        auto broker = EmbeddedBroker::start(TopicTable(configuration_.kafka.topic_prefix, names),
                                            configuration_.kafka.partitions);
        if (!broker) return std::unexpected(broker.error());
        embedded_ = std::move(*broker);
        configuration_.kafka.brokers = embedded_->address();
        board_.condition({"throw_away_state", "the embedded broker forgets everything when this process ends"});
    }
    KafkaSettings kafka = configuration_.kafka;
    kafka.log = [](int level, std::string_view text) {
        if (level <= 4) log_debug("kafka", text);
    };
    kafka.trouble = [this](const Error& error) {
        if (board_.broker_failed(error)) log_broker_failed(error);
    };
    publisher_ = std::make_unique<Publisher>(std::move(kafka), names, [this] { wake(); });
    queue_ = std::make_unique<WorkQueue>(std::max<std::size_t>(1, setup_.feeds), WorkQueue::Limits{});
    queue_->on_offer([this] { wake(); });
    committer_ = std::make_unique<Committer>(committer_setup(), *publisher_, *queue_, observer_, clock_);
    return {};
}

OtherTopics Session::other_topics() const {
    const TopicTable& topics = publisher_->topics();
    return {topics.records(), topics.dead_letter(), topics.checkpoints()};
}

Committer::Setup Session::committer_setup() const {
    Committer::Setup setup;
    setup.instance = configuration_.instance;
    setup.run = setup_.run;
    setup.host = setup_.host;
    setup.pid = ::getpid();
    setup.version = setup_.version;
    setup.most_events = configuration_.gather.events;
    setup.most_bytes = configuration_.gather.bytes;
    setup.gather_load = configuration_.gather.load;
    setup.gather_trickle = configuration_.gather.trickle;
    setup.seed = setup_.seed;
    setup.topics = other_topics();
    return setup;
}

bool Session::step_until(const std::function<bool()>& done) {
    while (!stopping() && !committer_->ended()) {
        loop_->turned();
        const std::int64_t next = committer_->step();
        if (cache_ && cache_->store() != nullptr) questions_.answer(*cache_->store());
        if (done()) return true;
        std::unique_lock lock(mutex_);
        const std::int64_t wait = std::clamp<std::int64_t>(next - clock_(), 0, 1'000'000);
        woken_up_.wait_for(lock, std::chrono::microseconds(wait), [this] { return woken_; });
        woken_ = false;
    }
    return false;
}

Result<> Session::lock_state() {
    if (configuration_.kafka.embedded) {
        auto state = StateDirectory::throw_away();
        if (!state) return std::unexpected(state.error());
        state_ = std::move(*state);
        return {};
    }
    const std::int64_t deadline = clock_() + setup_.lock_patience;
    for (bool told = false;;) {
        auto state = StateDirectory::lock(configuration_.state_directory);
        if (state) {
            state_ = std::move(*state);
            return {};
        }
        if (state.error().code != "state_locked") {
            observer_.store_failed(state.error());
        } else if (clock_() > deadline) {
            return std::unexpected(state.error());
        } else if (!std::exchange(told, true)) {
            log_warning("run", "waiting for another process of this instance to end, which this one takes the place of",
                        {{"reason", state.error().what}});
        }
        if (step_until([&, until = clock_() + lock_retry] { return clock_() >= until; })) continue;
        const auto end = ended();
        return fail(Verdict::stop, "stopped", end ? end->reason : "stopped");
    }
}

Cache::Setup Session::cache_setup() {
    Cache::Setup setup;
    setup.directory = state_directory();
    setup.owner = {publisher_->cluster_id(), configuration_.kafka.topic_prefix, configuration_.instance,
                   fmt::format("{}", fmt::join(entity_names(catalogue()), ","))};
    setup.delete_retention = publisher_->facts().delete_retention;
    setup.entities = restore_names(catalogue());
    setup.keeping = [this, joined = joined_streams(configuration_)](std::string_view stream) {
        if (joined.contains(stream)) return Restore::Keeping::joined;
        const auto found = roles_.find(stream);
        return found != roles_.end() && found->second.shared ? Restore::Keeping::shared : Restore::Keeping::alone;
    };
    setup.clock = clock_;
    setup.progress = [this](std::string_view doing, std::int64_t messages) {
        loop_->turned();
        // later on a cache catches up in a running process, which a stage would hide until the end
        if (!streams_) board_.stage(ProcessStage::starting, fmt::format("{}: {} messages", doing, messages));
    };
    setup.waiting = [this](std::string_view what) {
        loop_->turned();
        if (!streams_)
            board_.stage(ProcessStage::starting, fmt::format("reading the topics: {}", what));
        else
            board_.store_failed({Verdict::retry, "state_behind", fmt::format("catching the cache up: {}", what)});
    };
    setup.rebuilt = [this](std::string_view why) {
        metrics_.cache_rebuilt();
        log_warning("cache", "the state cache is rebuilt from the topics", {{"reason", why}});
    };
    return setup;
}

Result<> Session::open_cache() {
    roles_ = stream_roles(configuration_, checkpoints().feeds());
    cache_ = std::make_unique<Cache>(cache_setup(), publisher_->settings(), publisher_->topics(),
                                     publisher_->facts().partitions, stopping_.get_token());
    Backoff backoff(200'000, 10'000'000, setup_.seed);
    const auto& last = checkpoints().last_commit();
    Result<StateStore*> store = cache_->open(last ? last->number : 0);
    while (!store) {
        if (store.error().verdict == Verdict::stop) return std::unexpected(store.error());
        observer_.store_failed(store.error());
        if (!step_until([&, until = clock_() + backoff.next()] { return clock_() >= until; })) return {};
        store = cache_->catch_up(store.error());
    }
    observer_.store_answered((*store)->commit_number());
    return {};
}

/// More partitions later would send an entity's next events to another one than its last.
void Session::tell_partitions() const {
    const KafkaSettings& kafka = configuration_.kafka;
    if (!kafka.partitions_asked || kafka.embedded) return;
    std::vector<std::string> others;
    for (const auto& [topic, count] : publisher_->facts().partitions)
        if (count != kafka.partitions && topic != publisher_->topics().name(publisher_->topics().checkpoints()))
            others.push_back(fmt::format("{} ({})", topic, count));
    if (others.empty()) return;
    log_warning("topics", "`kafka.partitions` is for topics that are made: these are there and keep what they have",
                {{"partitions", kafka.partitions}, {"topics", fmt::format("{}", fmt::join(others, ", "))}});
}

Result<> Session::attach() {
    tell_partitions();
    auto streams = StreamTable::make(configuration_, roles_, store());
    if (!streams) return std::unexpected(streams.error());
    streams_ = std::move(*streams);
    committer_->attach(store(), *cache_,
                       streams_->preparation({other_topics(), publisher_->most_message_bytes()}, store()));
    return {};
}

bool Session::finish(std::int64_t deadline) {
    stopping_.request_stop();
    if (!committer_) return true;
    committer_->drain();
    while (committer_->in_flight() && !committer_->ended() && clock_() < deadline) {
        (void)committer_->step();
        std::unique_lock lock(mutex_);
        woken_up_.wait_for(lock, std::chrono::milliseconds(20), [this] { return woken_; });
        woken_ = false;
    }
    if (committer_->in_flight()) return false;
    if (cache_)
        if (auto closed = cache_->close(); !closed)
            log_warning("cache", "not closed cleanly", {{"reason", closed.error().what}});
    return true;
}

}  // namespace tributary
