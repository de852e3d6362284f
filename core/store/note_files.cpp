#include "core/store/note_files.hpp"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace tributary {

/// A name holds no `~`, so two streams never share a file.
std::filesystem::path NoteFiles::file(std::string_view stream, std::string_view kind) const {
    std::string name(stream);
    if (const std::size_t slash = name.find('/'); slash != std::string::npos) name[slash] = '~';
    return directory_ / fmt::format("{}.{}", name, kind);
}

Result<> NoteFiles::write(std::string_view stream, std::string_view kind, const std::string& text) const {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    const auto target = file(stream, kind);
    auto draft = target;
    draft += ".new";
    {
        std::ofstream out(draft, std::ios::trunc);
        out << text << '\n';
        out.flush();
        if (!out) return fail(Verdict::retry, "state_io", fmt::format("cannot write {}", draft.string()));
    }
    std::filesystem::rename(draft, target, error);
    if (error)
        return fail(Verdict::retry, "state_io", fmt::format("cannot write {}: {}", target.string(), error.message()));
    return {};
}

std::optional<std::string> NoteFiles::read(std::string_view stream, std::string_view kind) const {
    std::ifstream in(file(stream, kind));
    std::string line;
    if (!in || !std::getline(in, line)) return std::nullopt;
    return line;
}

void NoteFiles::remove(std::string_view stream, std::string_view kind) const {
    std::error_code ignored;
    std::filesystem::remove(file(stream, kind), ignored);
}

}  // namespace tributary
