#include <algorithm>
#include <set>
#include <span>

#include "connectors/http_json/feed.hpp"

namespace tributary::http_json {
namespace {

constexpr std::size_t sample_rows = 100;

/// What the rows of a sample have, at their top.
std::set<std::string, std::less<>> names_in(const std::vector<Value>& rows) {
    std::set<std::string, std::less<>> names;
    for (const Value& row : rows)
        if (row.kind == Kind::object) names.insert(row.object->shape->names.begin(), row.object->shape->names.end());
    return names;
}

/// What rows say about a field below a list, which `each` reads; the later the surer.
enum class Shown { absent, empty_list, lacking, there };

Shown shown_by(const Value& value, std::span<const std::string> path) {
    if (path.empty()) return Shown::there;
    if (value.kind == Kind::list) {
        Shown most = Shown::empty_list;
        for (std::size_t i = 0; i < value.size; ++i)
            most = std::max(most, std::max(Shown::lacking, shown_by(value.elements[i], path)));
        return most;
    }
    if (value.kind != Kind::object) return Shown::absent;
    const int index = value.object->shape->find(path.front());
    return index < 0 ? Shown::absent : shown_by(value.object->values[index], path.subspan(1));
}

bool is_missing(const std::vector<Value>& rows, std::span<const std::string> path) {
    Shown most = Shown::absent;
    for (const Value& row : rows) {
        if (row.kind == Kind::object && http::find_in(row, path) != nullptr) return false;
        most = std::max(most, shown_by(row, path));
    }
    return most == Shown::absent || most == Shown::lacking;
}

}  // namespace

Result<void> ListFeed::read_sample(std::vector<Value>& rows, Arena& arena, std::stop_token stop) {
    const Limits limits{.rows = sample_rows};
    if (auto opened = open_page({}, limits, stop); !opened) return opened;
    const auto ended = page_->rows.read(rows, limits, arena, std::move(stop));
    if (!ended) return std::unexpected(ended.error());
    if (!*ended) return {};
    const auto envelope = page_->rows.envelope(arena);
    if (!envelope) return std::unexpected(envelope.error());
    if (auto good = told_error(*envelope); !good) return good;
    if (!page_->rows.found()) return std::unexpected(page_->rows.rows_not_found());
    return {};
}

/// Asks for a page as a load would, and looks at its first rows.
Result<std::vector<Finding>> ListFeed::check(std::uint32_t, std::span<const std::string> columns,
                                             std::stop_token stop) {
    Arena arena;
    std::vector<Value> rows;
    auto sampled = read_sample(rows, arena, stop);
    page_.reset();
    connection_.close();
    (void)decoder_.take_shapes();
    std::vector<Finding> found;
    if (!sampled && sampled.error().code != "rows_not_found") return std::unexpected(sampled.error());
    if (!sampled) return std::vector{Finding{Severity::error, definition_.rows_text, sampled.error().what}};
    if (definition_.paging.trusts_numbers())
        found.push_back(
            {Severity::warning, definition_.paging.parameter,
             "without `size_parameter` pages cannot overlap: a row that goes while they are read lets others "
             "be passed over"});
    if (rows.empty()) {
        found.push_back({Severity::warning, "", "the list is empty: its fields were not checked"});
        return found;
    }
    if (auto paged = try_paging(std::move(stop)); !paged) {
        if (paged.error().code != "paging_ignored") return std::unexpected(paged.error());
        found.push_back({Severity::error, definition_.paging.parameter, paged.error().what});
    }
    const auto names = names_in(rows);
    const std::vector<std::string_view> known(names.begin(), names.end());
    const auto expect = [&](const std::string& column) {
        if (!is_missing(rows, parts_of(column))) return;
        if (std::ranges::find(definition_.optional, column) != definition_.optional.end()) return;
        found.push_back({Severity::error, column,
                         "no field '" + column + "' in any of " + std::to_string(rows.size()) + " rows of " +
                             definition_.path + did_you_mean(column, known) +
                             "; one that rows may lack belongs into `optional`"});
    };
    for (const std::string& column : definition_.key) expect(column);
    if (definition_.watermark) expect(definition_.watermark->column);
    for (const std::string& column : columns)
        if (std::ranges::find(definition_.key, column) == definition_.key.end() &&
            (!definition_.watermark || column != definition_.watermark->column))
            expect(column);
    return found;
}

}  // namespace tributary::http_json
