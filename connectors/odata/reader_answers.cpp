#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <utility>

#include "connectors/kit/http/row_stream.hpp"
#include "connectors/odata/answers.hpp"
#include "connectors/odata/reader.hpp"

namespace tributary::odata {

Result<bool> ODataReader::read_answer(std::string target, bool follow, const Feed::Limits& limits, RowReader& rows,
                                      api::Answer& answer, Arena& arena, std::stop_token stop) {
    std::vector<CutList> cut_lists;
    http::Url url;
    bool more = false;
    for (;;) {
        const auto opened = open_answer(connection_, {.target = std::move(target)}, stop);
        if (!opened) return std::unexpected(opened.error());
        services_->saw_clock(opened->clock);
        clock().saw(opened->clock);
        url = opened->url;
        std::vector<Value> raw;
        bool cut = false;
        auto next = read_page(*opened, limits, raw, arena, cut, stop);
        if (!next) return std::unexpected(next.error());
        for (const Value& row : raw) {
            if (row.kind != Kind::object)
                return std::unexpected(connection_.fault(Verdict::retry, "bad_row", "a row is no object"));
            answer.rows.push_back(rows.read(row, arena, cut_lists));
        }
        more = cut || !next->empty();
        if (cut || next->empty() || !follow) break;
        target = std::move(*next);
    }
    if (auto completed = complete(std::move(cut_lists), url, rows, arena, std::move(stop)); !completed)
        return std::unexpected(completed.error());
    return more;
}

/// The link to the next page; empty: this was the last. `cut`: the limits were reached.
Result<std::string> ODataReader::read_page(const http::Answer& opened, const Feed::Limits& limits,
                                           std::vector<Value>& rows, Arena& arena, bool& cut, std::stop_token stop) {
    http::RowStream stream(connection_, decoder_, rows_pointer(subject_.version));
    const auto ended = stream.read(rows, limits, arena, std::move(stop));
    if (!ended) return std::unexpected(ended.error());
    cut = !*ended;
    if (cut) return std::string();
    const auto around = stream.envelope(arena);
    if (!around) return std::unexpected(around.error());
    if (const std::string told = told_error(*around); !told.empty())
        return std::unexpected(connection_.fault(Verdict::retry, "source_error", told));
    if (!stream.found()) {
        // services of the first version have no `results`
        const Value* const list = http::find_in(*around, {"d"});
        if (list == nullptr || list->kind != Kind::list)
            return std::unexpected(connection_.fault(Verdict::stop, "rows_not_found", "there are no rows in it"));
        rows.insert(rows.end(), list->items().begin(), list->items().end());
    }
    const std::string_view link = next_link(*around);
    if (link.empty()) return std::string();
    return services_->http().link(link, opened.url);
}

/// Expanded lists that the server cut: their links are followed, and those in what comes then.
Result<void> ODataReader::complete(std::vector<CutList> cut_lists, const http::Url& from, RowReader& rows, Arena& arena,
                                   std::stop_token stop) {
    const Feed::Limits all{.rows = most_of_all, .bytes = most_of_all};
    while (!cut_lists.empty()) {
        CutList list = std::move(cut_lists.back());
        cut_lists.pop_back();
        auto target = services_->http().link(list.link, from);
        while (target && !target->empty()) {
            const auto opened = open_answer(connection_, {.target = *target}, stop);
            if (!opened) return std::unexpected(opened.error());
            std::vector<Value> rest;
            bool cut = false;
            target = read_page(*opened, all, rest, arena, cut, stop);
            if (target) rows.append(list, rest, arena, cut_lists);
        }
        if (!target) return std::unexpected(target.error());
    }
    return {};
}

/// A snapshot is of one question: a search that comes between the pages of a scan has another.
Result<api::Answer> ODataReader::ask_snapshot(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                              std::stop_token stop) {
    const auto wanted = wanted_of(question.fields);
    auto filter =
        filter_of({.since = question.since, .touched = question.touched, .sought = question.sought}, subject_);
    if (!filter) return std::unexpected(filter.error());
    // the arguments of a function may choose among its columns already
    std::vector<std::string> options;
    if (!is_function()) options = projection(wanted, *subject_.type, *model_);
    std::string target = target_of(subject_, *filter, {}, 0, options);
    const std::string of = fmt::format("{} {}", target, fmt::join(question.fields, ","));
    if (question.behind.empty() || !snapshot_.is_of(of)) {
        RowReader& rows = reader_of(wanted);
        snapshot_.clear();
        api::Answer all{.shapes = {rows.shape()}};
        Arena own;
        const Feed::Limits everything{.rows = most_of_all, .bytes = most_of_all};
        const auto more = read_answer(std::move(target), true, everything, rows, all, own, std::move(stop));
        if (!more) return std::unexpected(more.error());
        std::ranges::move(decoder_.take_shapes(), std::back_inserter(all.shapes));
        snapshot_.fill(of, std::move(own), std::move(all.shapes), all.rows, definition().key);
    }
    api::Answer answer{.shapes = {snapshot_.shapes().begin(), snapshot_.shapes().end()}};
    for (const auto& key : question.keys)
        if (const auto row = snapshot_.find(key, arena)) answer.rows.push_back(*row);
    if (question.keys.empty())
        answer.full = snapshot_.take(question.behind, {question.rows, limits.bytes}, arena, answer.rows);
    if (!answer.full) snapshot_.clear();
    return answer;
}

}  // namespace tributary::odata
