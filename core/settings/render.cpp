#include "core/settings/render.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/settings/quantity.hpp"
#include "core/settings/utf8.hpp"

namespace tributary {
namespace {

constexpr std::size_t table_width = 100;
constexpr std::size_t narrowest_meaning = 40;

std::string type_of(const Option& option) {
    switch (option.type) {
        case OptionType::text:
            return "text";
        case OptionType::integer:
            return "number";
        case OptionType::boolean:
            return "true or false";
        case OptionType::duration:
            return "duration";
        case OptionType::bytes:
            return "size";
        case OptionType::choice:
            return fmt::format("{}", fmt::join(option.choices, " | "));
        case OptionType::texts:
            return "list of texts";
        case OptionType::section:
            return "section";
        case OptionType::sections:
            return "named sections";
        case OptionType::any:
            return "see its docs";
    }
    return {};
}

std::string meaning_of(const Option& option) {
    std::string text(option.help);
    if (option.at_least != INT64_MIN && option.at_most != INT64_MAX)
        text += fmt::format(" From {} to {}.", format_quantity(option.type, option.at_least),
                            format_quantity(option.type, option.at_most));
    else if (option.at_least != INT64_MIN)
        text += fmt::format(" At least {}.", format_quantity(option.type, option.at_least));
    else if (option.at_most != INT64_MAX)
        text += fmt::format(" At most {}.", format_quantity(option.type, option.at_most));
    if (!option.example.empty()) text += fmt::format(" Example: {}", option.example);
    if (option.secret) text += " (secret)";
    if (!option.not_yet.empty()) text += fmt::format(" (not yet: {})", option.not_yet);
    return text;
}

void flatten_into(std::vector<DescribedOption>& rows, std::span<const Option> options, const std::string& prefix) {
    for (const Option& option : options) {
        const std::string name = prefix + std::string(option.name);
        rows.push_back(
            {name, type_of(option), option.required ? "required" : std::string(option.fallback), meaning_of(option)});
        flatten_into(rows, option.fields, name + (option.type == OptionType::sections ? ".NAME." : "."));
    }
}

struct Widths {
    std::size_t name = 0;
    std::size_t type = 0;
    std::size_t fallback = 0;

    std::size_t meaning() const {
        const std::size_t others = name + type + fallback + 3 * 2;
        return others + narrowest_meaning > table_width ? narrowest_meaning : table_width - others;
    }
};

Widths widths_of(std::span<const DescribedOption> rows) {
    Widths widths;
    for (const DescribedOption& row : rows) {
        widths.name = std::max(widths.name, utf8_width(row.name));
        widths.type = std::max(widths.type, utf8_width(row.type));
        widths.fallback = std::max(widths.fallback, utf8_width(row.fallback));
    }
    return widths;
}

/// Broken between words; a word that is longer stands alone on its line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines{""};
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (!lines.back().empty() && utf8_width(lines.back()) + 1 + utf8_width(word) > width) lines.emplace_back();
        if (!lines.back().empty()) lines.back() += ' ';
        lines.back() += word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string padded(std::string_view text, std::size_t width) {
    return fmt::format("{}{:{}}", text, "", width - std::min(width, utf8_width(text)) + 2);
}

std::string table_row(const DescribedOption& row, const Widths& widths) {
    const std::string cells =
        padded(row.name, widths.name) + padded(row.type, widths.type) + padded(row.fallback, widths.fallback);
    const std::string indent(widths.name + widths.type + widths.fallback + 3 * 2, ' ');
    const auto lines = wrapped(row.meaning, widths.meaning());
    return cells + fmt::format("{}\n", fmt::join(lines, "\n" + indent));
}

std::string markdown_cell(std::string_view text, bool code) {
    if (text.empty()) return " |";
    std::string escaped;
    for (const char c : text)
        // outside of code a `<name>` would be taken for HTML
        escaped += c == '|' ? "\\|" : c == '<' && !code ? "&lt;" : std::string(1, c);
    return code ? fmt::format(" `{}` |", escaped) : fmt::format(" {} |", escaped);
}

}  // namespace

std::vector<DescribedOption> flatten(std::span<const Option> options) {
    std::vector<DescribedOption> rows;
    flatten_into(rows, options, "");
    return rows;
}

std::string describe_options(std::span<const Option> options) {
    std::vector<DescribedOption> rows = flatten(options);
    rows.insert(rows.begin(), {"OPTION", "TYPE", "DEFAULT", "MEANING"});
    return as_table(rows);
}

std::string as_table(std::span<const DescribedOption> rows) {
    const Widths widths = widths_of(rows);
    std::string out;
    for (const DescribedOption& row : rows) out += table_row(row, widths);
    return out;
}

std::string options_as_markdown(std::span<const Option> options) {
    std::string out = "| Option | Type | Default | Meaning |\n|---|---|---|---|\n";
    for (const DescribedOption& row : flatten(options))
        out += "|" + markdown_cell(row.name, true) + markdown_cell(row.type, false) +
               markdown_cell(row.fallback, row.fallback != "required") + markdown_cell(row.meaning, false) + "\n";
    return out;
}

}  // namespace tributary
