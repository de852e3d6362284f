#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings/yaml.hpp"

namespace tributary {

/// Where `${…}` is looked up.
struct SubstitutionSources {
    const Environment& environment;
    std::filesystem::path directory;  ///< Of the configuration file; a relative `${file:PATH}` is below it.
};

struct Substituted {
    std::string text;
    bool secret = false;                 ///< The content of a `${file:PATH}` is in `text`.
    std::vector<std::string> secrets;    ///< Such contents, and the passwords written in them.
    std::vector<std::string> variables;  ///< Values of `${VAR}`; a default is none.
    std::vector<std::string> errors;     ///< Messages without values.
};

/// The most a secret's file may hold.
constexpr std::size_t most_secret_bytes = 64 * 1024;

/// Replaces `${VAR}`, `${VAR:default}` and `${file:PATH}` (line end at its end trimmed) and turns `$${` into `${`. What
/// was put in is not looked at again. An undefined variable is an error, an empty one is empty. Stops growing beyond
/// `most_bytes` with an error.
Substituted substitute(std::string_view scalar, const SubstitutionSources& sources, std::size_t most_bytes);

}  // namespace tributary
