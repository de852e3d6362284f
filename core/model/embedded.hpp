#pragma once

#include <span>
#include <string_view>

namespace tributary {

/// A file the build put into the binary; it lives as long as the process.
struct EmbeddedFile {
    std::string_view name;
    std::string_view content;
};

/// The files of schemas/, by the path below it ("customer.json"), sorted.
std::span<const EmbeddedFile> embedded_schemas();

/// "0.1.0", as CMakeLists.txt says.
std::string_view version();

/// The commit this was built from, "-dirty" appended when files differed from it; "unknown" outside a git checkout.
std::string_view source_commit();

}  // namespace tributary
