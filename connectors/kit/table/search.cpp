#include <algorithm>

#include "connectors/kit/table/feed.hpp"
#include "connectors/kit/table/statement.hpp"
#include "core/model/time.hpp"

namespace tributary::table {

/// The place of a search is that of a load, which goes by key as well.
Result<Batch> TableFeed::search(std::uint32_t, const Sought& sought, const Position& after, const Limits& limits,
                                std::stop_token stop) {
    Batch batch;
    batch.read_at = wall_clock_now();
    batch.cause = Cause::reread;
    auto position = walk::read_table_position(after);
    if (!position) return std::unexpected(position.error());
    if (sought.values.empty()) return batch;
    const Visit visit(*reader_);
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    auto conditions = conditions_of(sought);
    if (!conditions) return std::unexpected(conditions.error());
    const walk::PageRequest request{.after = position->at, .sought = std::move(*conditions)};
    auto page = read_family(request, limits, batch, stop);
    if (!page) return std::unexpected(page.error());
    const Selection& selection = reader_->selection();
    batch.shapes.push_back(selection.shape);
    add_rows(*page, batch);
    batch.more = page->full && !page->rows.empty();
    batch.next = after;
    if (page->rows.empty()) return batch;
    position->phase = walk::Phase::load;
    position->at = walk::marks_of({page->rows.back(), selection.key_size});
    auto next = walk::write_table_position(*position);
    if (!next) return std::unexpected(next.error());
    batch.next = std::move(*next);
    return batch;
}

/// A condition for each table that has some of the columns. Of values in several tables each is asked for by itself:
/// rows in which they meet otherwise than was asked for come as well.
Result<std::vector<walk::Sought>> TableFeed::conditions_of(const Sought& sought) const {
    std::vector<walk::Sought> conditions;
    for (std::size_t i = 0; i < sought.columns.size(); ++i) {
        const std::string& name = sought.columns[i];
        const auto include = std::ranges::find_if(definition_.includes,
                                                  [&](const Include& one) { return name.starts_with(one.name + "."); });
        std::optional<std::size_t> place;
        if (include != definition_.includes.end())
            place = static_cast<std::size_t>(include - definition_.includes.begin());
        const std::string column = place ? name.substr(include->name.size() + 1) : name;
        const auto index = reader_->sought_by(place ? SqlWriter::of_include(*place) : SqlWriter::own, column);
        if (!index)
            return fail(Verdict::stop, "not_searchable",
                        "rows of " + definition_.what() + " cannot be searched by the values of column '" + name + "'");
        auto condition = std::ranges::find(conditions, place, &walk::Sought::include);
        if (condition == conditions.end())
            condition = conditions.insert(condition, {place, {}, {sought.values.size(), std::vector<std::string>()}});
        condition->columns.push_back({column, *index});
        for (std::size_t v = 0; v < sought.values.size(); ++v) {
            if (sought.values[v].size() != sought.columns.size())
                return fail(Verdict::stop, "bad_search", "a value of another number of columns");
            condition->values[v].push_back(sought.values[v][i]);
        }
    }
    return conditions;
}

}  // namespace tributary::table
