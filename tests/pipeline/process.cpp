#include "tests/pipeline/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/runtime/pipeline_setup.hpp"
#include "core/runtime/start_positions.hpp"
#include "tests/pipeline/failing_feed.hpp"

namespace tributary::simulation {

namespace {

constexpr WorkQueue::Limits queue_limits{.bytes = 1'500'000, .feed_bytes = 600'000};

OtherTopics other_topics(const World& world) {
    return {world.topics.records(), world.topics.dead_letter(), world.topics.checkpoints()};
}

Committer::Setup committer_setup(const World& world, const std::string& run, std::uint64_t seed) {
    Committer::Setup setup;
    setup.instance = instance_name;
    setup.run = run;
    setup.host = "here";
    setup.pid = 1;
    setup.version = "simulated";
    setup.most_events = world.most_events;
    setup.seed = seed;
    setup.topics = other_topics(world);
    return setup;
}

}  // namespace

Process::Process(World& world, std::string run)
    : world_(world),
      run_(std::move(run)),
      board_({}, world.clock()),
      queue_(world.scenario->feeds().size(), queue_limits),
      log_(world.broker, instance_name, world.clock(), world.random, world.faults),
      cache_(world),
      notes_(world.directory),
      resets_(world.directory),
      commit_at_(world.now),
      start_up_at_(world.now) {
    Log* log = &log_;
    if (world.mutant.log) {
        wrapped_log_ = world.mutant.log(log_, world.topics);
        log = wrapped_log_.get();
    }
    queue_.on_offer([this] { commit_at_ = world_.now; });
    queue_.on_room([this](FeedNo feed) {
        if (!pipelines_.empty()) poll_at_[feed] = world_.now;
    });
    questions_.on_question([this] {
        if (cache_.is_open()) questions_.answer(cache_.store());
    });
    committer_ = std::make_unique<Committer>(
        committer_setup(world, run_, static_cast<std::uint64_t>(world.random.below(1'000'000))), *log, queue_, *this,
        world.clock());
    world_.note(fmt::format("{} starts", run_));
}

Process::~Process() {
    log_.dropped();
    if (world_.lock_holder == this) world_.lock_holder = nullptr;
}

std::int64_t Process::next_at() const {
    std::int64_t next = ended() ? INT64_MAX : std::min(commit_at_, log_.next_at());
    if (pipelines_.empty() && committer_->claimed() && !ended()) next = std::min(next, start_up_at_);
    if (!stopping_)
        for (const std::int64_t at : poll_at_) next = std::min(next, at);
    return next;
}

void Process::act() {
    std::vector<int> due;  // of what is polled; -1: the commit loop; -2: starting up
    if (std::min(commit_at_, log_.next_at()) <= world_.now) due.push_back(-1);
    if (pipelines_.empty() && committer_->claimed() && start_up_at_ <= world_.now) due.push_back(-2);
    for (std::size_t polled = 0; !stopping_ && polled < poll_at_.size(); ++polled)
        if (poll_at_[polled] <= world_.now) due.push_back(static_cast<int>(polled));
    const int chosen = due[static_cast<std::size_t>(world_.random.below(static_cast<std::int64_t>(due.size())))];
    if (chosen == -1)
        act_commit();
    else if (chosen == -2)
        start_up();
    else
        act_poll(static_cast<std::size_t>(chosen));
}

void Process::act_commit() {
    log_.tick();
    const std::int64_t next = committer_->step();
    // with work left to do at once, time still passes: a loop that spins would otherwise stop the clock
    commit_at_ = std::max(next, world_.now + 10);
    if (ended()) world_.note(fmt::format("{} ends: {}", run_, ended()->reason));
}

void Process::act_poll(std::size_t polled) {
    const auto next = polled_[polled]->step({});
    const std::int64_t call = world_.scenario->length().call;
    const std::int64_t took = call > 10 ? world_.random.between(10, call) : call;
    poll_at_[polled] = std::max(next.at, world_.now + took);
}

void Process::start_up() {
    start_up_at_ = world_.now + 100'000;
    if (world_.lock_holder == nullptr) world_.lock_holder = this;
    if (world_.lock_holder != this) return;
    auto store = cache_.catch_up({Verdict::retry, "start", "the process starts"});
    if (!store) return;
    configure();
    make_lookups();
    make_pipelines();
    committer_->attach(
        **store, cache_,
        streams_->preparation({other_topics(world_), log_.most_message_bytes(), world_.most_dependents}, **store));
    world_.note(fmt::format("{} runs from commit {}", run_, (*store)->commit_number()));
}

void Process::configure() {
    Diagnostics diagnostics;
    configuration_ = Configuration::parse(
        world_.scenario->configuration(), "simulation.yaml", world_.scenario->connectors(),
        [](std::string_view) { return std::nullopt; }, diagnostics);
    if (diagnostics.has_errors()) throw std::logic_error("the simulated configuration is wrong: " + diagnostics.text());
    const auto roles = stream_roles(*configuration_, committer_->checkpoints().feeds());
    auto streams = StreamTable::make(*configuration_, roles, cache_.store());
    if (!streams) throw std::logic_error(streams.error().what);
    streams_ = std::move(*streams);
}

void Process::make_lookups() {
    for (auto& source : configuration_->sources)
        for (std::size_t i = 0; i < source.lookups.size(); ++i) {
            auto& made = lookups_[source.name].emplace_back(std::make_unique<Lookup>(
                lookup_setup(source, source.lookups[i]),
                failing(world_.scenario->feeds().size() + i, source.source->open_lookup(i)), world_.clock()));
            made->on_news([this] {
                for (std::size_t feed = 0; feed < pipelines_.size(); ++feed) poll_at_[feed] = world_.now;
            });
        }
}

void Process::make_pipelines() {
    auto starts = start_positions(configured_feeds(*configuration_), committer_->checkpoints().feeds(), {});
    if (!starts) throw std::logic_error(starts.error().what);
    for (auto& source : configuration_->sources)
        for (std::size_t i = 0; i < source.source->feeds().size(); ++i) {
            const std::size_t number = pipelines_.size();
            auto setup = pipeline_setup(source, source.source->feeds()[i], std::move((*starts)[number].record));
            const auto open = [this, &source, i, number] { return failing(number, source.source->open(i)); };
            setup.reopen = open;
            pipelines_.push_back(std::make_unique<Pipeline>(std::move(setup), open(), queue_, world_.clock()));
        }
    for (const auto& pipeline : pipelines_) polled_.push_back(pipeline.get());
    for (const auto& [source, lookups] : lookups_)
        for (const auto& lookup : lookups) polled_.push_back(lookup.get());
    poll_at_.assign(polled_.size(), world_.now);
}

Pipeline::Setup Process::pipeline_setup(SourceConfiguration& source, const FeedInfo& info, FeedRecord record) {
    Pipeline::Setup setup;
    setup.feed = static_cast<FeedNo>(pipelines_.size());
    setup.source = source.name;
    setup.name = info.name;
    setup.checkpoint_key = checkpoint::feed_key(instance_name, source.name, info.name);
    setup.record = std::move(record);
    setup.every = INT64_MAX;
    setup.park_retry = 3'000'000;
    setup.idle_commit = 2'000'000;
    setup.limits = world_.batch;
    setup.seed = pipelines_.size();
    setup.status = &board_.feed({.source = source.name, .feed = info.name});
    setup.resets = &resets_;
    for (const std::string& name : info.streams) {
        StreamConfiguration& stream = *source.stream(name);
        setup.every = std::min(setup.every, stream.every);
        Pipeline::Stream part{&streams_->of(source.name, name), std::move(stream.mapping), {}, nullptr, nullptr};
        for (const auto& column : part.mapping->columns()) part.columns.push_back(column.name);
        part.comparison = comparison(source, stream, part, static_cast<std::uint32_t>(setup.streams.size()));
        setup.streams.push_back(std::move(part));
    }
    if (const auto lookups = lookups_.find(source.name); lookups != lookups_.end())
        setup.lookups = lookups_in_use(setup.streams, lookups->second);
    return setup;
}

std::unique_ptr<Comparison> Process::comparison(const SourceConfiguration& source, const StreamConfiguration& stream,
                                                Pipeline::Stream& part, std::uint32_t index) {
    auto setup = comparison_setup(source, stream, part, index);
    setup.seed = static_cast<std::uint64_t>(index) + 1;
    setup.listed_page = world_.comparison.listed;
    setup.known_page = world_.comparison.known;
    setup.fetched_page = world_.comparison.fetched;
    setup.most_seen = world_.comparison.most_seen;
    setup.retry_after = 3'000'000;
    return std::make_unique<Comparison>(std::move(setup), questions_, notes_);
}

std::unique_ptr<Feed> Process::failing(std::size_t number, std::unique_ptr<Feed> feed) const {
    if (world_.mutant.feed) feed = world_.mutant.feed(std::move(feed));
    return std::make_unique<FailingFeed>(number, std::move(feed), world_.faults);
}

void Process::stop() {
    stopping_ = true;
    committer_->drain();
}

void Process::committed(const Commit& commit) {
    std::vector<bool> done(pipelines_.size());
    for (std::size_t i = commit.work.size(); i-- > 0;) {
        const Work& work = *commit.work[i];
        if (done[work.feed]) continue;
        done[work.feed] = true;
        pipelines_[work.feed]->committed(work.batch.next);
    }
    for (const PendingWrite& pending : commit.prepared->pending)
        ++world_.faults.happened[pending.erase ? "pending dependents settled" : "dependents left for later"];
    world_.note(fmt::format("{} committed {} with {} messages", run_, commit.number, commit.prepared->messages.size()));
}

void Process::rolled_back(std::uint64_t number) { world_.note(fmt::format("{} rolled {} back", run_, number)); }

void Process::outcome_unknown(std::uint64_t number, const Error& error) {
    world_.note(fmt::format("{} does not know about {}: {}", run_, number, error.code));
}

void Process::broker_failed(const Error& error) { world_.note(fmt::format("{} broker: {}", run_, error.what)); }
void Process::store_failed(const Error& error) { world_.note(fmt::format("{} store: {}", run_, error.what)); }

void Process::refused(FeedNo feed, const Error& error, std::uint64_t generation) {
    world_.note(fmt::format("{} feed {} refused, generation {}: {}", run_, feed, generation, error.code));
    pipelines_[feed]->refused(error, generation);
}

}  // namespace tributary::simulation
