#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "core/settings/yaml.hpp"

namespace tributary {

/// What the lab set; the test fails where it did not.
inline std::string environment(const char* name) {
    const auto value = process_environment()(name);
    if (!value) FAIL(name << " is not set: start a lab first");
    return value.value_or("");
}

}  // namespace tributary
