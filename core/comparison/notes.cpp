#include "core/comparison/notes.hpp"

#include <fmt/format.h>

#include <sstream>

namespace tributary {

namespace {

constexpr std::string_view held_kind = "held";
constexpr std::string_view confirmed_kind = "confirmed";
constexpr std::string_view swept_kind = "swept";

std::optional<std::int64_t> number_in(const std::optional<std::string>& text) {
    std::istringstream in(text.value_or(""));
    std::int64_t number = 0;
    if (in >> number) return number;
    return std::nullopt;
}

}  // namespace

Result<> ComparisonNotes::hold(std::string_view stream, const Held& held) const {
    return files_.write(stream, held_kind, fmt::format("{} {}", held.missing, held.known));
}

std::optional<ComparisonNotes::Held> ComparisonNotes::held(std::string_view stream) const {
    std::istringstream in(files_.read(stream, held_kind).value_or(""));
    Held held;
    if (in >> held.missing >> held.known) return held;
    return std::nullopt;
}

Result<> ComparisonNotes::confirm(std::string_view stream, std::int64_t deletes) const {
    return files_.write(stream, confirmed_kind, std::to_string(deletes));
}

std::optional<std::int64_t> ComparisonNotes::confirmed(std::string_view stream) const {
    return number_in(files_.read(stream, confirmed_kind));
}

void ComparisonNotes::settle(std::string_view stream) const {
    files_.remove(stream, held_kind);
    files_.remove(stream, confirmed_kind);
}

Result<> ComparisonNotes::swept(std::string_view stream, std::int64_t at) const {
    return files_.write(stream, swept_kind, std::to_string(at));
}

std::optional<std::int64_t> ComparisonNotes::last_sweep(std::string_view stream) const {
    return number_in(files_.read(stream, swept_kind));
}

}  // namespace tributary
