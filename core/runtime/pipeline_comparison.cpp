#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/pipeline.hpp"
#include "core/status/log.hpp"

namespace tributary {

/// A full read tells its comparison what it saw; a row that was rejected is there all the same.
void Pipeline::compare_full_read(const Work& work) {
    const Scan mark = work.batch.scan;
    if (mark == Scan::none) return;
    for (const Stream& stream : setup_.streams)
        if (stream.comparison && mark == Scan::begin) stream.comparison->scan(mark);
    for (const MappedRow& row : work.rows)
        if (const auto& comparison = setup_.streams[row.row->stream].comparison; comparison && comparison->scanning())
            comparison->saw(row.key);
    for (const Stream& stream : setup_.streams)
        if (stream.comparison && mark == Scan::end) stream.comparison->scan(mark);
}

Comparison* Pipeline::comparison_due(std::int64_t now) {
    if (!settled_) return nullptr;
    for (const Stream& stream : setup_.streams)
        if (stream.comparison && stream.comparison->due() <= now) return stream.comparison.get();
    return nullptr;
}

std::int64_t Pipeline::next_in_background() const {
    std::int64_t next = INT64_MAX;
    if (!settled_) return next;
    if (setup_.record.reread || setup_.record.entries) next = reread_at_;
    for (const Stream& stream : setup_.streams)
        if (stream.comparison) next = std::min(next, stream.comparison->due());
    return next;
}

/// One chunk. What it read is handed over behind everything that was pulled before, and before whatever is pulled next.
Pipeline::Next Pipeline::compare(Comparison& comparison, std::stop_token stop) {
    const Comparison::Moment moment{clock_(), polls_, queue_.bytes(setup_.feed) == 0};
    auto outcome = [&] {
        auto step = setup_.status->enter(Step::pull, setup_.pull_limit);
        return comparison.step(*feed_, moment, stop);
    }();
    tell_conditions();
    if (!outcome) {
        if (outcome.error().code == "cache_busy") return {clock_() + 10'000, false};
        if (outcome.error().code != "stopped")
            log_warning("compare", "keys cannot be compared, trying again later",
                        {{"source", setup_.source},
                         {"feed", setup_.name},
                         {"code", outcome.error().code},
                         {"reason", outcome.error().what}});
        return {clock_(), false};
    }
    if (const auto& finished = outcome->finished)
        log_info("compare", finished->sweep ? "swept" : "keys compared",
                 {{"source", setup_.source},
                  {"stream", infos_[comparison.stream()]->name},
                  {"keys", finished->listed},
                  {"deleted", finished->removed},
                  {"fetched", finished->fetched},
                  {"seconds", static_cast<double>(finished->micros) / 1e6}});
    if (outcome->rows && !outcome->rows->rows.empty()) {
        outcome->rows->next = position_;
        outcome->rows->cause = Cause::repair;
        // what a poll would have brought in a moment is news, whoever reads it first
        map(std::move(*outcome->rows), setup_.record.current_to);
    }
    if (!outcome->removed.empty()) remove(comparison.stream(), outcome->removed);
    if (pending_ && !hand_over()) return {clock_() + 1'000'000, true};
    return {std::min(due_, next_in_background()), false};
}

void Pipeline::remove(std::uint32_t stream, const std::vector<std::string>& keys) {
    Batch batch;
    batch.next = position_;
    batch.read_at = clock_();
    batch.rows.resize(keys.size());
    for (Row& row : batch.rows) {
        row.stream = stream;
        row.op = Op::remove;
    }
    pending_ = new_work(std::move(batch));
    for (std::size_t i = 0; i < keys.size(); ++i)
        pending_->rows.push_back({&pending_->batch.rows[i], pending_->batch.arena.copy(keys[i]), {}, nullptr});
    log_info("compare", "rows are gone from the source, their entities are deleted",
             {{"source", setup_.source}, {"stream", infos_[stream]->name}, {"rows", keys.size()}});
}

/// Said on the board as long as they hold, in the log once.
void Pipeline::tell_conditions() {
    std::vector<Condition> conditions;
    for (const Stream& stream : setup_.streams)
        if (stream.comparison) std::ranges::copy(stream.comparison->conditions(), std::back_inserter(conditions));
    if (setup_.lookups) std::ranges::move(setup_.lookups->conditions(), std::back_inserter(conditions));
    if (conditions == told_) return;
    for (const Condition& condition : conditions)
        if (std::ranges::find(told_, condition) == told_.end())
            log_warning("compare", condition.what,
                        {{"source", setup_.source}, {"feed", setup_.name}, {"code", condition.code}});
    setup_.status->compared(conditions);
    told_ = std::move(conditions);
}

}  // namespace tributary
