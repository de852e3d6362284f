#include <algorithm>
#include <cassert>
#include <iterator>

#include "core/settings/option.hpp"
#include "core/settings/quantity.hpp"
#include "core/settings/redact.hpp"
#include "core/settings/written_password.hpp"

namespace tributary {
namespace {

/// A default of `texts` as a user would spell it: `[a, b]`, or one bare text.
std::vector<std::string> split_fallback(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view part = text.substr(0, comma);
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        parts.emplace_back(part.substr(0, part.find_last_not_of(' ') + 1));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

}  // namespace

const Option* Settings::declared(std::string_view name) const {
    const auto option = std::ranges::find(options_, name, &Option::name);
    assert(option != options_.end() && "an accessor names an option that is not declared");
    return option == options_.end() ? nullptr : &*option;
}

const Node* Settings::node(std::string_view name) const {
    (void)declared(name);
    const Node* value = map_ ? map_->find(name) : nullptr;
    return value && !value->is_null() ? value : nullptr;
}

bool Settings::has(std::string_view name) const { return node(name) != nullptr; }

std::string Settings::text(std::string_view name) const {
    if (const Node* value = node(name)) return value->is_scalar() ? value->scalar : std::string();
    const Option* option = declared(name);
    return option ? std::string(option->fallback) : std::string();
}

std::optional<std::int64_t> Settings::integer(std::string_view name) const {
    const Option* option = declared(name);
    return option ? parse_quantity(option->type, text(name)) : std::nullopt;
}

bool Settings::boolean(std::string_view name) const { return parse_boolean(text(name)).value_or(false); }

std::optional<std::chrono::milliseconds> Settings::duration(std::string_view name) const {
    return parse_duration(text(name));
}

std::vector<std::string> Settings::texts(std::string_view name) const {
    const Node* value = node(name);
    if (!value) return split_fallback(text(name));
    if (value->is_scalar()) return {value->scalar};
    std::vector<std::string> result;
    for (const Node& item : value->items)
        if (item.is_scalar()) result.push_back(item.scalar);
    return result;
}

Settings Settings::section(std::string_view name) const {
    const Option* option = declared(name);
    const Node* value = node(name);
    Settings result;
    if (option) result.options_ = option->fields;
    if (value && value->is_map()) result.map_ = value;
    result.place_ = place(name);
    return result;
}

std::vector<std::pair<std::string, Settings>> Settings::sections(std::string_view name) const {
    std::vector<std::pair<std::string, Settings>> result;
    const Option* option = declared(name);
    const Node* value = node(name);
    if (!option || !value) return result;
    for (const Node::Entry& entry : value->entries) {
        Settings section;
        section.options_ = option->fields;
        if (entry.value.is_map()) section.map_ = &entry.value;
        section.place_ = entry.value.place;
        result.emplace_back(entry.key, section);
    }
    return result;
}

Place Settings::place(std::string_view name) const {
    const Node* value = node(name);
    return value ? value->place : place_;
}

std::vector<std::string> secrets_of(const Node& value) {
    std::vector<std::string> secrets;
    const auto append = [&](std::vector<std::string> more) { std::ranges::move(more, std::back_inserter(secrets)); };
    for (const Node& item : value.items) append(secrets_of(item));
    for (const Node::Entry& entry : value.entries) append(secrets_of(entry.value));
    if (!value.is_scalar()) return secrets;
    const std::vector<std::string> passwords = passwords_in(value.scalar);
    const auto is_secret = [&](const std::string& variable) {
        return passwords.empty() || std::ranges::any_of(passwords, [&](const std::string& password) {
                   return password.contains(variable) ||
                          (password.size() >= Redactor::least_bytes && variable.contains(password));
               });
    };
    secrets.push_back(value.scalar);
    append(passwords);
    std::ranges::copy_if(value.variables, std::back_inserter(secrets), is_secret);
    return secrets;
}

std::vector<std::string> Settings::secret_values() const {
    std::vector<std::string> result;
    const auto append = [&](std::vector<std::string> more) { std::ranges::move(more, std::back_inserter(result)); };
    for (const Option& option : options_) {
        if (!has(option.name)) continue;
        if (option.secret) append(secrets_of(*node(option.name)));
        if (option.type == OptionType::section) append(section(option.name).secret_values());
        if (option.type == OptionType::sections)
            for (const auto& [_, each] : sections(option.name)) append(each.secret_values());
    }
    return result;
}

}  // namespace tributary
