#include "connectors/sqlite/writer.hpp"

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
    return "?";
}

/// While no row has a watermark, its form is unknown and whatever comes is read: numbers sort before texts.
std::string SqliteWriter::moment(std::int64_t micros) {
    return value(stamps_ ? stamps_->at(micros) : walk::mark_of(Value::of(INT64_MIN)));
}

Result<void> SqliteWriter::bind(Statement& statement) const {
    for (std::size_t i = 0; i < values_.size(); ++i)
        if (auto bound = statement.bind(static_cast<int>(i) + 1, values_[i]); !bound) return bound;
    return {};
}

}  // namespace tributary::sqlite
