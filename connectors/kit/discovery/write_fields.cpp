#include "connectors/kit/discovery/write_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/discovery/yaml.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueColumn;

std::vector<std::string> yaml_columns(const std::vector<std::string>& names) {
    std::vector<std::string> columns(names.size());
    std::ranges::transform(names, columns.begin(), yaml_column);
    return columns;
}

std::string amount(const CatalogueColumn& column, const Money& money) {
    if (money.currency.empty()) return yaml_column(column.name);
    return fmt::format("{{amount: {}, currency: {}}}", yaml_column(column.name), money.currency);
}

std::string value_of(const FieldGuess& guess, const Money& money) {
    std::string column = yaml_column(guess.column->name);
    switch (guess.rule->form) {
        case Form::day:
            return guess.column->kind == table::ColumnKind::date ? column
                                                                 : fmt::format("{{from: {}, type: date}}", column);
        case Form::money:
            return amount(*guess.column, money);
        case Form::flag:
            return fmt::format("{{from: {}, map: {{true: active, false: inactive}}}}", column);
        case Form::text:
        case Form::number:
        case Form::moment:
        case Form::reference:
            return column;
    }
    return column;
}

std::string name_of_person(const Content& content) {
    std::vector<std::string> parts;
    for (const char* const part : {"first", "last"})
        if (const FieldGuess* guess = content.find(part)) parts.push_back(guess->column->name);
    const FieldGuess* name = content.find("name");
    // `name` beside a first name alone is a last name
    if (name != nullptr && (parts.size() != 1 || content.find("last") != nullptr))
        return yaml_column(name->column->name);
    if (name != nullptr) parts.push_back(name->column->name);
    const std::vector<std::string> columns = yaml_columns(parts);
    if (columns.size() == 1) return columns.front();
    return fmt::format("{{from: [{}], join: \" \"}}", fmt::join(columns, ", "));
}

/// `phones.number` and `phones.mobile` are elements of `phones`, `addresses.city` is part of the one element.
class Elements {
  public:
    explicit Elements(const Content& content) : content_(content) {}

    void phones(std::vector<std::string>& lines) const {
        std::vector<std::string> elements;
        if (const FieldGuess* phone = content_.find("phones.number"))
            elements.push_back(fmt::format("{{number: {}}}", yaml_column(phone->column->name)));
        if (const FieldGuess* mobile = content_.find("phones.mobile"))
            elements.push_back(
                fmt::format("{{number: {}, label: {{value: mobile}}}}", yaml_column(mobile->column->name)));
        if (!elements.empty()) lines.push_back(fmt::format("phones: [{}]", fmt::join(elements, ", ")));
    }

    void one(std::string_view list, std::vector<std::string>& lines) const {
        std::vector<std::string> parts;
        for (const FieldGuess& guess : content_.fields)
            if (guess.rule->field.starts_with(list) && guess.rule->field.substr(list.size()).starts_with("."))
                parts.push_back(
                    fmt::format("{}: {}", guess.rule->field.substr(list.size() + 1), yaml_column(guess.column->name)));
        if (!parts.empty()) lines.push_back(fmt::format("{}: [{{{}}}]", list, fmt::join(parts, ", ")));
    }

  private:
    const Content& content_;
};

bool is_part(const FieldGuess& guess) {
    return guess.rule->field.contains('.') || guess.rule->field == "first" || guess.rule->field == "last" ||
           (guess.rule->entity == "customer" && guess.rule->field == "name");
}

std::string reference_line(const ReferenceGuess& guess) {
    const std::vector<std::string> columns = yaml_columns(guess.columns);
    const std::string from = columns.size() == 1 ? columns.front() : fmt::format("[{}]", fmt::join(columns, ", "));
    const std::string space = guess.space.empty() ? "" : fmt::format("space: {}, ", yaml_text(guess.space));
    return fmt::format("{}: {{reference: {}, {}from: {}}}{}", guess.field, guess.entity, space, from,
                       guess.note.empty() ? "" : "   # " + comment_text(guess.note));
}

std::string field_line(const FieldGuess& guess, const Money& money) {
    std::string line = guess.rule->field == "barcodes"
                           ? fmt::format("barcodes: [{}]", yaml_column(guess.column->name))
                           : fmt::format("{}: {}", guess.rule->field, value_of(guess, money));
    if (guess.rule->form == Form::money && money.currency.empty() && !money.source_has_currency)
        return "# " + line + "   # of which currency? `defaults: {currency: …}` of the source says it for all";
    return line;
}

/// What a status means is known where the codes are: a wrong one would make rejects of good rows.
void add_status(std::string_view entity, const Content& content, std::vector<std::string>& lines) {
    if (content.has("status") || entity == "stock_level" || entity == "payment" || entity == "line") return;
    for (const std::string& column : content.unused) {
        const Meaning meaning = meaning_of(column);
        if (!meaning.has("status") && !meaning.has("state")) continue;
        lines.push_back(fmt::format("# status: {{from: {}, map: {{…: …}}}}   # `tributary describe {}` lists the words",
                                    yaml_column(column), entity));
        return;
    }
}

}  // namespace

std::vector<std::string> write_fields(std::string_view entity, const Content& content, const Money& money) {
    std::vector<std::string> lines;
    if (entity == "customer") lines.push_back("name: " + name_of_person(content));
    for (const FieldGuess& guess : content.fields)
        if (!is_part(guess)) lines.push_back(field_line(guess, money));
    const Elements elements(content);
    elements.phones(lines);
    elements.one("emails", lines);
    elements.one("addresses", lines);
    for (const ReferenceGuess& guess : content.references) lines.push_back(reference_line(guess));
    add_status(entity, content, lines);
    return lines;
}

}  // namespace tributary::discovery
