#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "daemon/commands.hpp"
#include "daemon/documents.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

bool is_fresh(const std::filesystem::path& file, const std::string& content) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return stream && text.str() == content;
}

bool write(const std::filesystem::path& file, const std::string& content) {
    std::error_code ignored;  // writing says it
    std::filesystem::create_directories(file.parent_path(), ignored);
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << content;
    stream.close();
    return static_cast<bool>(stream);
}

}  // namespace

int docs_command(const DocsOptions& options) {
    const auto documents = generated_documents(options.directory);
    if (!documents) {
        complain(documents.error().what);
        return exit_usage;
    }
    int code = 0;
    for (const Document& document : *documents) {
        const auto file = options.directory / document.path;
        if (is_fresh(file, document.content)) continue;
        if (options.check) {
            fmt::print("{} is stale: `tributary docs` makes it anew\n", document.path.string());
            code = exit_check_failed;
        } else if (write(file, document.content)) {
            fmt::print("{}\n", document.path.string());
        } else {
            complain(fmt::format("cannot write {}", file.string()));
            code = exit_check_failed;
        }
    }
    return code;
}

}  // namespace tributary
