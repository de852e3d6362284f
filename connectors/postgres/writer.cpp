#include "connectors/postgres/writer.hpp"

#include <algorithm>
#include <charconv>

#include "connectors/kit/table/epoch.hpp"

namespace tributary::postgres {
namespace {

std::string text_of(const walk::Mark& mark) { return mark.kind == Kind::bytes ? "\\x" + mark.text : mark.text; }

}  // namespace

std::string PostgresWriter::value(const walk::Mark& mark) { return connection_.literal(text_of(mark)); }

std::string PostgresWriter::output(std::string column, std::size_t index) {
    const Form form = index < forms_.size() ? forms_[index] : Form::text;
    return form == Form::as_text ? column + "::text" : form == Form::as_json ? "to_json(" + column + ")" : column;
}

/// The earliest wall clock at or after the moment: when clocks are set back within three hours of it, that is earlier
/// than the moment's own.
std::string PostgresWriter::moment(std::int64_t micros, std::size_t whose) {
    const StampType& stamps = stamps_[whose];
    if (stamps.unit != 0) return table::count_at(micros, stamps.unit);
    std::string instant = value(walk::mark_of(Value::instant(micros))) + "::timestamptz";
    if (stamps.form == Form::timestamptz) return instant;
    const std::string zone =
        stamps.time_zone.empty() ? "current_setting('TimeZone')" : connection_.literal(stamps.time_zone);
    const std::string naive = "least(" + instant + " at time zone " + zone + ", (" + instant +
                              " + interval '3 hours') at time zone " + zone + " - interval '3 hours')";
    return stamps.form == Form::date ? naive + "::date" : naive;
}

std::vector<std::string> PostgresWriter::spellings(const std::string& text, std::size_t column) {
    const bool bytes = column < forms_.size() && forms_[column] == Form::bytes;
    return {value({bytes ? Kind::bytes : Kind::text, text})};
}

namespace {

/// PostgreSQL gives a literal its column's type, and refuses the statement when that cannot hold it.
bool holds(Form form, std::string_view text) {
    const auto is_integer = [&](std::int64_t least, std::int64_t most) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size() && number >= least && number <= most;
    };
    const auto is_hex = [](std::string_view digits) {
        return digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    };
    switch (form) {
        case Form::boolean:
            return text == "true" || text == "false";
        case Form::int2:
            return is_integer(INT16_MIN, INT16_MAX);
        case Form::int4:
            return is_integer(INT32_MIN, INT32_MAX);
        case Form::int8:
            return is_integer(INT64_MIN, INT64_MAX);
        case Form::oid:
            return is_integer(0, UINT32_MAX);
        case Form::numeric:
            return table::is_number_text(text) || text == "NaN" || text == "Infinity" || text == "-Infinity";
        case Form::bytes:
            return text.size() % 2 == 0 && is_hex(text);
        case Form::uuid:
            return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' &&
                   std::count(text.begin(), text.end(), '-') == 4 &&
                   text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
        default:
            return true;
    }
}

}  // namespace

bool is_searchable(Form form) {
    switch (form) {
        case Form::as_text:
        case Form::text:
        case Form::padded:
        case Form::boolean:
        case Form::int2:
        case Form::int4:
        case Form::int8:
        case Form::oid:
        case Form::numeric:
        case Form::bytes:
        case Form::uuid:
            return true;
        default:
            return false;
    }
}

std::string PostgresWriter::among(const std::string& column, std::span<const std::string> texts, std::size_t index,
                                  std::size_t whose) {
    const Form form = whose == own ? forms_[index] : child_forms_.at(whose - 1)[index];
    std::vector<std::string> values;
    for (const std::string& text : texts)
        if (holds(form, text)) values.push_back(value({form == Form::bytes ? Kind::bytes : Kind::text, text}));
    return in_list(form == Form::as_text ? column + "::text" : column, values);
}

std::string array_text(std::span<Value* const> rows, std::size_t column) {
    std::string array = "{";
    for (const Value* const row : rows) {
        if (array.size() > 1) array += ',';
        if (row[column].is_null()) {
            array += "NULL";
            continue;
        }
        array += '"';
        for (const char c : text_of(walk::mark_of(row[column]))) {
            if (c == '"' || c == '\\') array += '\\';
            array += c;
        }
        array += '"';
    }
    return array + "}";
}

}  // namespace tributary::postgres
