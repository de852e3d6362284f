#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/settings/option.hpp"
#include "core/settings/quantity.hpp"
#include "core/settings/utf8.hpp"

namespace tributary {
namespace {

constexpr std::size_t longest_shown = 60;

/// What stands there, for messages: `'abc'`, `a list`; a secret's value never.
std::string found(const Node& value, const Option& option) {
    switch (value.kind) {
        case Node::Kind::null:
            return "nothing";
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a map";
        case Node::Kind::scalar:
            break;
    }
    if (value.secret || option.secret) return "a value that is not shown because it is secret";
    return fmt::format("'{}'", shortened(value.scalar, longest_shown));
}

std::string either(std::span<const std::string_view> choices) {
    if (choices.size() < 2) return fmt::format("'{}'", fmt::join(choices, ""));
    return fmt::format("{} or {}", fmt::join(choices.first(choices.size() - 1), ", "), choices.back());
}

std::string_view expected(OptionType type) {
    switch (type) {
        case OptionType::text:
            return "text";
        case OptionType::integer:
            return "a whole number";
        case OptionType::boolean:
            return "true or false";
        case OptionType::duration:
            return "a duration such as 10s, 5m or 1h";
        case OptionType::bytes:
            return "a size such as 64KB, 8MB or 1GB";
        case OptionType::choice:
            return "one of its choices";
        case OptionType::texts:
            return "a text or a list of texts";
        case OptionType::section:
            return "a map of options";
        case OptionType::sections:
            return "a map of names to options";
        case OptionType::any:
            return "a value";
    }
    return "a value";
}

/// Checks a map against its declaration, sections within it included.
class SettingsCheck {
  public:
    /// `of` ends the messages: "a postgres source", "'include.lines' of a postgres stream".
    SettingsCheck(Diagnostics& diagnostics, std::string of, std::string path = {})
        : diagnostics_(diagnostics), of_(std::move(of)), path_(std::move(path)) {}

    void check(const Node& map, std::span<const Option> options) const {
        if (!map.is_map() && !map.is_null())
            return diagnostics_.error(map.place, fmt::format("expected a map with the options of {}, found {}", whose(),
                                                             found(map, Option{})));
        for (const Node::Entry& entry : map.entries) check_entry(entry, options);
        for (const Option& option : options)
            if (option.required && option.not_yet.empty()) check_present(map, option);
    }

  private:
    std::string whose() const { return path_.empty() ? of_ : fmt::format("'{}' of {}", path_, of_); }

    SettingsCheck below(std::string_view name) const {
        return {diagnostics_, of_, path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name)};
    }

    void check_entry(const Node::Entry& entry, std::span<const Option> options) const {
        const auto option = std::ranges::find(options, entry.key, &Option::name);
        if (option == options.end())
            unknown(entry, options);
        else if (!option->not_yet.empty())
            diagnostics_.error(entry.key_place, fmt::format("not yet: {}", option->not_yet));
        else if (!entry.value.is_null())
            check_value(entry.value, *option);
    }

    void unknown(const Node::Entry& entry, std::span<const Option> options) const {
        std::vector<std::string_view> names;
        for (const Option& option : options) names.push_back(option.name);
        diagnostics_.error(entry.key_place,
                           fmt::format("unknown option '{}' of {}{}", shortened(entry.key, longest_shown), whose(),
                                       did_you_mean(entry.key, names)));
    }

    void check_present(const Node& map, const Option& option) const {
        const Node::Entry* entry = map.entry(option.name);
        if (entry && !entry->value.is_null()) return;
        const std::string example = option.example.empty() ? "" : fmt::format(", such as {}", option.example);
        diagnostics_.error(entry ? entry->key_place : map.place,
                           fmt::format("{} needs '{}'{}", whose(), option.name, example));
    }

    void check_value(const Node& value, const Option& option) const {
        switch (option.type) {
            case OptionType::any:
                return;
            case OptionType::text:
                return check_scalar(value, option);
            case OptionType::boolean:
                return check_that(value.is_scalar() && parse_boolean(value.scalar), value, option);
            case OptionType::integer:
            case OptionType::bytes:
            case OptionType::duration:
                return check_quantity(value, option);
            case OptionType::choice:
                return check_choice(value, option);
            case OptionType::texts:
                return check_texts(value, option);
            case OptionType::section:
                return below(option.name).check(value, option.fields);
            case OptionType::sections:
                return check_sections(value, option);
        }
    }

    void check_that(bool holds, const Node& value, const Option& option) const {
        if (!holds)
            diagnostics_.error(value.place,
                               fmt::format("expected {}, found {}", expected(option.type), found(value, option)));
    }

    void check_scalar(const Node& value, const Option& option) const { check_that(value.is_scalar(), value, option); }

    void check_quantity(const Node& value, const Option& option) const {
        const auto quantity = value.is_scalar() ? parse_quantity(option.type, value.scalar) : std::nullopt;
        check_that(quantity.has_value(), value, option);
        if (!quantity) return;
        if (*quantity < option.at_least) out_of_bounds(value, option, "at least", option.at_least);
        if (*quantity > option.at_most) out_of_bounds(value, option, "at most", option.at_most);
    }

    void out_of_bounds(const Node& value, const Option& option, std::string_view relation, std::int64_t bound) const {
        diagnostics_.error(value.place, fmt::format("'{}' must be {} {}, found {}", option.name, relation,
                                                    format_quantity(option.type, bound), found(value, option)));
    }

    void check_choice(const Node& value, const Option& option) const {
        if (value.is_scalar() && std::ranges::find(option.choices, value.scalar) != option.choices.end()) return;
        const bool may_suggest = value.is_scalar() && !value.secret && !option.secret;
        diagnostics_.error(value.place,
                           fmt::format("expected {}, found {}{}", either(option.choices), found(value, option),
                                       may_suggest ? did_you_mean(value.scalar, option.choices) : std::string()));
    }

    void check_texts(const Node& value, const Option& option) const {
        if (!value.is_list()) return check_scalar(value, option);
        for (const Node& item : value.items)
            if (!item.is_scalar())
                diagnostics_.error(item.place, fmt::format("expected text, found {}", found(item, option)));
    }

    void check_sections(const Node& value, const Option& option) const {
        check_that(value.is_map(), value, option);
        for (const Node::Entry& entry : value.entries)
            below(option.name).below(entry.key).check(entry.value, option.fields);
    }

    Diagnostics& diagnostics_;
    std::string of_;
    std::string path_;
};

}  // namespace

Settings read_settings(const Node& map, std::span<const Option> options, Diagnostics& diagnostics,
                       std::string_view of) {
    SettingsCheck(diagnostics, std::string(of)).check(map, options);
    Settings settings;
    settings.options_ = options;
    if (map.is_map()) settings.map_ = &map;
    settings.place_ = map.place;
    return settings;
}

}  // namespace tributary
