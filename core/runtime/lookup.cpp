#include "core/runtime/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/status/log.hpp"

namespace tributary {

Result<std::shared_ptr<const LookupTable>> read_lookup(Feed& feed, const LookupRead& asked, std::stop_token stop) {
    LookupBuilder builder(asked.name, asked.key, asked.most_bytes);
    Position position;
    for (bool more = true; more;) {
        auto batch = feed.pull(position, {}, stop);
        if (!batch) return std::unexpected(batch.error());
        position = batch->next;
        more = batch->more;
        if (auto added = builder.add(std::move(*batch)); !added) return std::unexpected(added.error());
    }
    return builder.finish();
}

Lookup::Setup lookup_setup(const SourceConfiguration& source, const LookupConfiguration& lookup) {
    Lookup::Setup setup;
    setup.source = source.name;
    setup.asked = {.name = lookup.name, .key = lookup.key};
    setup.every = lookup.every;
    setup.place = text_of(lookup.place);
    for (const auto& take : lookup.takes) setup.columns.push_back({take.name, text_of(take.place)});
    return setup;
}

Lookup::Lookup(Setup setup, std::unique_ptr<Feed> feed, Clock clock)
    : setup_(std::move(setup)),
      feed_(std::move(feed)),
      clock_(std::move(clock)),
      backoff_(200'000, 60'000'000, setup_.seed) {}

Polled::Next Lookup::step(std::stop_token stop) {
    if (clock_() < due_) return {due_, false};
    const std::int64_t began = clock_();
    if (!checked_)
        if (auto checked = check(stop); !checked) return failed(checked.error());
    auto table = read_lookup(*feed_, setup_.asked, std::move(stop));
    if (!table) return failed(table.error());
    backoff_.reset();
    due_ = began + setup_.every;
    if (!shown().table)
        log_info("lookup", "read", {{"source", setup_.source}, {"lookup", name()}, {"rows", (*table)->size()}});
    show({std::move(*table), std::nullopt, false});
    return {due_, false};
}

Result<> Lookup::check(std::stop_token stop) {
    std::vector<std::string> names;
    names.reserve(setup_.columns.size());
    for (const Column& column : setup_.columns) names.push_back(column.name);
    const auto findings = feed_->check(0, names, std::move(stop));
    if (!findings) return std::unexpected(findings.error());
    std::string errors;
    for (const Finding& finding : *findings) {
        if (finding.severity != Severity::error) continue;  // an index that is missing slows no whole read down
        const auto column = std::ranges::find(setup_.columns, finding.column, &Column::name);
        const std::string& place = column == setup_.columns.end() ? setup_.place : column->place;
        errors +=
            fmt::format("{}{}{}{}", errors.empty() ? "" : "; ", place, place.empty() ? "" : ": ", finding.message);
    }
    checked_ = errors.empty();
    misfit_ = !checked_;
    if (checked_) return {};
    return fail(Verdict::stop, "definition_does_not_fit", fmt::format("look-up '{}': {}", name(), errors));
}

Polled::Next Lookup::failed(const Error& error) {
    if (error.code == "stopped") return {clock_(), false};
    checked_ = false;
    const bool passes = error.verdict != Verdict::stop;
    due_ = clock_() + (passes ? backoff_.next(error.retry_after) : std::min(setup_.every, setup_.retry_stopped));
    log_warning("lookup", "cannot be read, trying again",
                {{"source", setup_.source}, {"lookup", name()}, {"code", error.code}, {"reason", error.what}});
    show({shown().table, error, std::exchange(misfit_, false)});
    return {due_, false};
}

Lookup::Shown Lookup::shown() const {
    const std::lock_guard lock(mutex_);
    return shown_;
}

void Lookup::show(Shown shown) {
    {
        const std::lock_guard lock(mutex_);
        shown_ = std::move(shown);
    }
    if (tell_) tell_();
}

}  // namespace tributary
