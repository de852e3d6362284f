#include "core/mapping/path.hpp"

#include <charconv>
#include <optional>

namespace tributary::mapping {
namespace {

constexpr std::string_view not_in_names = " \t\n.[]\"'^(){},";

using Taken = std::expected<Step, std::string>;

Step named(std::string_view name) {
    Step step;
    step.name = name;
    return step;
}

constexpr const char* no_name =
    R"(expected a column name; one with blanks or dots is written '["odd name"]', quotes and all)";

Taken take_name(std::string_view& text) {
    const std::string_view name = text.substr(0, text.find_first_of(not_in_names));
    if (name.empty()) return std::unexpected(no_name);
    text.remove_prefix(name.size());
    return named(name);
}

Taken take_quoted(std::string_view& text) {
    const std::size_t end = text.find("\"]", 2);
    if (end == std::string_view::npos || end == 2) return std::unexpected(R"(expected ["name"])");
    Step step = named(text.substr(2, end - 2));
    text.remove_prefix(end + 2);
    return step;
}

Taken take_index(std::string_view& text) {
    const std::size_t end = std::min(text.find(']'), text.size());
    Step step;
    const auto [at, error] = std::from_chars(text.data() + 1, text.data() + end, step.index);
    if (error != std::errc() || at != text.data() + end || end == text.size() || step.index < 0)
        return std::unexpected("expected [0] or [\"name\"]");
    text.remove_prefix(end + 1);
    return step;
}

Taken take_step(std::string_view& text, bool first) {
    if (text.starts_with("[\"")) return take_quoted(text);
    if (!first && text.starts_with('[')) return take_index(text);
    if (!first) {
        if (!text.starts_with('.')) return std::unexpected(no_name);
        text.remove_prefix(1);
    }
    return take_name(text);
}

}  // namespace

const Value* Step::in(const Object& object) const {
    if (object.shape == nullptr) return nullptr;
    if (known_shape_ != object.shape->serial.value()) {
        known_shape_ = object.shape->serial.value();
        known_index_ = object.shape->find(name);
    }
    return known_index_ < 0 ? nullptr : object.values + known_index_;
}

std::expected<Path, std::string> parse_path(std::string_view text) {
    Path path;
    path.text = text;
    for (; text.starts_with('^'); text.remove_prefix(1)) ++path.up;
    do {
        auto step = take_step(text, path.steps.empty());
        if (!step) return std::unexpected(step.error());
        path.steps.push_back(std::move(*step));
    } while (!text.empty());
    return path;
}

}  // namespace tributary::mapping
