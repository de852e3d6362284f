#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/mapping/expression_compiler.hpp"

namespace tributary::mapping {
namespace {

using As = Reading::As;

struct TypeName {
    std::string_view name;
    As as;
};
constexpr std::array<TypeName, 6> types = {{{"text", As::text},
                                            {"integer", As::integer},
                                            {"decimal", As::decimal},
                                            {"boolean", As::boolean},
                                            {"date", As::date},
                                            {"instant", As::instant}}};

constexpr int largest_scale = 30;

/// `trim` and `type` also hold for the parts: a blank name is an empty one, and each key column is read by itself.
void pass_on(Expression& into) {
    for (Expression& part : into.parts) {
        part.trim |= into.trim;
        if (into.source == Expression::Source::reference && into.reading && !part.reading) part.reading = into.reading;
        if (into.source == Expression::Source::reference && into.map && !part.map) {
            part.map = into.map;
            part.has_else = into.has_else;
            part.otherwise = into.otherwise;
        }
        pass_on(part);
    }
    if (into.source != Expression::Source::reference) return;
    into.reading.reset();
    into.map.reset();
}

}  // namespace

void ExpressionCompiler::read_modifiers(const Node& node, Expression& into) {
    if (const Node* trim = node.find("trim")) into.trim = flag(*trim);
    read_reading(node, into);
    read_codes(node, into);
    read_literals(node, into);
    pass_on(into);
}

void ExpressionCompiler::read_reading(const Node& node, Expression& into) {
    const Node* type = node.find("type");
    if (type == nullptr) return;
    std::array<std::string_view, types.size()> names;
    for (std::size_t i = 0; i < types.size(); ++i) names[i] = types[i].name;
    for (const TypeName& known : types)
        if (type->scalar == known.name) into.reading.emplace().as = known.as;
    if (!into.reading)
        return diagnostics_.error(type->place, fmt::format("no type '{}'{}, expected one of {}", type->scalar,
                                                           did_you_mean(type->scalar, names), fmt::join(names, ", ")));
    if (const Node* format = node.find("format")) read_format(*format, *into.reading);
    const bool reads_wall_clock =
        into.reading->time && into.reading->as == As::instant && !into.reading->time->has_zone();
    if (reads_wall_clock && defaults_.zone == nullptr)
        diagnostics_.error(node.find("format")->place,
                           "this format reads no time zone: set time_zone of the source, or read %z");
}

void ExpressionCompiler::read_format(const Node& format, Reading& reading) {
    const auto fails = [&](const std::string& why) { diagnostics_.error(format.place, why); };
    if (!format.is_scalar()) return fails("expected a format");
    switch (reading.as) {
        case As::decimal:
        case As::integer: {
            auto number = NumberFormat::compile(format.scalar);
            if (!number) return fails(number.error());
            reading.number = std::move(*number);
            return;
        }
        case As::boolean: {
            const std::size_t slash = format.scalar.find('/');
            if (slash == 0 || slash == std::string::npos || slash + 1 == format.scalar.size())
                return fails("expected the words for true and false, such as Y/N");
            reading.yes = format.scalar.substr(0, slash);
            reading.no = format.scalar.substr(slash + 1);
            return;
        }
        case As::date:
        case As::instant: {
            auto time = TimeFormat::compile(format.scalar);
            if (!time) return fails(time.error());
            if (!time->has_day()) return fails("expected a format with year, month and day, such as %d.%m.%Y");
            reading.time = std::move(*time);
            return;
        }
        case As::text:
        case As::as_it_is:
            return fails("a text has no format");
    }
}

void ExpressionCompiler::read_codes(const Node& node, Expression& into) {
    if (const Node* map = node.find("map")) into.map = map->is_scalar() ? named_codes(*map) : codes_of(*map);
    if (const Node* otherwise = node.find("else"); otherwise != nullptr && node.find("match") == nullptr) {
        into.has_else = true;
        into.otherwise = literal(*otherwise);
    }
}

std::shared_ptr<const CodeMap> ExpressionCompiler::codes_of(const Node& node) {
    auto codes = std::make_shared<CodeMap>();
    if (!node.is_map()) {
        diagnostics_.error(node.place, "expected a map of codes, or the name of one in the source's 'maps'");
        return codes;
    }
    for (const Node::Entry& entry : node.entries) codes->emplace(entry.key, literal(entry.value));
    return codes;
}

std::shared_ptr<const CodeMap> ExpressionCompiler::named_codes(const Node& name) {
    used_maps.insert(name.scalar);
    auto& codes = named_[name.scalar];
    if (codes) return codes;
    const Node* map = defaults_.maps == nullptr ? nullptr : defaults_.maps->find(name.scalar);
    if (map != nullptr) return codes = codes_of(*map);
    std::vector<std::string_view> names;
    if (defaults_.maps != nullptr)
        for (const Node::Entry& entry : defaults_.maps->entries) names.push_back(entry.key);
    diagnostics_.error(name.place, fmt::format("no map '{}' in this source's 'maps'{}", name.scalar,
                                               did_you_mean(name.scalar, names)));
    return codes = std::make_shared<CodeMap>();
}

void ExpressionCompiler::read_literals(const Node& node, Expression& into) {
    if (const Node* fallback = node.find("default")) into.fallback = literal(*fallback);
    const Node* scale = node.find("scale");
    if (scale == nullptr) return;
    const std::string& digits = scale->scalar;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into.scale);
    if (error != std::errc() || end != digits.data() + digits.size() || into.scale < 0 || into.scale > largest_scale)
        diagnostics_.error(scale->place,
                           fmt::format("expected the number of decimals to round to, 0 to {}", largest_scale));
}

std::optional<std::string> ExpressionCompiler::literal(const Node& node) {
    if (node.is_null()) return std::nullopt;
    if (node.is_scalar()) return node.scalar;
    diagnostics_.error(node.place, "expected a single value");
    return std::nullopt;
}

bool ExpressionCompiler::flag(const Node& node) {
    if (node.is_scalar() && (node.scalar == "true" || node.scalar == "false")) return node.scalar == "true";
    diagnostics_.error(node.place, "expected true or false");
    return false;
}

}  // namespace tributary::mapping
