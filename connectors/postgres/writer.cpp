#include "connectors/postgres/writer.hpp"

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
