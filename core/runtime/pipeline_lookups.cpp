#include "core/runtime/pipeline.hpp"
#include "core/status/log.hpp"

namespace tributary {

/// Null: the look-ups are there, and in use.
std::optional<Polled::Next> Pipeline::wait_for_lookups() {
    if (const auto hold = setup_.lookups->refresh()) return hold_back(*hold);
    if (std::exchange(held_, std::nullopt)) {
        setup_.status->resumed();
        log_debug("lookup", "the feed goes on", {{"source", setup_.source}, {"feed", setup_.name}});
    }
    const auto& contents = setup_.lookups->contents();
    if (wants_reread(setup_.record, position_, contents)) {
        if (auto changed = setup_.lookups->changed(setup_.record.lookups)) {
            reread_entries(std::move(*changed));
        } else {
            reread_for_lookups();
            log_info("lookup", "a look-up changed: all rows are read again, only differences go out",
                     {{"source", setup_.source}, {"feed", setup_.name}});
        }
    }
    if (setup_.record.lookups != contents) setup_.record.lookups = contents;
    tell_conditions();
    return std::nullopt;
}

Polled::Next Pipeline::hold_back(const LookupHold& hold) {
    const std::int64_t again = clock_() + 1'000'000;
    if (held_ == hold) return {again, true};
    held_ = hold;
    const bool waits = hold.error.verdict != Verdict::stop;
    if (waits)
        setup_.status->waits(hold.error);
    else
        setup_.status->parked(hold.error);
    if (hold.misfit && position_.empty()) {
        const std::lock_guard lock(mutex_);
        refusal_ = hold.error.what;
    }
    const auto say = waits ? log_debug : log_error;
    say("lookup", waits ? "the feed waits" : "the feed is parked until this is mended",
        {{"source", setup_.source}, {"feed", setup_.name}, {"code", hold.error.code}, {"reason", hold.error.what}});
    return {again, true};
}

}  // namespace tributary
