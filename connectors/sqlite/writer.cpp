#include "connectors/sqlite/writer.hpp"

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
    return "?";
}

/// While no row has a watermark, its form is unknown and whatever comes is read: numbers sort before texts.
std::string SqliteWriter::moment(std::int64_t micros) {
    return value(stamps_ ? stamps_->at(micros) : walk::mark_of(Value::of(INT64_MIN)));
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
