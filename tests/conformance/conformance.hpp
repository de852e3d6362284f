#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tests/conformance/report.hpp"
#include "tests/conformance/subject.hpp"

namespace tributary::conformance {

/// One part of the suite. Reports what the connector does wrong; a check whose ground another one has found broken
/// says nothing, so that a mistake shows under its own name.
struct Check {
    std::string_view title;
    void (*run)(const MakeSubject& make, Report& report);
};

std::span<const Check> checks();

/// Everything the suite holds against a connector; none: it conforms. Catches no crash and no data race: run it under
/// the sanitizers as well.
std::vector<Violation> violations(const MakeSubject& make);

}  // namespace tributary::conformance
