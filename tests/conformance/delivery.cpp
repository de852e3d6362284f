#include "tests/conformance/delivery.hpp"

#include "tests/conformance/reader.hpp"

namespace tributary::conformance {
namespace {

void remove_first(Trial& trial) {
    for (const std::string& stream : trial.streams())
        if (const Rows rows = trial.subject().rows(stream); !rows.empty())
            trial.subject().remove(stream, rows.begin()->first);
}

/// Reads a feed in pages of two while rows are written, updated and deleted between them.
std::vector<Reader::Place> places_of_a_life(Trial& trial, Reader& reader) {
    std::vector<Reader::Place> places;
    const Feed::Limits pages{.rows = 2};
    trial.insert_together(5);
    bool sound = reader.gets_all(Rule::row_lost, "a load of 5 rows", pages, &places);
    trial.insert_one_by_one(2);
    trial.update_some();
    if (!trial.broken(Rule::delete_lost)) remove_first(trial);
    sound = sound && reader.gets_all(Rule::row_lost, "a poll after writes", pages, &places);
    trial.insert_together(3);
    sound = sound && reader.gets_all(Rule::row_lost, "the next poll", pages, &places);
    places.push_back(reader.place());
    return sound ? places : std::vector<Reader::Place>{};
}

std::string behind(const Reader::Place& place) { return "from the position " + place.position.json.substr(0, 200); }

}  // namespace

void delivers_everything(const MakeSubject& make, Report& report) {
    Trial filled(make, report);
    filled.insert_together(20);
    auto readers = read_feeds(filled, start(filled));
    if (!get_all(readers, Rule::row_lost, "a load of 20 rows")) return;
    filled.insert_one_by_one(4);
    filled.update_some();
    get_all(readers, Rule::row_lost, "a poll after inserts and updates");

    Trial empty(make, report);
    auto waiting = read_feeds(empty, start(empty));
    for (Reader& reader : waiting)
        if (!reader.info().waits_for_news) reader.gets_more();
    empty.insert_together(3);
    get_all(waiting, Rule::row_lost, "the first rows of a source that was empty");
}

void delivers_page_by_page(const MakeSubject& make, Report& report) {
    if (report.has(Rule::row_lost)) return;
    Trial trial(make, report);
    trial.insert_one_by_one(12);
    auto readers = read_feeds(trial, start(trial));
    if (!get_all(readers, Rule::position_ahead_of_rows, "a load in pages of 3 rows", {.rows = 3})) return;
    trial.insert_one_by_one(12);
    get_all(readers, Rule::position_ahead_of_rows, "a poll in pages of 3 rows", {.rows = 3});
}

void delivers_ties(const MakeSubject& make, Report& report) {
    if (report.has(Rule::row_lost) || report.has(Rule::position_ahead_of_rows)) return;
    Trial trial(make, report);
    trial.insert_together(3);
    auto readers = read_feeds(trial, start(trial));
    if (!get_all(readers, Rule::row_lost, "a load of 3 rows")) return;
    trial.insert_together(7);
    trial.insert_together(4, Stamp::same);
    if (!get_all(readers, Rule::tie_skipped, "11 rows of one stamp in pages of 2", {.rows = 2})) return;
    trial.insert_together(3, Stamp::same);
    get_all(readers, Rule::tie_skipped, "rows stamped like the last one that was read", {.rows = 2});
}

void resumes_from_every_position(const MakeSubject& make, Report& report) {
    if (!reads_pages(report)) return;
    Trial trial(make, report);
    const auto run = start(trial);
    auto readers = read_feeds(trial, run);
    for (std::size_t feed = 0; feed < readers.size(); ++feed) {
        const auto places = places_of_a_life(trial, readers[feed]);
        for (const Reader::Place& place : places) {
            readers[feed].go_to(place);
            if (!readers[feed].gets_all(Rule::page_lost_on_return, behind(place), {.rows = 2})) break;
        }
        readers[feed].close();
        for (const Reader::Place& place : places) {
            const auto again = start(trial);
            if (!again) return;
            Reader reader(trial, again, feed);
            reader.go_to(place);
            if (!reader.gets_all(Rule::page_lost_on_resume, behind(place), {.rows = 2})) break;
        }
    }
}

void keeps_rows_when_committed(const MakeSubject& make, Report& report) {
    if (!reads_pages(report) || report.has(Rule::page_lost_on_resume)) return;
    Trial trial(make, report);
    auto readers = read_feeds(trial, start(trial));
    for (std::size_t feed = 0; feed < readers.size(); ++feed) {
        const auto places = places_of_a_life(trial, readers[feed]);
        for (std::size_t i = places.size() / 2; i < places.size(); ++i) {
            // told twice, and once more late
            for (const std::size_t told : {i, i, i - 1})
                if (!places[told].position.empty()) readers[feed].feed().committed(places[told].position);
            const auto again = start(trial);
            if (!again) return;
            Reader reader(trial, again, feed);
            reader.go_to(places[i]);
            if (!reader.gets_all(Rule::page_lost_on_commit, behind(places[i]), {.rows = 2})) return;
        }
    }
}

void keeps_feeds_apart(const MakeSubject& make, Report& report) {
    if (!reads_pages(report)) return;
    Trial trial(make, report);
    trial.insert_together(7);
    auto readers = read_feeds(trial, start(trial));
    if (readers.size() < 2) return;
    for (int round = 0; round < 3; ++round)
        for (Reader& reader : readers)
            if (!reader.complete()) reader.gets_more({.rows = 2});
    if (!get_all(readers, Rule::feeds_entangled, "feeds read in turn", {.rows = 2})) return;
    readers.front().feed().committed(readers.front().place().position);
    readers.front().close();
    readers.erase(readers.begin());
    trial.insert_together(3);
    get_all(readers, Rule::feeds_entangled, "after another feed was closed");
}

void tells_deletes(const MakeSubject& make, Report& report) {
    if (!reads_pages(report)) return;
    Trial trial(make, report);
    trial.insert_together(6);
    auto readers = read_feeds(trial, start(trial));
    if (!get_all(readers, Rule::row_lost, "a load of 6 rows")) return;
    remove_first(trial);
    remove_first(trial);
    if (!get_all(readers, Rule::delete_lost, "after deletes", {.rows = 2})) return;
    for (const std::string& stream : trial.streams()) trial.subject().truncate(stream);
    if (!get_all(readers, Rule::delete_lost, "after everything was deleted")) return;
    trial.insert_together(2);
    get_all(readers, Rule::row_lost, "rows that came after deletes");
}

void tells_unchanged_values(const MakeSubject& make, Report& report) {
    if (!reads_pages(report)) return;
    Trial trial(make, report);
    trial.insert_together(4);
    auto readers = read_feeds(trial, start(trial));
    if (!get_all(readers, Rule::row_lost, "a load of 4 rows")) return;
    bool touched = false;
    for (const std::string& stream : trial.streams())
        touched = trial.subject().touch(stream, trial.subject().rows(stream).begin()->first) || touched;
    if (!touched) return;
    for (Reader& reader : readers) reader.gets_more();
    get_all(readers, Rule::unchanged_lost, "after a change that left the text alone");
}

}  // namespace tributary::conformance
