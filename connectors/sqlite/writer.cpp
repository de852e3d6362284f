#include "connectors/sqlite/writer.hpp"

#include <algorithm>
#include <charconv>

namespace tributary::sqlite {

std::string SqliteWriter::identifier(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"') quoted += c;
        quoted += c;
    }
    return quoted + "\"";
}

std::string SqliteWriter::value(const walk::Mark& mark) {
    values_.push_back(mark);
    return "?" + std::to_string(values_.size());
}

/// While no row has a watermark, its form is unknown and whatever comes is read: numbers sort before texts.
std::string SqliteWriter::moment(std::int64_t micros, std::size_t whose) {
    const auto& stamps = stamps_[whose];
    return value(stamps ? stamps->at(micros) : walk::mark_of(Value::of(INT64_MIN)));
}

/// Texts are compared by what they say, to the second or as far as they go: rows of one column may use `T`, `Z`, an
/// offset or be cut behind the day, and their order as text is another than that of their times.
///
///     first_day   where the index is entered: offsets west of UTC show yesterday's clock
///     likely      cheap, as it sees each of these stamps: not before the bound in its own way of writing, cut, or west
///     said        the comparison itself; what SQLite's datetime() cannot read is read again each time
std::string SqliteWriter::stamped(const std::string& column, std::string_view comparison, std::int64_t from,
                                  std::size_t whose) {
    const auto& stamps = stamps_[whose];
    if (!stamps || !stamps->is_text()) return SqlWriter::stamped(column, comparison, from, whose);
    const StampForm::Shown shown = stamps->shown_at(from);
    const auto text = [this](const std::string& written) { return value({Kind::text, written}); };
    const std::string compare = " " + std::string(comparison) + " ";
    const std::string space = std::min(shown.utc, shown.plain).substr(0, 16);
    std::string t = space;
    t[10] = 'T';
    std::string likely = "(" + column + " >= " + text(t);
    likely += " or (" + column + " >= " + text(space);
    likely += " and " + column + " < " + text(t.substr(0, 11)) + ")";
    for (const std::string& cut : {space.substr(0, 10), space.substr(0, 13), t.substr(0, 13)})
        likely += " or " + column + " = " + text(cut);
    likely += " or " + column + " glob '???????????*-*')";
    const std::string wall = "replace(substr(" + column + ", 1, 19), 'T', ' ')" + compare;
    std::string said = "case when " + column + " glob '*[Zz]' then " + wall + "substr(" + text(shown.utc) +
                       ", 1, length(" + column + ") - 1)";
    said += " when substr(" + column + ", 12) glob '*[+-]*' then coalesce(datetime(" + column + ")" + compare +
            text(shown.utc) + ", 1)";
    said += " else " + wall + "substr(" + text(shown.plain) + ", 1, length(" + column + ")) end";
    return column + " >= " + text(shown.first_day) + " and " + likely + " and " + said;
}

/// A column holds what was put into it, whatever its type says: 42, '42' and a true that is stored as 1 all occur.
std::vector<std::string> SqliteWriter::spellings(const std::string& text, std::size_t) {
    std::vector<std::string> all{value({Kind::text, text})};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) all.push_back(value({Kind::integer, text}));
    if (text == "true" || text == "false") all.push_back(value({Kind::integer, text == "true" ? "1" : "0"}));
    const bool is_hex = text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (is_hex && !text.empty()) all.push_back(value({Kind::bytes, text}));
    return all;
}

Result<void> SqliteWriter::bind(Statement& statement) const {
    for (std::size_t i = 0; i < values_.size(); ++i)
        if (auto bound = statement.bind(static_cast<int>(i) + 1, values_[i]); !bound) return bound;
    return {};
}

}  // namespace tributary::sqlite
