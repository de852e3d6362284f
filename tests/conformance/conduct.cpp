#include "tests/conformance/conduct.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "core/model/key_text.hpp"
#include "core/settings/render.hpp"
#include "tests/conformance/inspection.hpp"
#include "tests/conformance/reader.hpp"

namespace tributary::conformance {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 5> optional_calls{"keys", "fetch", "search", "committed", "check"};

/// What no connector ever wrote.
const std::array<std::string, 7> foreign_positions{
    "no json", "{}", "[]", "{\"v\":987654321}", "{\"v\":\"1\"}", "{\"v\":1,\"at\":{}}", std::string(100'000, '['),
};

void expect_no_default(std::span<const Option> options, Report& report) {
    for (const Option& option : options) {
        if (option.secret && !option.fallback.empty())
            report.add(Rule::options_unsound, "the secret '" + std::string(option.name) + "' has a default");
        expect_no_default(option.fields, report);
    }
}

/// A configuration with an option that nobody declares.
void expect_refusal(Trial& trial, const Configuration& configuration) {
    const Run run(trial, configuration);
    if (!run.refused() || run.complaints().find("no_such_option") == std::string::npos)
        trial.breaks(Rule::configuration_misread, "the option 'no_such_option' is taken: " + run.complaints());
}

/// A pull that was asked to stop may have had something to give nevertheless.
void take_what_came(Trial& trial, Reader& reader, const Result<Batch>& batch) {
    if (batch) {
        reader.take(*batch);
    } else if (batch.error().verdict != Verdict::retry && !trial.broken(Rule::stop_ignored)) {
        trial.breaks(Rule::error_unclassed, "a stopped pull is no retry: " + batch.error().code);
    }
}

void expect_retry(Trial& trial, Reader& reader) {
    const auto batch = reader.pull({}, std::chrono::seconds(30));
    if (!batch && batch.error().verdict == Verdict::retry && batch.error().code != "stopped") return;
    trial.breaks(Rule::outage_not_retried, batch ? "a batch comes from a source that is away"
                                                 : "a source that is away ends in " + batch.error().code);
}

void stop_what_never_ends(Trial& trial) {
    const Configuration endless = trial.subject().endless();
    if (endless.streams.empty()) return;
    const auto run = std::make_shared<Run>(trial, endless);
    for (Reader& reader : read_feeds(trial, run)) {
        const auto batch = reader.pull({}, milliseconds(100));
        if (batch || batch.error().code != "stopped")
            trial.breaks(Rule::stop_ignored, "a pull without end ends in " + (batch ? "a batch" : batch.error().code));
    }
}

void expect_findings(Trial& trial, Reader& reader, std::uint32_t stream, const std::string& column, bool fits) {
    const auto found = reader.feed().check(stream, std::array{column}, {});
    if (!found) {
        trial.heard(found.error());
        return trial.breaks(Rule::offer_untrue, "check: " + found.error().what);
    }
    bool good = true;
    for (const Finding& finding : *found) {
        trial.heard(finding.message, "a finding");
        good = good && finding.severity != Severity::error;
    }
    if (good != fits) trial.breaks(Rule::offer_untrue, "check takes the column " + column + (good ? "" : " for wrong"));
}

/// Whether the call is there, which must be what the connector says.
template <typename T>
bool is_there(Trial& trial, std::string_view call, const Result<T>& result) {
    const bool there = result || result.error().code != "not_offered";
    if (there != trial.offers(call))
        trial.breaks(Rule::offer_untrue, std::string(call) + (there ? " is there and not offered" : " is not there"));
    if (there && !result) trial.breaks(Rule::offer_untrue, std::string(call) + ": " + result.error().what);
    return result.has_value();
}

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds coarsest_stamp{2};

void compare_keys(Trial& trial, Reader& reader, std::uint32_t stream) {
    const std::string& name = reader.info().streams[stream];
    const auto before = reader.listed(stream);
    if (!is_there(trial, "keys", before)) return;
    const Rows rows = trial.subject().rows(name);
    const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (!std::equal(before->begin(), before->end(), rows.begin(), rows.end(), same_key))
        trial.breaks(Rule::offer_untrue, "keys lists other keys than the source holds");
    const std::string& changed = rows.begin()->first;
    if (const auto again = reader.listed(stream); again && *before != *again)
        trial.breaks(Rule::offer_untrue, "a version changes though its row does not");
    if (before->at(changed).empty() || !trial.subject().update(name, changed, "a newer text")) return;
    // a stamp may count in seconds: an update within the first one's cannot be told
    const auto version = [&] {
        const auto after = reader.listed(stream);
        return after ? after->at(changed) : std::string();
    };
    for (const auto until = Clock::now() + coarsest_stamp; version() == before->at(changed);) {
        if (Clock::now() > until) return trial.breaks(Rule::offer_untrue, "a version stays though its row changes");
        trial.subject().update(name, changed, "a newer text still");
    }
}

/// Fetches all rows, one of which is gone meanwhile, by themselves: the result is what the source holds.
void compare_rows(Trial& trial, const std::shared_ptr<Run>& run, std::size_t feed, std::uint32_t stream) {
    Reader reader(trial, run, feed);
    const std::string& name = reader.info().streams[stream];
    std::vector<std::vector<std::string>> keys;
    for (const auto& [key, text] : trial.subject().rows(name)) keys.push_back(key_parts(key));
    trial.subject().remove(name, joined_key(keys.front()));
    const auto versions = reader.listed(stream);
    const auto batch = reader.feed().fetch(stream, keys, {});
    if (!is_there(trial, "fetch", batch)) return;
    for (const Row& row : batch->rows) {
        const auto listed = versions ? versions->find(key_of(row)) : Reader::Versions::const_iterator{};
        if (versions && listed != versions->end() && !listed->second.empty() && listed->second != row.position)
            trial.breaks(Rule::offer_untrue, "a version is not the position that its row tells");
    }
    reader.take(*batch);
    if (reader.place().copy.streams[stream] != trial.subject().rows(name))
        trial.breaks(Rule::offer_untrue, "fetch gives other rows than the source holds");
}

/// Searches for some of the rows by their texts, in small pages.
void compare_found(Trial& trial, Reader& reader, std::uint32_t stream) {
    Rows wanted;
    Sought sought{.columns = {trial.subject().text_column()}, .values = {{"nobody's text"}}};
    for (const auto& [key, text] : trial.subject().rows(reader.info().streams[stream])) {
        if (wanted.size() == 3) break;
        sought.values.push_back({text});
        wanted[key] = text;
    }
    Rows found;
    Position after;
    for (bool more = true; more;) {
        const auto batch = reader.feed().search(stream, sought, after, {.rows = 2}, {});
        if (!is_there(trial, "search", batch)) return;
        inspect(trial, reader.info(), *batch, {.rows = 2});
        for (const Row& row : batch->rows)
            if (const Value* const text = column(row, trial.subject().text_column()))
                found[key_of(row)] = spelled(*text);
        more = batch->more;
        if (more && batch->next == after) return trial.breaks(Rule::offer_untrue, "search does not move on");
        after = batch->next;
    }
    for (const auto& [key, text] : wanted)
        if (!found.contains(key)) trial.breaks(Rule::offer_untrue, "search does not find a row by its text");
    sought.columns = {"no_such_column"};
    const auto none = reader.feed().search(stream, sought, {}, {}, {});
    if (none || none.error().verdict != Verdict::stop)
        trial.breaks(Rule::offer_untrue, "search by a column that is not there ends in anything but `stop`");
}

}  // namespace

void declares_options(const MakeSubject& make, Report& report) {
    Trial trial(make, report);
    const Connector& connector = trial.subject().connector();
    for (const auto options : {connector.source_options(), connector.stream_options()}) {
        for (const std::string& fault : declaration_faults(options)) report.add(Rule::options_unsound, fault);
        expect_no_default(options, report);
    }
    if (connector.name().empty() || connector.summary().empty())
        report.add(Rule::options_unsound, "a connector without name or summary");
    for (const std::string_view call : connector.offers())
        if (std::find(optional_calls.begin(), optional_calls.end(), call) == optional_calls.end())
            report.add(Rule::offer_untrue, "there is no optional call '" + std::string(call) + "'");
    const Configuration good = trial.subject().configuration();
    expect_refusal(trial, {"{no_such_option: 1}", good.streams});
    expect_refusal(trial, {good.source, {{"stream", "{no_such_option: 1}"}}});
}

void respects_limits(const MakeSubject& make, Report& report) {
    if (!reads_pages(report)) return;
    Trial trial(make, report);
    trial.insert_together(60, Stamp::next, 50'000);
    auto readers = read_feeds(trial, start(trial));
    get_all(readers, Rule::position_ahead_of_rows, "pages cut by their bytes", {.bytes = 512 * 1024});
}

void ends_at_a_stop_request(const MakeSubject& make, Report& report) {
    if (!reads_pages(report)) return;
    Trial trial(make, report);
    trial.insert_together(8);
    auto readers = read_feeds(trial, start(trial));
    for (Reader& reader : readers)
        for (int i = 0; i < 3; ++i) take_what_came(trial, reader, reader.pull({.rows = 2}, milliseconds(0)));
    if (trial.broken(Rule::stop_ignored)) return;
    if (!get_all(readers, Rule::row_lost_by_stop, "after pulls that were stopped")) return;
    for (Reader& reader : readers) take_what_came(trial, reader, reader.pull({}, milliseconds(50)));
    if (trial.broken(Rule::stop_ignored)) return;
    trial.insert_together(3);
    get_all(readers, Rule::row_lost_by_stop, "after a pull that was stopped while there was nothing to read");
    stop_what_never_ends(trial);
}

void survives_an_outage(const MakeSubject& make, Report& report) {
    if (report.has(Rule::row_lost)) return;
    Trial trial(make, report);
    trial.insert_together(5);
    auto readers = read_feeds(trial, start(trial));
    if (!get_all(readers, Rule::row_lost, "a load of 5 rows")) return;
    // what is connected notices only when there is something to read
    trial.insert_together(2);
    if (!trial.subject().cut()) return;
    auto later = read_feeds(trial, start(trial));
    for (Reader& reader : readers) expect_retry(trial, reader);
    for (Reader& reader : later) expect_retry(trial, reader);
    trial.subject().restore();
    get_all(readers, Rule::row_lost_by_outage, "after an outage");
    get_all(later, Rule::row_lost_by_outage, "started during an outage");
}

void judges_errors(const MakeSubject& make, Report& report) {
    Trial trial(make, report);
    for (const Refused& refused : trial.subject().refused()) {
        const auto run = std::make_shared<Run>(trial, refused.configuration);
        if (!run->source()) {
            trial.breaks(Rule::configuration_misread, refused.why + " is refused before it is tried");
            continue;
        }
        Reader reader(trial, run, 0);
        const auto batch = reader.pull({}, std::chrono::seconds(30));
        if (batch || batch.error().verdict != refused.verdict)
            trial.breaks(Rule::error_unclassed, refused.why + " ends in " + (batch ? "a batch" : batch.error().code));
        if (const auto found = reader.feed().check(0, {}, {}); !found) trial.heard(found.error());
    }
}

void refuses_foreign_positions(const MakeSubject& make, Report& report) {
    Trial trial(make, report);
    trial.insert_together(2);
    for (Reader& reader : read_feeds(trial, start(trial)))
        for (const std::string& json : foreign_positions) {
            reader.go_to({Position{json}, reader.place().copy});
            const auto batch = reader.pull();
            if (batch || batch.error().verdict != Verdict::stop)
                trial.breaks(Rule::foreign_position_taken,
                             json.substr(0, 40) + " ends in " + (batch ? "a batch" : batch.error().code));
        }
}

void owns_its_memory(const MakeSubject& make, Report& report) {
    if (report.has(Rule::row_lost)) return;
    Trial trial(make, report);
    trial.insert_together(40, Stamp::next, 300);
    std::vector<Batch> batches;
    std::string before;
    for (Reader& reader : read_feeds(trial, start(trial)))
        for (int i = 0; i < 2; ++i) {
            auto batch = reader.pull({.rows = 20});
            if (!batch) return trial.breaks(Rule::healthy_source_fails, batch.error().what);
            before += spelled(*batch);
            reader.take(*batch);
            batches.push_back(std::move(*batch));
        }
    std::string after;
    for (const Batch& batch : batches) after += spelled(batch);
    if (before != after) trial.breaks(Rule::memory_outside_arena, "a batch reads differently once its feed is closed");
}

void checks_definitions(const MakeSubject& make, Report& report) {
    Trial trial(make, report);
    if (!trial.offers("check")) return;
    trial.insert_together(2);
    for (Reader& reader : read_feeds(trial, start(trial)))
        for (std::uint32_t stream = 0; stream < reader.info().streams.size(); ++stream) {
            expect_findings(trial, reader, stream, trial.subject().text_column(), true);
            expect_findings(trial, reader, stream, "no_such_column", false);
        }
}

void searches_rows(const MakeSubject& make, Report& report) {
    Trial trial(make, report);
    trial.insert_together(8);
    for (Reader& reader : read_feeds(trial, start(trial)))
        for (std::uint32_t stream = 0; stream < reader.info().streams.size(); ++stream)
            compare_found(trial, reader, stream);
}

void lists_keys(const MakeSubject& make, Report& report) {
    Trial trial(make, report);
    trial.insert_together(8);
    const auto run = start(trial);
    auto readers = read_feeds(trial, run);
    for (std::size_t feed = 0; feed < readers.size(); ++feed)
        for (std::uint32_t stream = 0; stream < readers[feed].info().streams.size(); ++stream) {
            compare_keys(trial, readers[feed], stream);
            compare_rows(trial, run, feed, stream);
        }
}

}  // namespace tributary::conformance
