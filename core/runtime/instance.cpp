#include "core/runtime/instance.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/pipeline_setup.hpp"
#include "core/status/log.hpp"

namespace tributary {

namespace {

std::size_t feed_count(const Configuration& configuration) {
    std::size_t count = 0;
    for (const auto& source : configuration.sources) count += source.source->feeds().size();
    return count;
}

Session::Setup session_setup(Session::Setup setup, const Configuration& configuration) {
    setup.feeds = feed_count(configuration);
    return setup;
}

}  // namespace

Instance::Instance(Configuration& configuration, Setup setup, StatusBoard& board, Metrics& metrics, Clock clock)
    : configuration_(configuration),
      setup_(std::move(setup)),
      board_(board),
      metrics_(metrics),
      clock_(std::move(clock)),
      journal_(board, metrics),
      session_(configuration, session_setup(setup_.session, configuration), journal_, board, metrics, clock_) {
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
}

Instance::~Instance() = default;

int Instance::run() {
    if (auto refusal = session_.start()) return end(refusal->exit_code, refusal->why);
    if (session_.stopping() || session_.ended()) return shut_down();
    if (auto made = make_pipelines(); !made) return end(78, made.error().what);
    board_.stage(ProcessStage::running);
    log_info("run", "running",
             {{"instance", configuration_.instance},
              {"feeds", pipelines_.size()},
              {"commit", session_.store().commit_number()}});
    answer_questions(true);
    session_.step_until([this] {
        answer_question();
        return refused_definitions().has_value();
    });
    answer_questions(false);
    if (auto refused = refused_definitions()) return end(78, *refused);
    return shut_down();
}

Result<std::vector<std::string>> Instance::would_start(const Configuration& next) {
    Question question{configured_feeds(next), next.retired};
    std::unique_lock lock(question_mutex_);
    const auto unknown = [] { return fail(Verdict::retry, "not_running", "the commit loop does not run"); };
    if (!answers_ || question_ != nullptr) return unknown();
    question_ = &question;
    session_.wake();
    answered_.wait(lock, [&] { return question.answer.has_value() || !answers_; });
    question_ = nullptr;
    return question.answer ? std::move(*question.answer) : Result<std::vector<std::string>>(unknown());
}

void Instance::answer_question() {
    const std::lock_guard lock(question_mutex_);
    if (question_ == nullptr || question_->answer) return;
    const auto starts = start_positions(question_->feeds, committed_feeds(), question_->retired);
    if (!starts) {
        question_->answer = std::unexpected(starts.error());
    } else {
        std::vector<std::string> fresh;
        for (std::size_t i = 0; i < starts->size(); ++i)
            // what is read again behind the polls is read with new columns as well
            if ((*starts)[i].record.position.empty() || (*starts)[i].record.reread)
                fresh.push_back(question_->feeds[i].source + "/" + question_->feeds[i].name);
        question_->answer = std::move(fresh);
    }
    answered_.notify_all();
}

void Instance::answer_questions(bool from_now_on) {
    const std::lock_guard lock(question_mutex_);
    answers_ = from_now_on;
    answered_.notify_all();
}

/// The checkpoints as they were read at the start, and what has been committed since.
std::map<std::string, FeedRecord> Instance::committed_feeds() const {
    auto feeds = session_.checkpoints().feeds();
    const Snapshot now = board_.snapshot();
    for (const ConfiguredFeed& own : configured_)
        for (const FeedSnapshot& shown : now.feeds)
            if (shown.source == own.source && shown.feed == own.name && !shown.position.empty())
                feeds[own.source + "/" + own.name] = {{shown.position}, std::nullopt, no_time, own.streams};
    return feeds;
}

Result<> Instance::make_pipelines() {
    configured_ = configured_feeds(configuration_);
    auto starts = start_positions(configured_, session_.checkpoints().feeds(), configuration_.retired);
    if (!starts) return std::unexpected(starts.error());
    notes_ = std::make_unique<ComparisonNotes>(session_.state_directory());
    resets_ = std::make_unique<ResetRequests>(session_.state_directory());
    std::vector<Journal::FeedEntry> entries;
    std::vector<Polled*> polled;
    std::vector<Polled*> waiting;
    make_lookups(polled);
    std::size_t index = 0;
    for (auto& source : configuration_.sources) {
        const auto& infos = source.source->feeds();
        const auto came_back = std::make_shared<std::atomic<std::int64_t>>(no_time);
        for (std::size_t i = 0; i < infos.size(); ++i, ++index) {
            if (!(*starts)[index].note.empty()) log_info("run", (*starts)[index].note);
            auto setup = pipeline_setup(index, source, infos[i], std::move((*starts)[index].record));
            setup.resets = resets_.get();
            setup.came_back = came_back;
            setup.reopen = [&source, i] { return source.source->open(i); };
            Journal::FeedEntry entry{nullptr, statuses_[index], {}, {}};
            for (const auto& stream : setup.streams) {
                entry.streams.push_back(stream.info);
                entry.metrics.push_back(stream.metrics);
            }
            pipelines_.push_back(
                std::make_unique<Pipeline>(std::move(setup), source.source->open(i), session_.queue(), clock_));
            entry.pipeline = pipelines_.back().get();
            (infos[i].waits_for_news ? waiting : polled).push_back(entry.pipeline);
            entries.push_back(std::move(entry));
        }
    }
    session_.queue().on_bytes([this](FeedNo feed, std::size_t bytes) { statuses_[feed]->queued(bytes); });
    journal_.feeds(std::move(entries), [this](StreamNo stream) { return session_.store().rejects(stream); });
    journal_.on_event(setup_.on_event);
    journal_.on_reject(setup_.on_reject);
    const auto threads_of = [this](const std::string& name) {
        return std::ranges::find(configuration_.sources, name, &SourceConfiguration::name)->source->at_a_time();
    };
    pool_ = std::make_unique<FeedPool>(std::move(polled), std::move(waiting), threads_of, clock_);
    shown_pool_ = pool_.get();
    session_.queue().on_room([this](FeedNo) { pool_->room(); });
    return {};
}

/// Only those that somebody uses. A step of one never waits for the commit loop, so reading it holds nobody up.
void Instance::make_lookups(std::vector<Polled*>& polled) {
    for (auto& source : configuration_.sources)
        for (std::size_t i = 0; i < source.lookups.size(); ++i) {
            const LookupConfiguration& lookup = source.lookups[i];
            if (lookup.takes.empty()) continue;
            auto& made = lookups_[source.name].emplace_back(
                std::make_unique<Lookup>(lookup_setup(source, lookup), source.source->open_lookup(i), clock_));
            made->on_news([this] { news_of_lookups(); });
            polled.push_back(made.get());
        }
}

/// From the pool's threads, which may run before the pool is known here.
void Instance::news_of_lookups() {
    if (FeedPool* const pool = shown_pool_.load()) pool->room();
}

Pipeline::Setup Instance::pipeline_setup(std::size_t index, SourceConfiguration& source, const FeedInfo& info,
                                         FeedRecord record) {
    Pipeline::Setup setup;
    setup.feed = static_cast<FeedNo>(index);
    setup.source = source.name;
    setup.name = info.name;
    setup.checkpoint_key = checkpoint::feed_key(configuration_.instance, source.name, info.name);
    setup.every = INT64_MAX;
    setup.seed = setup_.session.seed + index;
    setup.status = statuses_[index];
    setup.metrics = &metrics_.feed(source.name, info.name);
    std::uint64_t unresolved = 0;
    const auto entities = session_.streams().entities();
    for (const auto& name : info.streams) {
        StreamConfiguration& stream = *source.stream(name);
        const StreamInfo& known = session_.streams().of(source.name, name);
        unresolved += static_cast<std::uint64_t>(session_.store().rejects(known.no));
        setup.every = std::min(setup.every, stream.every);
        Pipeline::Stream part{&known, std::move(stream.mapping), {}, nullptr, nullptr};
        auto compared = comparison_setup(source, stream, part, static_cast<std::uint32_t>(setup.streams.size()));
        compared.seed = setup_.session.seed;
        part.comparison = std::make_unique<Comparison>(std::move(compared), session_.questions(), *notes_);
        for (const auto& column : part.mapping->columns()) part.columns.push_back(column.name);
        part.metrics = &metrics_.stream(source.name, name, entities[part.mapping->entity()].name);
        setup.streams.push_back(std::move(part));
    }
    if (const auto lookups = lookups_.find(source.name); lookups != lookups_.end())
        setup.lookups = lookups_in_use(setup.streams, lookups->second);
    setup.status->restored(record.position.json, unresolved);
    setup.record = std::move(record);
    return setup;
}

std::optional<std::string> Instance::refused_definitions() const {
    for (const auto& pipeline : pipelines_)
        if (auto refusal = pipeline->refuses_to_start()) return refusal;
    return std::nullopt;
}

int Instance::end(int code, const std::string& why) {
    if (session_.stopping()) return shut_down();
    log_error("run", "the daemon ends", {{"exit", code}, {"reason", why}});
    (void)shut_down();
    return code;
}

/// Feeds first, so that nothing new arrives; then what is in flight is committed or rolled back, as far as time allows.
int Instance::shut_down() {
    board_.stage(ProcessStage::stopping, "finishing the transaction in flight");
    const std::int64_t deadline = clock_() + configuration_.stop_within;
    session_.stop();
    const bool ended_feeds = pool_ == nullptr || pool_->stop(configuration_.stop_within);
    const auto ended = session_.ended();
    const bool clean = session_.finish(deadline) && ended_feeds;
    settled_ = clean && session_.settled();
    if (!clean) log_warning("run", "what is in flight is settled at the next start");
    if (!ended) return 0;
    log_error("run", "the daemon ends", {{"exit", ended->exit_code}, {"reason", ended->reason}});
    return ended->exit_code;
}

}  // namespace tributary
