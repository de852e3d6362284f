#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace tributary {

/// The content of a regular file of at most `most_bytes`, or why it cannot be had ("cannot read 'x': Permission
/// denied"). Pipes and devices are refused: reading one could block the start or never end.
std::expected<std::string, std::string> read_text_file(const std::filesystem::path& path, std::size_t most_bytes);

}  // namespace tributary
