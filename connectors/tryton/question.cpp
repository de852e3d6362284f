#include "connectors/tryton/question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "connectors/kit/table/statement.hpp"
#include "core/model/json_text.hpp"
#include "core/model/times.hpp"

namespace tributary::tryton {
namespace {

constexpr std::array whole_types{std::string_view("integer"), std::string_view("many2one"), std::string_view("one2one"),
                                 std::string_view("biginteger")};
constexpr std::array text_types{std::string_view("char"), std::string_view("text"), std::string_view("selection"),
                                std::string_view("reference")};

bool is_whole(const api::Field* field) {
    return field != nullptr && std::ranges::find(whole_types, field->type) != whole_types.end();
}

std::string joined(std::span<const std::string> parts) {
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : ",") + part;
    return all;
}

/// An integer of more digits than any id has would be refused, and with it the whole request.
bool is_id_text(std::string_view text) {
    constexpr std::size_t most_digits = 18;
    return text.size() <= most_digits && table::is_number_text(text) && text.find('.') == std::string_view::npos;
}

/// Canonical texts as values of the field's type; what it cannot hold is left out.
std::string values_json(const api::Field* field, std::span<const std::string> texts) {
    std::vector<std::string> values;
    for (const std::string& text : texts) {
        if (!is_whole(field))
            values.push_back(json_text(text));
        else if (is_id_text(text))
            values.push_back(text);
    }
    return "[" + joined(values) + "]";
}

std::string mark_json(const walk::Mark& mark) {
    if (mark.kind == Kind::integer || mark.kind == Kind::boolean) return mark.text;
    if (mark.kind == Kind::decimal) return R"({"__class__":"Decimal","decimal":)" + json_text(mark.text) + "}";
    if (mark.kind == Kind::instant)
        if (const auto time = parse_timestamp(mark.text)) return datetime_json(time->micros);
    if (mark.kind == Kind::date)
        if (const auto day = parse_day(mark.text)) return date_json(*day);
    return json_text(mark.text);
}

std::string clause(const std::string& field, std::string_view comparison, const std::string& value) {
    return "[" + json_text(field) + "," + json_text(comparison) + "," + value + "]";
}

/// `["OR",["a",">",x],[["a","=",x],["b",">",y]]]`
std::string behind_clause(std::span<const std::string> key, std::span<const walk::Mark> behind) {
    std::vector<std::string> choices{"\"OR\""};
    for (std::size_t size = 1; size <= key.size(); ++size) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i + 1 < size; ++i) parts.push_back(clause(key[i], "=", mark_json(behind[i])));
        parts.push_back(clause(key[size - 1], ">", mark_json(behind[size - 1])));
        choices.push_back("[" + joined(parts) + "]");
    }
    return "[" + joined(choices) + "]";
}

std::string keys_clause(const Search& search) {
    if (search.key.size() == 1) {
        std::vector<std::string> texts;
        for (const auto& key : search.keys) texts.push_back(key.front());
        return clause(search.key.front(), "in", values_json(search.model.field(search.key.front()), texts));
    }
    std::vector<std::string> choices{"\"OR\""};
    for (const auto& key : search.keys) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < key.size(); ++i)
            parts.push_back(clause(search.key[i], "in",
                                   values_json(search.model.field(search.key[i]), std::span(key).subspan(i, 1))));
        choices.push_back("[" + joined(parts) + "]");
    }
    return "[" + joined(choices) + "]";
}

/// `write_date` is null until the first change.
std::string since_clause(const std::string& column, std::int64_t since) {
    const std::string from = datetime_json(since);
    if (column != "write_date") return clause(column, ">=", from);
    return R"(["OR",)" + clause(column, ">=", from) + ",[" + clause(column, "=", "null") + "," +
           clause("create_date", ">=", from) + "]]";
}

std::string sought_clause(const Search& search, const walk::Sought& sought) {
    std::vector<std::string> choices{"\"OR\""};
    for (const auto& value : sought.values) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < sought.columns.size(); ++i) {
            const std::string& name = sought.columns[i].name;
            const api::Metadata& model = sought.include ? *search.children[*sought.include] : search.model;
            const api::Field* const field = model.field(name);
            parts.push_back(clause(name, "in", values_json(field, std::span(value).subspan(i, 1))));
        }
        choices.push_back("[" + joined(parts) + "]");
    }
    std::string any = "[" + joined(choices) + "]";
    if (!sought.include) return any;
    return clause(search.definition.includes[*sought.include].field, "where", any);
}

std::string domain_json(const Search& search) {
    std::vector<std::string> all;
    if (!search.definition.where.empty()) all.push_back(search.definition.where);
    if (!search.behind.empty()) all.push_back(behind_clause(search.key, search.behind));
    if (!search.keys.empty()) all.push_back(keys_clause(search));
    if (search.question != nullptr && search.question->since) {
        const table::Include* const touched = search.question->touched;
        const auto& watermark = touched != nullptr ? touched->watermark : search.definition.watermark;
        const std::string since = since_clause(watermark->column, *search.question->since);
        all.push_back(touched != nullptr ? clause(touched->field, "where", "[" + since + "]") : since);
    }
    if (search.question != nullptr)
        for (const walk::Sought& sought : search.question->sought) all.push_back(sought_clause(search, sought));
    return "[" + joined(all) + "]";
}

/// With `write_date` what stands in for it.
std::string fields_json(std::span<const std::string> fields) {
    std::vector<std::string> all;
    const auto add = [&](const std::string& field) {
        const std::string text = json_text(field);
        if (std::ranges::find(all, text) == all.end()) all.push_back(text);
    };
    for (const std::string& field : fields) {
        add(field);
        const std::size_t dot = field.rfind('.');
        const std::size_t name = dot == std::string::npos ? 0 : dot + 1;
        if (field.substr(name) == "write_date") add(field.substr(0, name) + "create_date");
    }
    return "[" + joined(all) + "]";
}

}  // namespace

std::string date_json(std::int64_t days) {
    const CivilDay day = civil_of(std::clamp(days, first_day, last_day));
    return fmt::format(R"({{"__class__":"date","year":{},"month":{},"day":{}}})", day.year, day.month, day.day);
}

std::string datetime_json(std::int64_t micros) {
    micros = std::clamp(micros, first_day * micros_per_day, (last_day + 1) * micros_per_day - 1);
    std::int64_t days = micros / micros_per_day;
    if (micros % micros_per_day < 0) --days;
    const std::int64_t clock = micros - days * micros_per_day;
    const std::int64_t seconds = clock / micros_per_second;
    const CivilDay day = civil_of(days);
    return fmt::format(
        R"({{"__class__":"datetime","year":{},"month":{},"day":{},"hour":{},"minute":{},"second":{},"microsecond":{}}})",
        day.year, day.month, day.day, seconds / 3600, seconds / 60 % 60, seconds % 60, clock % micros_per_second);
}

std::string context_json(const Context& context) {
    std::string json = R"({"active_test":false)";
    if (context.company) json += fmt::format(R"(,"company":{})", *context.company);
    if (!context.language.empty()) json += R"(,"language":)" + json_text(context.language);
    if (context.location) json += fmt::format(R"(,"locations":[{}])", *context.location);
    if (context.assigned) json += R"(,"stock_assign":true)";
    const std::size_t from = context.more.find('{'), to = context.more.rfind('}');
    if (from != std::string::npos && to > from) {
        const std::string members = context.more.substr(from + 1, to - from - 1);
        if (members.find_first_not_of(" \t\r\n") != std::string::npos) json += "," + members;
    }
    return json + "}";
}

std::string search_params(const Search& search) {
    std::vector<std::string> order;
    for (const std::string& field : search.key) order.push_back("[" + json_text(field) + ",\"ASC\"]");
    return fmt::format("[{},0,{},[{}],{},{}]", domain_json(search), search.rows, joined(order),
                       fields_json(search.fields), search.context);
}

std::string children_params(const api::ChildQuestion& question, std::string_view context) {
    const auto& on = question.include.on;
    std::vector<std::string> choices{"\"OR\""};
    for (const auto& parent : question.parents) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < on.size(); ++i) parts.push_back(clause(on[i].first, "=", mark_json(parent[i])));
        choices.push_back("[" + joined(parts) + "]");
    }
    return fmt::format(R"([[[{}]],0,null,[["id","ASC"]],{},{}])", joined(choices), fields_json(question.fields),
                       context);
}

std::string call_body(std::string_view method, std::string_view params) {
    return fmt::format(R"({{"id":1,"method":{},"params":{}}})", json_text(method), params);
}

bool compares_as_text(const api::Field& field) {
    return is_whole(&field) || std::ranges::find(text_types, field.type) != text_types.end();
}

}  // namespace tributary::tryton
