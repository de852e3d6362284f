#include "tests/pipeline/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/runtime/entities.hpp"
#include "core/runtime/start_positions.hpp"
#include "tests/pipeline/feeds.hpp"

namespace tributary::simulation {

namespace {

constexpr WorkQueue::Limits queue_limits{.bytes = 1'500'000, .feed_bytes = 600'000};

Committer::Setup committer_setup(const World& world, const std::string& run, std::uint64_t seed) {
    Committer::Setup setup;
    setup.instance = instance_name;
    setup.run = run;
    setup.host = "here";
    setup.pid = 1;
    setup.version = "simulated";
    setup.most_events = world.most_events;
    setup.seed = seed;
    setup.topics = {world.topics.records(), world.topics.dead_letter(), world.topics.checkpoints()};
    return setup;
}

}  // namespace

Process::Process(World& world, std::string run)
    : world_(world),
      run_(std::move(run)),
      entities_(entity_infos(catalogue())),
      fold_rules_(fold_rules(catalogue())),
      board_({}, world.clock()),
      queue_(feed_definitions().size(), queue_limits),
      log_(world.broker, instance_name, world.clock(), world.random, world.faults),
      cache_(world),
      commit_at_(world.now),
      start_up_at_(world.now) {
    Log* log = &log_;
    if (world.mutant.log) {
        wrapped_log_ = world.mutant.log(log_, world.topics);
        log = wrapped_log_.get();
    }
    queue_.on_offer([this] { commit_at_ = world_.now; });
    queue_.on_room([this](FeedNo feed) {
        if (!pipelines_.empty()) pull_at_[feed] = world_.now;
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
        for (const std::int64_t at : pull_at_) next = std::min(next, at);
    return next;
}

void Process::act() {
    std::vector<int> due;  // feeds; -1: the commit loop; -2: starting up
    if (std::min(commit_at_, log_.next_at()) <= world_.now) due.push_back(-1);
    if (pipelines_.empty() && committer_->claimed() && start_up_at_ <= world_.now) due.push_back(-2);
    for (std::size_t feed = 0; !stopping_ && feed < pull_at_.size(); ++feed)
        if (pull_at_[feed] <= world_.now) due.push_back(static_cast<int>(feed));
    const int chosen = due[static_cast<std::size_t>(world_.random.below(static_cast<std::int64_t>(due.size())))];
    if (chosen == -1)
        act_commit();
    else if (chosen == -2)
        start_up();
    else
        act_pull(static_cast<std::size_t>(chosen));
}

void Process::act_commit() {
    log_.tick();
    const std::int64_t next = committer_->step();
    // with work left to do at once, time still passes: a loop that spins would otherwise stop the clock
    commit_at_ = std::max(next, world_.now + 10);
    if (ended()) world_.note(fmt::format("{} ends: {}", run_, ended()->reason));
}

void Process::act_pull(std::size_t feed) {
    const auto next = pipelines_[feed]->step({});
    pull_at_[feed] = std::max(next.at, world_.now + 10);
}

void Process::start_up() {
    start_up_at_ = world_.now + 100'000;
    if (world_.lock_holder == nullptr) world_.lock_holder = this;
    if (world_.lock_holder != this) return;
    auto store = cache_.catch_up({Verdict::retry, "start", "the process starts"});
    if (!store) return;
    store_ = *store;
    if (!make_pipelines()) return;
    committer_->attach(*store_, cache_, preparation());
    world_.note(fmt::format("{} runs from commit {}", run_, store_->commit_number()));
}

bool Process::make_pipelines() {
    std::vector<ConfiguredFeed> configured;
    for (const FeedDefinition& feed : feed_definitions()) {
        configured.push_back({feed.source, feed.name, {}});
        for (const std::size_t stream : feed.streams)
            configured.back().streams[stream_definitions()[stream].name] = {"mapping", "identity"};
    }
    auto starts = start_positions(configured, committer_->checkpoints().feeds(), {});
    if (!starts) throw std::logic_error(starts.error().what);
    for (std::size_t feed = 0; feed < feed_definitions().size(); ++feed) {
        pipelines_.push_back(std::make_unique<Pipeline>(pipeline_setup(feed, std::move((*starts)[feed].record)),
                                                        open_feed(feed), queue_, world_.clock()));
        pull_at_.push_back(world_.now);
    }
    return true;
}

Pipeline::Setup Process::pipeline_setup(std::size_t number, FeedRecord record) {
    const FeedDefinition& feed = feed_definitions()[number];
    Pipeline::Setup setup;
    setup.feed = static_cast<FeedNo>(number);
    setup.source = feed.source;
    setup.name = feed.name;
    setup.checkpoint_key = checkpoint::feed_key(instance_name, feed.source, feed.name);
    setup.record = std::move(record);
    setup.every = 700'000;
    setup.park_retry = 3'000'000;
    setup.idle_commit = 2'000'000;
    setup.limits.rows = world_.batch_rows;
    setup.seed = number;
    setup.status = &board_.feed({.source = feed.source, .feed = feed.name});
    for (const std::size_t stream : feed.streams) {
        const StreamDefinition& definition = stream_definitions()[stream];
        auto& info = streams_.emplace_back(std::make_unique<StreamInfo>());
        info->source = definition.source;
        info->name = definition.name;
        info->no = *cache_.store().stream(definition.source, definition.name);
        info->shared = definition.shared;
        precedence_[info->no] = static_cast<std::uint32_t>(stream);
        info->ce_source = fmt::format("/acme/{}/{}", definition.source, definition.name);
        info->key_prefix = fmt::format("{}/{}/", definition.source, definition.name);
        setup.streams.push_back({info.get(), mapping_of(stream), {}, nullptr});
    }
    return setup;
}

std::unique_ptr<Feed> Process::open_feed(std::size_t feed) {
    FeedSetup setup{feed, &world_.databases[feed], &world_.faults, world_.clock(), world_.overlap};
    if (feed_definitions()[feed].is_log) return std::make_unique<LogFeed>(std::move(setup), world_.slot_confirmed);
    return std::make_unique<TableFeed>(std::move(setup));
}

Preparation Process::preparation() {
    Preparation::Setup setup;
    setup.instance = instance_name;
    setup.entities = entities_;
    setup.topics = {world_.topics.records(), world_.topics.dead_letter(), world_.topics.checkpoints()};
    setup.most_message_bytes = log_.most_message_bytes();
    setup.fold = [this](EntityNo entity, std::span<const Member> members, Arena& arena) {
        std::vector<RecordView> views;
        for (const Member& member : members)
            views.push_back({precedence_.at(member.stream), member.key, member.document});
        return fold(views, fold_rules_[entity], arena);
    };
    return Preparation(std::move(setup), *store_);
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
