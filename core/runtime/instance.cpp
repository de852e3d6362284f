#include "core/runtime/instance.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "core/runtime/entities.hpp"
#include "core/runtime/start_positions.hpp"
#include "core/status/log.hpp"

namespace tributary {

namespace {

constexpr std::size_t feed_threads = 4;
constexpr std::int64_t loop_limit = 120'000'000;

std::size_t feed_count(const Configuration& configuration) {
    std::size_t count = 0;
    for (const auto& source : configuration.sources) count += source.source->feeds().size();
    return count;
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ",")); }

}  // namespace

Instance::Instance(Configuration& configuration, Setup setup, StatusBoard& board, Metrics& metrics, Clock clock)
    : configuration_(configuration),
      setup_(std::move(setup)),
      board_(board),
      metrics_(metrics),
      clock_(std::move(clock)),
      entities_(entity_infos(catalogue())),
      fold_rules_(fold_rules(catalogue())),
      journal_(board, metrics) {
    for (auto& source : configuration_.sources)
        for (const auto& info : source.source->feeds()) {
            std::int64_t every = INT64_MAX;
            for (const auto& name : info.streams) every = std::min(every, source.stream(name)->every);
            statuses_.push_back(&board_.feed({.source = source.name,
                                              .feed = info.name,
                                              .streams = info.streams,
                                              .every = every,
                                              .waits_for_news = info.waits_for_news}));
        }
    loop_ = &board_.loop("commit", loop_limit);
}

Instance::~Instance() = default;

void Instance::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    woken_up_.notify_one();
}

void Instance::stop() {
    stopping_.request_stop();
    wake();
}

int Instance::run() {
    board_.stage(ProcessStage::starting, "waiting for the broker");
    if (auto ready = prepare_broker(); !ready) return end(78, ready.error().what);
    if (!step_until([this] { return committer_->claimed(); })) return shut_down();
    board_.stage(ProcessStage::starting, "locking the state directory");
    if (auto locked = lock_state(); !locked) return end(79, locked.error().what);
    board_.stage(ProcessStage::starting, "reading the topics");
    if (auto opened = open_cache(); !opened) return end(78, opened.error().what);
    if (stopping_.stop_requested()) return shut_down();
    if (auto made = make_pipelines(); !made) return end(78, made.error().what);
    board_.stage(ProcessStage::running);
    log_info("run", "running",
             {{"instance", configuration_.instance},
              {"feeds", pipelines_.size()},
              {"commit", cache_->store()->commit_number()}});
    step_until([this] { return refused_definitions().has_value(); });
    if (auto refused = refused_definitions()) return end(78, *refused);
    return shut_down();
}

Result<> Instance::prepare_broker() {
    const auto names = entity_names(catalogue());
    if (configuration_.kafka.embedded) {
        auto broker = EmbeddedBroker::start(TopicTable(configuration_.kafka.topic_prefix, names),
                                            configuration_.kafka.partitions);
        if (!broker) return std::unexpected(broker.error());
        embedded_ = std::move(*broker);
        configuration_.kafka.brokers = embedded_->address();
        board_.conditions({{"throw_away_state", "the embedded broker forgets everything when this process ends"}});
    }
    KafkaSettings kafka = configuration_.kafka;
    kafka.log = [](int level, std::string_view text) {
        if (level <= 4) log_debug("kafka", text);
    };
    kafka.trouble = [this](const Error& error) { board_.broker_failed(error); };
    publisher_ = std::make_unique<Publisher>(std::move(kafka), names, [this] { wake(); });
    queue_ = std::make_unique<WorkQueue>(std::max<std::size_t>(1, feed_count(configuration_)), WorkQueue::Limits{});
    queue_->on_offer([this] { wake(); });
    const TopicTable& topics = publisher_->topics();
    Committer::Setup committer;
    committer.instance = configuration_.instance;
    committer.run = setup_.run;
    committer.host = setup_.host;
    committer.pid = ::getpid();
    committer.version = setup_.version;
    committer.most_events = configuration_.gather.events;
    committer.most_bytes = configuration_.gather.bytes;
    committer.gather_load = configuration_.gather.load;
    committer.gather_trickle = configuration_.gather.trickle;
    committer.seed = setup_.seed;
    committer.topics = {topics.records(), topics.dead_letter(), topics.checkpoints()};
    committer_ = std::make_unique<Committer>(std::move(committer), *publisher_, *queue_, journal_, clock_);
    return {};
}

/// The commit loop. True once `done`; false when stopped, or when the committer has ended.
bool Instance::step_until(const std::function<bool()>& done) {
    while (!stopping_.stop_requested() && !committer_->ended()) {
        loop_->turned();
        const std::int64_t next = committer_->step();
        if (done()) return true;
        std::unique_lock lock(mutex_);
        const std::int64_t wait = std::clamp<std::int64_t>(next - clock_(), 0, 1'000'000);
        woken_up_.wait_for(lock, std::chrono::microseconds(wait), [this] { return woken_; });
        woken_ = false;
    }
    return false;
}

Result<> Instance::lock_state() {
    if (configuration_.kafka.embedded) {
        auto state = StateDirectory::throw_away();
        if (!state) return std::unexpected(state.error());
        state_ = std::move(*state);
        return {};
    }
    const std::int64_t deadline = clock_() + setup_.lock_patience;
    for (;;) {
        auto state = StateDirectory::lock(configuration_.state_directory);
        if (state) {
            state_ = std::move(*state);
            return {};
        }
        if (state.error().code != "state_locked") {
            journal_.store_failed(state.error());
        } else if (clock_() > deadline) {
            return std::unexpected(state.error());
        }
        if (!step_until([&, until = clock_() + 500'000] { return clock_() >= until; }))
            return fail(Verdict::stop, "stopped", committer_->ended() ? committer_->ended()->reason : "stopped");
    }
}

Result<> Instance::open_cache() {
    for (const auto& source : configuration_.sources)
        for (const auto& stream : source.streams)
            shared_[fmt::format("{}/{}", source.name, stream.name)] = stream.shared;
    Cache::Setup setup;
    setup.directory = state_->path();
    setup.owner = {publisher_->cluster_id(), configuration_.kafka.topic_prefix, configuration_.instance,
                   joined(entity_names(catalogue()))};
    setup.delete_retention = publisher_->facts().delete_retention;
    setup.entities = restore_names(catalogue());
    setup.is_shared = [this](std::string_view stream) {
        auto found = shared_.find(std::string(stream));
        return found != shared_.end() && found->second;
    };
    setup.clock = clock_;
    setup.progress = [this](std::string_view doing, std::int64_t messages) {
        loop_->turned();
        board_.stage(ProcessStage::starting, fmt::format("{}: {} messages", doing, messages));
    };
    setup.rebuilt = [this](std::string_view why) {
        metrics_.cache_rebuilt();
        log_warning("cache", "the state cache is rebuilt from the topics", {{"reason", why}});
    };
    cache_ = std::make_unique<Cache>(std::move(setup), publisher_->settings(), publisher_->topics(),
                                     publisher_->facts().partitions, stopping_.get_token());
    Backoff backoff(200'000, 10'000'000, setup_.seed);
    const auto& last = committer_->checkpoints().last_commit();
    Result<StateStore*> store = cache_->open(last ? last->number : 0);
    while (!store) {
        if (store.error().verdict == Verdict::stop) return std::unexpected(store.error());
        journal_.store_failed(store.error());
        if (!step_until([&, until = clock_() + backoff.next()] { return clock_() >= until; })) return {};
        store = cache_->catch_up(store.error());
    }
    journal_.store_answered((*store)->commit_number());
    return {};
}

Result<> Instance::make_pipelines() {
    std::vector<ConfiguredFeed> configured;
    for (auto& source : configuration_.sources)
        for (const auto& info : source.source->feeds()) {
            ConfiguredFeed feed{source.name, info.name, {}};
            for (const auto& name : info.streams) {
                const Mapping& mapping = *source.stream(name)->mapping;
                feed.streams[name] = {mapping.fingerprint(), mapping.identity_fingerprint()};
            }
            configured.push_back(std::move(feed));
        }
    auto starts = start_positions(configured, committer_->checkpoints().feeds(), configuration_.retired);
    if (!starts) return std::unexpected(starts.error());
    std::vector<Journal::FeedEntry> entries;
    std::vector<Pipeline*> polled;
    std::vector<Pipeline*> waiting;
    std::size_t index = 0;
    for (auto& source : configuration_.sources) {
        const auto& infos = source.source->feeds();
        for (std::size_t i = 0; i < infos.size(); ++i, ++index) {
            if (!(*starts)[index].note.empty()) log_info("run", (*starts)[index].note);
            auto setup = pipeline_setup(index, source, infos[i], std::move((*starts)[index].record), *statuses_[index]);
            Journal::FeedEntry entry{nullptr, statuses_[index], {}, {}};
            for (const auto& stream : setup.streams) {
                entry.streams.push_back(stream.info);
                entry.metrics.push_back(stream.metrics);
            }
            pipelines_.push_back(std::make_unique<Pipeline>(std::move(setup), source.source->open(i), *queue_, clock_));
            entry.pipeline = pipelines_.back().get();
            (infos[i].waits_for_news ? waiting : polled).push_back(entry.pipeline);
            entries.push_back(std::move(entry));
        }
    }
    journal_.feeds(std::move(entries), *queue_, [this](StreamNo stream) { return cache_->store()->rejects(stream); });
    journal_.on_event(setup_.on_event);
    journal_.on_reject(setup_.on_reject);
    Preparation::Setup preparation;
    preparation.instance = configuration_.instance;
    preparation.entities = entities_;
    preparation.topics = {publisher_->topics().records(), publisher_->topics().dead_letter(),
                          publisher_->topics().checkpoints()};
    preparation.most_message_bytes = publisher_->most_message_bytes();
    preparation.fold = [this](EntityNo entity, std::span<const Member> members, Arena& arena) {
        std::vector<RecordView> views;
        for (const Member& member : members) views.push_back({precedence_[member.stream], member.key, member.document});
        return fold(views, fold_rules_[entity], arena);
    };
    committer_->attach(*cache_->store(), *cache_, Preparation(std::move(preparation), *cache_->store()));
    pool_ = std::make_unique<FeedPool>(std::move(polled), std::move(waiting), feed_threads, clock_);
    queue_->on_room([this](FeedNo) { pool_->room(); });
    return {};
}

Pipeline::Setup Instance::pipeline_setup(std::size_t index, SourceConfiguration& source, const FeedInfo& info,
                                         FeedRecord record, FeedStatus& status) {
    Pipeline::Setup setup;
    setup.feed = static_cast<FeedNo>(index);
    setup.source = source.name;
    setup.name = info.name;
    setup.checkpoint_key = checkpoint::feed_key(configuration_.instance, source.name, info.name);
    setup.every = INT64_MAX;
    setup.seed = setup_.seed + index;
    setup.status = &status;
    setup.metrics = &metrics_.feed(source.name, info.name);
    std::uint64_t unresolved = 0;
    for (const auto& name : info.streams) {
        StreamConfiguration& stream = *source.stream(name);
        auto& made = streams_.emplace_back(std::make_unique<StreamInfo>());
        made->source = source.name;
        made->name = name;
        made->no = *cache_->store()->stream(source.name, name);
        made->shared = stream.shared;
        made->ce_source = fmt::format("/{}/{}/{}", configuration_.tenant, source.name, name);
        made->key_prefix = fmt::format("{}/{}/", source.name, name);
        precedence_[made->no] = stream.precedence;
        unresolved += static_cast<std::uint64_t>(cache_->store()->rejects(made->no));
        setup.every = std::min(setup.every, stream.every);
        Pipeline::Stream part{made.get(), std::move(stream.mapping), {}, nullptr};
        for (const auto& column : part.mapping->columns()) part.columns.push_back(column.name);
        part.metrics = &metrics_.stream(source.name, name, entities_[part.mapping->entity()].name);
        setup.streams.push_back(std::move(part));
    }
    status.restored(record.position.json, unresolved);
    setup.record = std::move(record);
    return setup;
}

std::optional<std::string> Instance::refused_definitions() const {
    for (const auto& pipeline : pipelines_)
        if (auto refusal = pipeline->refuses_to_start()) return refusal;
    return std::nullopt;
}

int Instance::end(int code, const std::string& why) {
    if (stopping_.stop_requested()) return shut_down();
    log_error("run", "the daemon ends", {{"exit", code}, {"reason", why}});
    (void)shut_down();
    return code;
}

/// Feeds first, so that nothing new arrives; then what is in flight is committed or rolled back, as far as time allows.
int Instance::shut_down() {
    board_.stage(ProcessStage::stopping, "finishing the transaction in flight");
    const std::int64_t deadline = clock_() + configuration_.stop_within;
    stopping_.request_stop();
    bool clean = pool_ == nullptr || pool_->stop(configuration_.stop_within);
    const auto ended = committer_ ? committer_->ended() : std::nullopt;
    if (committer_) {
        committer_->drain();
        while (committer_->in_flight() && !committer_->ended() && clock_() < deadline) {
            (void)committer_->step();
            std::unique_lock lock(mutex_);
            woken_up_.wait_for(lock, std::chrono::milliseconds(20), [this] { return woken_; });
            woken_ = false;
        }
        clean = clean && !committer_->in_flight();
    }
    if (clean && cache_)
        if (auto closed = cache_->close(); !closed)
            log_warning("cache", "not closed cleanly", {{"reason", closed.error().what}});
    settled_ = clean && !ended && (!committer_ || committer_->settled());
    if (!clean) log_warning("run", "what is in flight is settled at the next start");
    if (ended) {
        log_error("run", "the daemon ends", {{"exit", ended->exit_code}, {"reason", ended->reason}});
        return ended->exit_code;
    }
    return 0;
}

}  // namespace tributary
