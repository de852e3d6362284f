#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/settings/quantity.hpp"
#include "core/settings/render.hpp"

namespace tributary {
namespace {

bool is_sentence(std::string_view help) {
    return !help.empty() && help.front() >= 'A' && help.front() <= 'Z' && help.ends_with('.') && !help.contains('\n');
}

bool is_lower_snake_case(std::string_view name) {
    return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

bool is_quantity(OptionType type) {
    return type == OptionType::integer || type == OptionType::bytes || type == OptionType::duration;
}

/// Whether a user could write the option's own default.
bool takes_its_fallback(const Option& option) {
    if (option.fallback.empty()) return true;
    if (option.type == OptionType::boolean) return parse_boolean(option.fallback).has_value();
    if (option.type == OptionType::choice)
        return std::ranges::find(option.choices, option.fallback) != option.choices.end();
    if (!is_quantity(option.type)) return option.type == OptionType::text || option.type == OptionType::texts;
    const auto value = parse_quantity(option.type, option.fallback);
    return value && *value >= option.at_least && *value <= option.at_most;
}

class DeclarationCheck {
  public:
    std::vector<std::string> run(std::span<const Option> options) {
        check(options, "");
        return std::move(faults_);
    }

  private:
    void check(std::span<const Option> options, const std::string& prefix) {
        std::set<std::string_view> names;
        for (const Option& option : options) {
            name_ = prefix + std::string(option.name);
            expect(names.insert(option.name).second, "is declared twice");
            check(option);
            check(option.fields, name_ + ".");
        }
    }

    void check(const Option& option) {
        const bool is_section = option.type == OptionType::section || option.type == OptionType::sections;
        const bool has_bounds = option.at_least != INT64_MIN || option.at_most != INT64_MAX;
        expect(is_lower_snake_case(option.name), "is not lower_snake_case");
        expect(is_sentence(option.help), "has help that is not one sentence on one line");
        expect(takes_its_fallback(option), "would refuse its own default");
        expect(!option.required || option.fallback.empty(), "is required and has a default");
        expect((option.type == OptionType::choice) != option.choices.empty(), "has choices and is no choice, or none");
        expect(is_section || option.fields.empty(), "has fields and is no section");
        expect(!has_bounds || is_quantity(option.type), "has bounds that nothing checks");
        expect(option.at_least <= option.at_most, "has bounds that nothing fits between");
    }

    void expect(bool holds, std::string_view fault) {
        if (!holds) faults_.push_back(fmt::format("option '{}' {}", name_, fault));
    }

    std::string name_;
    std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> declaration_faults(std::span<const Option> options) { return DeclarationCheck().run(options); }

}  // namespace tributary
