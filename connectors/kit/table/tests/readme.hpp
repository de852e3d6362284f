#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/connector/connector.hpp"
#include "core/settings/render.hpp"

namespace tributary::table::test {

inline std::string readme_of(std::string_view connector) {
    std::ifstream file("connectors/" + std::string(connector) + "/README.md");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The table of types in a README comes from the one that the code uses.
inline void check_types(std::string_view connector, const std::string& table) {
    const std::string expected = "<!-- types -->\n\n" + table + "\n<!-- end -->";
    INFO("connectors/" << connector << "/README.md (tests run in the checkout's root) must hold:\n" << expected);
    CHECK(readme_of(connector).find(expected) != std::string::npos);
}

/// A connector's README carries the tables of its options between markers; they come from the declarations.
inline void check_readme(const Connector& connector) {
    const std::string text = readme_of(connector.name());
    for (const auto& [marker, options] : {std::pair{"<!-- options: source -->", connector.source_options()},
                                          std::pair{"<!-- options: stream -->", connector.stream_options()}}) {
        const std::string expected = marker + std::string("\n\n") + options_as_markdown(options) + "\n<!-- end -->";
        INFO("connectors/" << connector.name() << "/README.md (tests run in the checkout's root) must hold:\n"
                           << expected);
        CHECK(text.find(expected) != std::string::npos);
    }
}

}  // namespace tributary::table::test
