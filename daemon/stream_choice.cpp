#include "daemon/stream_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tributary {

namespace {

bool means(std::string_view name, std::string_view source, std::string_view stream) {
    if (!name.starts_with(source)) return false;
    const std::string_view rest = name.substr(source.size());
    return rest.empty() || (rest.front() == '/' && rest.substr(1) == stream);
}

}  // namespace

bool StreamChoice::has(std::string_view source, std::string_view stream) const {
    return names_.empty() ||
           std::ranges::any_of(names_, [&](const std::string& name) { return means(name, source, stream); });
}

std::optional<std::string> StreamChoice::unknown(const Configuration& configuration) const {
    std::vector<std::string> known;
    for (const auto& source : configuration.sources) {
        known.push_back(source.name);
        for (const auto& stream : source.streams) known.push_back(source.name + "/" + stream.name);
    }
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    for (const std::string& name : names_)
        if (std::ranges::find(known, name) == known.end())
            return fmt::format("there is no stream '{}'{}; `tributary list -c FILE` lists them", name,
                               did_you_mean(name, candidates));
    return std::nullopt;
}

}  // namespace tributary
