#include "connectors/mariadb/writer.hpp"

#include <algorithm>
#include <iterator>

#include "connectors/kit/table/epoch.hpp"

namespace tributary::mariadb {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e';
    });
}

/// `2026-01-31T10:00:00.123456Z` as the server writes it.
std::string wall_clock(std::string text) {
    if (text.ends_with('Z')) text.pop_back();
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text;
}

}  // namespace

std::string MariadbWriter::value(const walk::Mark& mark) {
    switch (mark.kind) {
        case Kind::null:
            return "null";
        case Kind::boolean:
            return mark.text == "true" ? "1" : "0";
        case Kind::integer:
        case Kind::decimal:
        case Kind::real:
            return is_number(mark.text) ? mark.text : connection_.literal(mark.text);
        case Kind::date:
            return "date" + connection_.literal(mark.text);
        case Kind::instant:
        case Kind::naive:
            return "timestamp" + connection_.literal(wall_clock(mark.text));
        case Kind::bytes:
            return "x" + connection_.literal(mark.text);
        default:
            return connection_.literal(mark.text);
    }
}

std::string MariadbWriter::output(std::string column, std::size_t index) {
    const bool is_float = spelling_ != nullptr && spelling_->forms.at(index) == Form::float4;
    return is_float ? "cast(" + column + " as double)" : column;
}

std::string MariadbWriter::compared(std::string column, std::size_t index) {
    const bool by_bytes = spelling_ != nullptr && spelling_->by_bytes.at(index);
    return by_bytes ? "cast(convert(" + column + " using utf8mb4) as binary)" : column;
}

std::string MariadbWriter::moment(std::int64_t micros, std::size_t whose) {
    const Stamps& stamps = stamps_[whose];
    if (stamps.unit != 0) return table::count_at(micros, stamps.unit);
    if (stamps.form == Form::timestamp) return value(walk::mark_of(Value::instant(std::max<std::int64_t>(micros, 0))));
    const std::int64_t shown = stamps.zone ? stamps.zone->earliest_from(micros) : micros;
    walk::Mark mark = walk::mark_of(Value::naive(shown));
    if (stamps.form == Form::date) {
        constexpr std::size_t day_length = 10;
        mark.kind = Kind::date;
        mark.text.resize(day_length);
    }
    return value(mark);
}

/// Days, texts and members are compared with a plain literal, which the server reads as it does the column.
std::vector<std::string> MariadbWriter::spellings(const std::string& text, std::size_t column) {
    return spellings(spelling_ != nullptr && column < spelling_->forms.size() ? spelling_->forms[column] : Form::text,
                     text);
}

std::vector<std::string> MariadbWriter::spellings(Form form, const std::string& text) {
    switch (form) {
        case Form::boolean:
        case Form::bit:
            return {text == "true" ? "1" : text == "false" ? "0" : value({Kind::decimal, text})};
        case Form::bits:
        case Form::integer:
        case Form::unsigned_integer:
        case Form::decimal:
            return {value({Kind::decimal, text})};
        case Form::bytes:
            return {value({Kind::bytes, text})};
        case Form::timestamp:
            return {connection_.literal(wall_clock(text))};
        default:
            return {connection_.literal(text)};
    }
}

namespace {

/// The server takes a text that is no number for 0, and says so in a warning only.
bool holds(Form form, std::string_view text) {
    switch (form) {
        case Form::boolean:
        case Form::bit:
            return text == "true" || text == "false" || table::is_number_text(text);
        case Form::bits:
        case Form::integer:
        case Form::unsigned_integer:
        case Form::decimal:
            return table::is_number_text(text);
        case Form::bytes:
            return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
        default:
            return true;
    }
}

}  // namespace

bool is_searchable(Form form) {
    switch (form) {
        case Form::boolean:
        case Form::bit:
        case Form::bits:
        case Form::integer:
        case Form::unsigned_integer:
        case Form::decimal:
        case Form::bytes:
        case Form::uuid:
        case Form::member:
        case Form::text:
            return true;
        default:
            return false;
    }
}

std::string MariadbWriter::among(const std::string& column, std::span<const std::string> texts, std::size_t index,
                                 std::size_t whose) {
    const Form form = (whose == own ? spelling_ : child_spellings_.at(whose - 1))->forms.at(index);
    std::vector<std::string> values;
    for (const std::string& text : texts)
        if (holds(form, text)) std::ranges::move(spellings(form, text), std::back_inserter(values));
    return in_list(column, values);
}

/// `a >= x and (a > x or (a = x and (b > y or …)))`
std::string MariadbWriter::behind(std::span<const std::string> columns, std::span<const std::string> values) {
    std::string text = columns.back() + " > " + values.back();
    for (std::size_t i = columns.size() - 1; i-- > 0;)
        text = columns[i] + " > " + values[i] + " or (" + columns[i] + " = " + values[i] + " and (" + text + "))";
    if (columns.size() == 1) return text;
    return columns.front() + " >= " + values.front() + " and (" + text + ")";
}

}  // namespace tributary::mariadb
