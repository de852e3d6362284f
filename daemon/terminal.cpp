#include "daemon/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace tributary {

bool shows_colour(std::FILE* stream) {
    const char* const refused = std::getenv("NO_COLOR");
    return (refused == nullptr || *refused == '\0') && ::isatty(::fileno(stream)) == 1;
}

std::string toned(Tone tone, std::string_view text, bool colour) {
    static constexpr std::array<std::string_view, 5> codes = {"", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    const std::string_view code = codes[static_cast<std::size_t>(tone)];
    if (!colour || code.empty()) return std::string(text);
    return fmt::format("{}{}\033[0m", code, text);
}

void complain(std::string_view message) { fmt::print(stderr, "tributary: {}\n", message); }

}  // namespace tributary
