#pragma once

#include <catch2/catch.hpp>

#include "tests/conformance/conformance.hpp"

namespace tributary::conformance {

/// Fails the running test with what the connector does wrong.
inline void require_conformance(const MakeSubject& make) {
    Report report;
    for (const Check& check : checks()) {
        const std::size_t before = report.violations().size();
        check.run(make, report);
        INFO("the conformance suite expects: " << check.title << "\n" << report.text());
        CHECK(report.violations().size() == before);
    }
}

}  // namespace tributary::conformance
