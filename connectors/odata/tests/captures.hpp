#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

namespace tributary::odata::test {

/// A file of captures/: answers of real systems. `v2_`, `v4_`: of SAP's CAP server as tests/lab/odata starts it;
/// `sap_`: of an S/4HANA, host and user changed; `1c_`: of two 1C bases. Tests run in the checkout's root.
inline std::string capture(const std::string& name) {
    const std::ifstream file("connectors/odata/tests/captures/" + name);
    REQUIRE(file);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace tributary::odata::test
