#pragma once

#include "tests/conformance/report.hpp"
#include "tests/conformance/subject.hpp"

/// Checks of what arrives: every row, whatever the page size, the stamps, the position it is read from.
namespace tributary::conformance {

void delivers_everything(const MakeSubject& make, Report& report);
void delivers_page_by_page(const MakeSubject& make, Report& report);
void delivers_ties(const MakeSubject& make, Report& report);
void resumes_from_every_position(const MakeSubject& make, Report& report);
void keeps_rows_when_committed(const MakeSubject& make, Report& report);
void keeps_feeds_apart(const MakeSubject& make, Report& report);
void tells_deletes(const MakeSubject& make, Report& report);
void tells_unchanged_values(const MakeSubject& make, Report& report);

}  // namespace tributary::conformance
