#include "connectors/kit/table/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/kit/table/statement.hpp"

namespace tributary::table {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string in_quotes(std::string_view name, char quote) {
    std::string text(1, quote);
    for (const char c : name) text.append(c == quote ? 2 : 1, c);
    return text + quote;
}

/// Columns that an index starts with, in any order, as equality on all of them can use it.
bool starts_with(const Facts::Index& index, const std::vector<std::string>& columns) {
    if (index.columns.size() < columns.size()) return false;
    const auto end = index.columns.begin() + static_cast<std::ptrdiff_t>(columns.size());
    return std::is_permutation(index.columns.begin(), end, columns.begin(), columns.end());
}

class Checker {
  public:
    Checker(const Facts& facts, std::string where) : facts_(facts), where_(std::move(where)) {}

    bool usable(const std::string& table) {
        if (!facts_.found)
            error(table, "no " + std::string(facts_.noun) + " '" + table + "'" +
                             (facts_.of.empty() ? "" : " of " + facts_.of) + did_you_mean(table, views(facts_.tables)));
        else if (!facts_.readable)
            error(table, "no right to read '" + table + "': " + std::string(facts_.remedy));
        if (!facts_.found || !facts_.readable) return false;
        found_ = facts_.others;
        return true;
    }

    bool column(const std::string& name) {
        if (find(name) != nullptr) return true;
        std::vector<std::string> names;
        for (const auto& column : facts_.columns) names.push_back(column.name);
        error(name,
              "no column '" + name + "' in " + where_ + std::string(facts_.unless) + did_you_mean(name, views(names)));
        return false;
    }

    bool columns(std::span<const std::string> names) {
        bool all = true;
        for (const std::string& name : names) all = column(name) && all;
        return all;
    }

    void key(const std::vector<std::string>& key) {
        if (!columns(key)) return;
        for (const std::string& name : key)
            if (find(name)->nullable && facts_.has_indexes)
                warning(name, "key column '" + name + "' of " + where_ + " can be null: rows where it is are rejected");
        const auto fits = [&](const Facts::Index& index) {
            return index.unique && index.columns.size() <= key.size() &&
                   std::all_of(index.columns.begin(), index.columns.end(),
                               [&](const auto& name) { return std::find(key.begin(), key.end(), name) != key.end(); });
        };
        if (facts_.has_indexes && std::none_of(facts_.indexes.begin(), facts_.indexes.end(), fits))
            warning(key.front(), "no unique index says that (" + joined(key) + ") identifies a row of " + where_ +
                                     ": rows that share a key would replace one another");
    }

    /// `null`: what becomes of a row without one; `behind`: the columns that an index should have as well.
    void watermark(const std::string& name, std::string_view null, const std::vector<std::string>& behind,
                   const std::string& table) {
        if (!column(name) || !facts_.has_indexes) return;
        if (find(name)->nullable)
            warning(name, "watermark column '" + name + "' of " + where_ + " can be null: such rows are " +
                              std::string(null));
        if (indexed({name})) return;
        std::vector<std::string> wanted{name};
        wanted.insert(wanted.end(), behind.begin(), behind.end());
        warning(name,
                "no index starts with '" + name + "': each poll reads the whole table; " + add_index(table, wanted));
    }

    bool indexed(const std::vector<std::string>& columns) const {
        return std::any_of(facts_.indexes.begin(), facts_.indexes.end(),
                           [&](const auto& index) { return starts_with(index, columns); });
    }

    /// Of columns that rows are searched by: whether an index starts with one of them.
    void searched(const std::vector<std::string>& columns, const std::string& table) {
        if (!facts_.has_indexes) return;
        const auto starts_with_one = [&](const Facts::Index& index) {
            return !index.columns.empty() &&
                   std::find(columns.begin(), columns.end(), index.columns.front()) != columns.end();
        };
        if (std::any_of(facts_.indexes.begin(), facts_.indexes.end(), starts_with_one)) return;
        warning(columns.front(),
                "no index starts with '" + columns.front() +
                    "': the whole table is searched for the rows that used an entry of a look-up when it "
                    "changes; " +
                    add_index(table, columns));
    }

    bool unique(const std::vector<std::string>& columns) const {
        return std::any_of(facts_.indexes.begin(), facts_.indexes.end(), [&](const auto& index) {
            return index.unique && std::all_of(index.columns.begin(), index.columns.end(), [&](const std::string& one) {
                       return std::find(columns.begin(), columns.end(), one) != columns.end();
                   });
        });
    }

    std::string add_index(const std::string& table, const std::vector<std::string>& columns) const {
        return facts_.index_form.make(table, columns);
    }

    void warning(const std::string& column, std::string message) {
        found_.push_back({Severity::warning, column, std::move(message)});
    }

    std::vector<Finding> take() { return std::move(found_); }

  private:
    static std::vector<std::string_view> views(const std::vector<std::string>& names) {
        return {names.begin(), names.end()};
    }

    const Facts::Column* find(const std::string& name) const {
        const auto column = std::find_if(facts_.columns.begin(), facts_.columns.end(),
                                         [&](const auto& candidate) { return candidate.name == name; });
        return column == facts_.columns.end() ? nullptr : &*column;
    }

    void error(const std::string& column, std::string message) {
        found_.push_back({Severity::error, column, std::move(message)});
    }

    const Facts& facts_;
    std::string where_;
    std::vector<Finding> found_;
};

}  // namespace

std::string IndexForm::make(std::string_view table, const std::vector<std::string>& columns) const {
    const std::vector<std::string> parts = name_parts(table);
    std::vector<std::string> table_parts, column_names;
    for (const std::string& part : parts) table_parts.push_back(in_quotes(part, quote));
    for (const std::string& column : columns) column_names.push_back(in_quotes(column, quote));
    return fmt::format(
        fmt::runtime(statement),
        fmt::arg("index", in_quotes(parts.back() + "_" + fmt::format("{}", fmt::join(columns, "_")), quote)),
        fmt::arg("name", in_quotes(parts.back(), quote)),
        fmt::arg("table", fmt::format("{}", fmt::join(table_parts, "."))), fmt::arg("columns", joined(column_names)));
}

std::vector<Finding> findings(const Definition& definition, const Facts& facts, std::span<const std::string> wanted) {
    Checker check(facts, definition.what());
    if (!check.usable(definition.table)) return check.take();
    check.key(definition.key);
    if (definition.watermark)
        check.watermark(definition.watermark->column, "read by the first load only", definition.key, definition.table);
    for (const Include& include : definition.includes)
        for (const auto& [child, parent] : include.on) check.column(parent);
    if (check.columns(wanted))
        for (const auto& columns : definition.searched_in("")) check.searched(columns, definition.table);
    return check.take();
}

std::vector<Finding> findings(const Definition& definition, const Include& include, const Facts& facts) {
    Checker check(facts, include.what());
    if (!check.usable(include.what())) return check.take();
    std::vector<std::string> on;
    for (const auto& [child, parent] : include.on) on.push_back(child);
    const bool known = check.columns(on);
    const bool keyed = check.columns(include.key) && known;
    if (check.columns(include.columns))
        for (const auto& columns : definition.searched_in(include.name + ".")) check.searched(columns, include.what());
    if (known && include.watermark)
        check.watermark(include.watermark->column, "found when their parent changes", on, include.what());
    if (known && include.one && facts.has_indexes && !check.unique(on))
        check.warning(on.front(), "no unique index says that (" + joined(on) + ") is one row of " + include.what() +
                                      ": of several the first by key is taken");
    std::vector<std::string> whole = on;
    for (const std::string& column : include.key)
        if (std::find(whole.begin(), whole.end(), column) == whole.end()) whole.push_back(column);
    if (keyed && !include.one && facts.has_indexes && !check.unique(whole))
        check.warning(include.key.front(), "no unique index says that (" + joined(whole) + ") is one row of " +
                                               include.what() + ": of two rows with one key both are children");
    if (known && facts.has_indexes && !check.indexed(on))
        check.warning(on.front(), "no index starts with (" + joined(on) + "): each page reads the whole table; " +
                                      check.add_index(include.what(), on));
    return check.take();
}

}  // namespace tributary::table
