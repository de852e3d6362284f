#include "core/comparison/notes.hpp"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace tributary {

namespace {

constexpr std::string_view held_kind = "held";
constexpr std::string_view confirmed_kind = "confirmed";
constexpr std::string_view swept_kind = "swept";

std::optional<std::int64_t> read_number(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::int64_t number = 0;
    if (in >> number) return number;
    return std::nullopt;
}

}  // namespace

/// A name holds no `~`, so two streams never share a file.
std::filesystem::path ComparisonNotes::file(std::string_view stream, std::string_view kind) const {
    std::string name(stream);
    if (const std::size_t slash = name.find('/'); slash != std::string::npos) name[slash] = '~';
    return directory_ / fmt::format("{}.{}", name, kind);
}

Result<> ComparisonNotes::write(const std::filesystem::path& file, const std::string& text) const {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    auto draft = file;
    draft += ".new";
    {
        std::ofstream out(draft, std::ios::trunc);
        out << text << '\n';
        out.flush();
        if (!out) return fail(Verdict::retry, "state_io", fmt::format("cannot write {}", draft.string()));
    }
    std::filesystem::rename(draft, file, error);
    if (error)
        return fail(Verdict::retry, "state_io", fmt::format("cannot write {}: {}", file.string(), error.message()));
    return {};
}

Result<> ComparisonNotes::hold(std::string_view stream, const Held& held) const {
    return write(file(stream, held_kind), fmt::format("{} {}", held.missing, held.known));
}

std::optional<ComparisonNotes::Held> ComparisonNotes::held(std::string_view stream) const {
    std::ifstream in(file(stream, held_kind));
    Held held;
    if (in >> held.missing >> held.known) return held;
    return std::nullopt;
}

Result<> ComparisonNotes::confirm(std::string_view stream, std::int64_t deletes) const {
    return write(file(stream, confirmed_kind), std::to_string(deletes));
}

std::optional<std::int64_t> ComparisonNotes::confirmed(std::string_view stream) const {
    return read_number(file(stream, confirmed_kind));
}

void ComparisonNotes::settle(std::string_view stream) const {
    std::error_code ignored;
    std::filesystem::remove(file(stream, held_kind), ignored);
    std::filesystem::remove(file(stream, confirmed_kind), ignored);
}

Result<> ComparisonNotes::swept(std::string_view stream, std::int64_t at) const {
    return write(file(stream, swept_kind), std::to_string(at));
}

std::optional<std::int64_t> ComparisonNotes::last_sweep(std::string_view stream) const {
    return read_number(file(stream, swept_kind));
}

}  // namespace tributary
