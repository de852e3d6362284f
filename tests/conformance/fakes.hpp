#pragma once

#include <memory>

#include "tests/conformance/subject.hpp"

/// Small honest sources in memory, one of each shape a connector can have, and what can be wrong with each.
namespace tributary::conformance {

enum class Flaw {
    none,
    skips_ties,          ///< Table: goes on behind the last watermark, whatever the key.
    loses_page,          ///< Table: a feed that is opened at a position leaves out the page behind it.
    takes_any_position,  ///< Table: starts over where it should stop.
    ignores_limits,      ///< Table: a page is whatever there is.
    ahead_of_rows,       ///< Log: the position is the end of the log, however few entries fitted.
    nulls_unchanged,     ///< Log: a value the log does not repeat becomes null.
    drops_deletes,       ///< Log: reads over them.
    ignores_stop,        ///< Push: waits for news and for nothing else.
    forgets_unread,      ///< Push: a commit confirms every message, read or not.
    leaks_secret,        ///< Keyed API: an error shows the address, and the token in it.
    keeps_rows,          ///< Keyed API: the rows' texts stay in the feed.
    overlooks_values,    ///< Keyed API: a search by several values finds the rows of the first.
    gives_up,            ///< Keyed API: a server that is away is no reason to come back.
};

/// A table polled by watermark.
std::shared_ptr<Subject> table_fake(Flaw flaw = Flaw::none);
/// A change log with two streams in one feed: deletes, truncation, values that are not repeated.
std::shared_ptr<Subject> log_fake(Flaw flaw = Flaw::none);
/// A queue that hands out messages as they come and forgets what was committed.
std::shared_ptr<Subject> push_fake(Flaw flaw = Flaw::none);
/// An API that lists keys with a version token each and gives rows by key.
std::shared_ptr<Subject> keyed_fake(Flaw flaw = Flaw::none);

}  // namespace tributary::conformance
