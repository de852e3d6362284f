#include "core/settings/text_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace tributary {
namespace {

struct Close {
    void operator()(std::FILE* file) const {
        // Only read from: a failing close loses nothing.
        (void)std::fclose(file);
    }
};

std::unexpected<std::string> cannot_read(const std::filesystem::path& path, const std::string& why) {
    return std::unexpected(fmt::format("cannot read '{}': {}", path.string(), why));
}

}  // namespace

std::expected<std::string, std::string> read_text_file(const std::filesystem::path& path, std::size_t most_bytes) {
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (!std::filesystem::exists(status)) return cannot_read(path, code ? code.message() : "no such file");
    if (!std::filesystem::is_regular_file(status)) return cannot_read(path, "not a regular file");

    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) return cannot_read(path, std::generic_category().message(errno));
    std::string content;
    char block[16 * 1024];
    while (const std::size_t got = std::fread(block, 1, sizeof block, file.get())) {
        content.append(block, got);
        if (content.size() > most_bytes) return cannot_read(path, fmt::format("larger than {} bytes", most_bytes));
    }
    if (std::ferror(file.get())) return cannot_read(path, std::generic_category().message(errno));
    return content;
}

}  // namespace tributary
