#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "core/connector/connector.hpp"
#include "core/settings/render.hpp"

namespace tributary::table::test {

/// A connector's README carries the tables of its options between markers; they come from the declarations.
inline void check_readme(const Connector& connector) {
    const std::string path = "connectors/" + std::string(connector.name()) + "/README.md";
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    for (const auto& [marker, options] : {std::pair{"<!-- options: source -->", connector.source_options()},
                                          std::pair{"<!-- options: stream -->", connector.stream_options()}}) {
        const std::string expected = marker + std::string("\n\n") + options_as_markdown(options) + "\n<!-- end -->";
        INFO(path << " (tests run in the checkout's root) must hold:\n" << expected);
        CHECK(text.str().find(expected) != std::string::npos);
    }
}

}  // namespace tributary::table::test
