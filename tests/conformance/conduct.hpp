#pragma once

#include "tests/conformance/report.hpp"
#include "tests/conformance/subject.hpp"

/// Checks of how a connector behaves: options, limits, stop requests, errors, memory, optional calls.
namespace tributary::conformance {

void declares_options(const MakeSubject& make, Report& report);
void respects_limits(const MakeSubject& make, Report& report);
void ends_at_a_stop_request(const MakeSubject& make, Report& report);
void survives_an_outage(const MakeSubject& make, Report& report);
void judges_errors(const MakeSubject& make, Report& report);
void refuses_foreign_positions(const MakeSubject& make, Report& report);
void owns_its_memory(const MakeSubject& make, Report& report);
void checks_definitions(const MakeSubject& make, Report& report);
void searches_rows(const MakeSubject& make, Report& report);
void lists_keys(const MakeSubject& make, Report& report);

}  // namespace tributary::conformance
