#include "core/status/log_line.hpp"

#include <fmt/format.h>

#include <cmath>
#include <variant>

#include "core/status/line.hpp"

namespace tributary {

namespace {

template <typename... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

using Redact = std::function<void(std::string&)>;

std::string redacted(std::string_view text, const Redact& redact) {
    std::string copy(text);
    if (redact) redact(copy);
    return copy;
}

void append_value(std::string& out, const LogField::Value& value, const Redact& redact,
                  void (*append_text)(std::string&, std::string_view)) {
    std::visit(Overloaded{[&](bool is) { out += is ? "true" : "false"; },
                          [&](double number) {
                              // JSON has no spelling for these
                              if (std::isfinite(number))
                                  out += fmt::format("{}", number);
                              else
                                  out += "null";
                          },
                          [&](std::string_view text) { append_text(out, redacted(text, redact)); },
                          [&](auto number) { out += fmt::format_int(number).c_str(); }},
               value);
}

}  // namespace

std::string text_line(const LogLine& line, const Redact& redact) {
    std::string out;
    append_one_line(out, line.component);
    out += ": ";
    append_one_line(out, redacted(line.message, redact));
    for (const LogField& field : line.fields) {
        out += ' ';
        out += field.name;
        out += '=';
        append_value(out, field.value, redact, append_plain_text);
    }
    return out;
}

std::string json_line(const LogLine& line, const Redact& redact) {
    std::string out =
        fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"component\":", utc_text(line.time), name_of(line.level));
    append_json_text(out, line.component);
    out += ",\"message\":";
    append_json_text(out, redacted(line.message, redact));
    for (const LogField& field : line.fields) {
        out += ',';
        append_json_text(out, field.name);
        out += ':';
        append_value(out, field.value, redact, append_json_text);
    }
    out += '}';
    return out;
}

}  // namespace tributary
