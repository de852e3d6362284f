#include "connectors/kit/api/known_names.hpp"

#include <algorithm>

namespace tributary::api {

std::vector<std::string> names_read(std::span<const EmbeddedFile> mappings, std::string_view option) {
    const std::string key = std::string(option) + ": ";
    std::vector<std::string> names;
    for (const EmbeddedFile& mapping : mappings)
        for (std::size_t at = mapping.content.find(key); at != std::string_view::npos;
             at = mapping.content.find(key, at + 1)) {
            const bool whole = at > 0 && (mapping.content[at - 1] == ' ' || mapping.content[at - 1] == '{');
            std::string_view name = mapping.content.substr(at + key.size());
            name = name.substr(0, name.find_first_of(",}\n#"));
            name = name.substr(0, name.find_last_not_of(' ') + 1);
            if (whole && !name.empty() && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
        }
    return names;
}

}  // namespace tributary::api
