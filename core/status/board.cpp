#include "core/status/board.hpp"

#include <utility>

#include "core/status/health.hpp"

namespace tributary {

using Lock = std::lock_guard<std::mutex>;

StepScope::~StepScope() {
    if (board_ == nullptr) return;
    const Lock lock(board_->mutex_);
    *activity_ = {};
}

void LoopStatus::turned() {
    const auto now = board_.now();
    const Lock lock(board_.mutex_);
    shown_.last_turn = now;
}

StepScope LoopStatus::enter(Step step, std::int64_t limit) {
    const auto now = board_.now();
    const Lock lock(board_.mutex_);
    shown_.last_turn = now;
    shown_.activity = {step, now, limit};
    return {&board_, &shown_.activity};
}

StepScope FeedStatus::enter(Step step, std::int64_t limit) {
    const auto now = board_.now();
    const Lock lock(board_.mutex_);
    shown_.activity = {step, now, limit};
    return {&board_, &shown_.activity};
}

void FeedStatus::change_state(FeedState state, std::string code, std::string reason) {
    if (shown_.state != state) shown_.since = board_.now();
    shown_.state = state;
    shown_.code = std::move(code);
    shown_.reason = std::move(reason);
    shown_.retry_at = no_time;
}

void FeedStatus::pulled(const Pulled& batch) {
    const Lock lock(board_.mutex_);
    // a pull that was under way when somebody paused or parked the feed does not start it again
    if (shown_.state == FeedState::unassigned || shown_.state == FeedState::waiting)
        change_state(FeedState::running, {}, {});
    shown_.last_pull = board_.now();
    ++shown_.pulls;
    shown_.rows += batch.rows;
    pulled_conditions_.assign(batch.conditions.begin(), batch.conditions.end());
    show_conditions();
    if (batch.phase == FeedPhase::load || !rereading_) show_progress(batch.phase, batch.progress);
}

void FeedStatus::rereading(const std::optional<Progress>& progress) {
    const Lock lock(board_.mutex_);
    if (progress && !rereading_) rate_.reset();
    rereading_ = progress.has_value();
    show_progress(progress ? FeedPhase::reread : FeedPhase::poll, progress.value_or(Progress{}));
}

void FeedStatus::show_progress(FeedPhase phase, const Progress& progress) {
    shown_.phase = phase;
    shown_.progress = progress;
    if (phase == FeedPhase::poll)
        rate_.reset();
    else
        rate_.add(board_.now(), progress.rows);
    shown_.rows_per_second = rate_.per_second();
    shown_.eta = rate_.eta(progress.expected);
}

void FeedStatus::compared(std::span<const Condition> conditions) {
    const Lock lock(board_.mutex_);
    compared_conditions_.assign(conditions.begin(), conditions.end());
    show_conditions();
}

void FeedStatus::show_conditions() {
    shown_.conditions = pulled_conditions_;
    shown_.conditions.insert(shown_.conditions.end(), compared_conditions_.begin(), compared_conditions_.end());
}

void FeedStatus::failed(const Error& error, std::int64_t retry_at) {
    const Lock lock(board_.mutex_);
    ++shown_.pull_errors;
    change_state(FeedState::waiting, error.code, error.what);
    shown_.retry_at = retry_at;
}

void FeedStatus::waits(const Error& error) {
    const Lock lock(board_.mutex_);
    change_state(FeedState::waiting, error.code, error.what);
}

void FeedStatus::parked(const Error& error, std::int64_t retry_at) {
    const Lock lock(board_.mutex_);
    change_state(FeedState::parked, error.code, error.what);
    shown_.retry_at = retry_at;
}

void FeedStatus::paused(std::string reason) {
    const Lock lock(board_.mutex_);
    change_state(FeedState::paused, {}, std::move(reason));
}

void FeedStatus::stopped() {
    const Lock lock(board_.mutex_);
    change_state(FeedState::stopped, {}, {});
}

void FeedStatus::resumed() {
    const Lock lock(board_.mutex_);
    change_state(FeedState::unassigned, {}, {});
}

void FeedStatus::restarted() {
    const Lock lock(board_.mutex_);
    ++shown_.restarts;
}

void FeedStatus::found_room() {
    const Lock lock(board_.mutex_);
    shown_.found_room = board_.now();
}

void FeedStatus::committed(const Committed& part) {
    const Lock lock(board_.mutex_);
    if (part.events > 0) shown_.last_event = board_.now();
    shown_.events += part.events;
    shown_.rejects += part.rejects;
    if (!part.position.empty()) shown_.position = part.position;
    if (part.current_to != no_time) shown_.current_to = part.current_to;
    if (part.unresolved) shown_.unresolved = *part.unresolved;
}

void FeedStatus::caught_up(std::int64_t current_to) {
    const Lock lock(board_.mutex_);
    if (current_to != no_time) shown_.current_to = current_to;
}

void FeedStatus::queued(std::uint64_t bytes) {
    const Lock lock(board_.mutex_);
    shown_.queue_bytes = bytes;
}

void FeedStatus::restored(std::string_view position, std::uint64_t unresolved) {
    const Lock lock(board_.mutex_);
    shown_.position = position;
    shown_.unresolved = unresolved;
}

StatusBoard::StatusBoard(Process process, Clock clock) : clock_(std::move(clock)) {
    shown_.started = clock_();
    shown_.version = std::move(process.version);
    shown_.source_commit = std::move(process.source_commit);
    shown_.instance = std::move(process.instance);
    shown_.tenant = std::move(process.tenant);
    shown_.broker = {.ok = false, .code = "not_tried", .reason = "not reached yet", .since = shown_.started};
    shown_.store = {.ok = false, .code = "not_tried", .reason = "not opened yet", .since = shown_.started};
}

LoopStatus& StatusBoard::loop(std::string name, std::int64_t limit) {
    const Lock lock(mutex_);
    LoopStatus& added = *loops_.emplace_back(new LoopStatus(*this));
    added.shown_ = {.name = std::move(name), .limit = limit, .last_turn = now(), .activity = {}};
    return added;
}

FeedStatus& StatusBoard::feed(FeedSettings settings) {
    const Lock lock(mutex_);
    FeedStatus& added = *feeds_.emplace_back(new FeedStatus(*this));
    added.shown_.source = std::move(settings.source);
    added.shown_.feed = std::move(settings.feed);
    added.shown_.streams = std::move(settings.streams);
    added.shown_.every = settings.every;
    added.shown_.waits_for_news = settings.waits_for_news;
    added.shown_.since = now();
    return added;
}

void StatusBoard::stage(ProcessStage stage, std::string doing) {
    const Lock lock(mutex_);
    shown_.stage = stage;
    shown_.doing = std::move(doing);
}

bool StatusBoard::succeeded(LinkSnapshot& link) const {
    const auto at = now();
    const bool news = !link.ok && link.code != "not_tried";
    if (!link.ok) link.since = at;
    link.ok = true;
    link.code.clear();
    link.reason.clear();
    link.last_ok = at;
    return news;
}

bool StatusBoard::failed(LinkSnapshot& link, const Error& error) const {
    const bool news = link.ok || link.code == "not_tried";
    if (news) link.since = now();
    link.ok = false;
    link.code = error.code;
    link.reason = error.what;
    return news;
}

bool StatusBoard::broker_ok() {
    const Lock lock(mutex_);
    return succeeded(shown_.broker);
}

bool StatusBoard::broker_failed(const Error& error) {
    const Lock lock(mutex_);
    return failed(shown_.broker, error);
}

void StatusBoard::store_ok() {
    const Lock lock(mutex_);
    (void)succeeded(shown_.store);
}

void StatusBoard::store_committed(std::uint64_t number) {
    const Lock lock(mutex_);
    (void)succeeded(shown_.store);
    shown_.last_commit_number = number;
}

void StatusBoard::store_failed(const Error& error) {
    const Lock lock(mutex_);
    (void)failed(shown_.store, error);
}

void StatusBoard::condition(Condition condition) {
    const Lock lock(mutex_);
    std::erase_if(shown_.conditions, [&](const Condition& one) { return one.code == condition.code; });
    shown_.conditions.push_back(std::move(condition));
}

Snapshot StatusBoard::snapshot() const {
    const Lock lock(mutex_);
    Snapshot copy = shown_;
    copy.now = now();
    for (const auto& each : loops_) copy.loops.push_back(each->shown_);
    for (const auto& each : feeds_) copy.feeds.push_back(each->shown_);
    for (FeedSnapshot& each : copy.feeds) mark_stalled(each, copy.now);
    return copy;
}

}  // namespace tributary
