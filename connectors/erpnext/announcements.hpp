#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/result.hpp"

namespace tributary::erpnext {

/// What a site writes down about documents that went or changed their name, read from its own doctypes. Pure.

/// A stream as announcements see it.
struct Announced {
    std::string doctype = {};
    std::string parent = {};  ///< Of a child table: whose documents its rows go with.
    std::vector<std::string> key = {};
    /// Columns that hold names of other documents, and the doctypes of these: a rename changes what stands there, and
    /// no stamp tells.
    std::vector<std::pair<std::string, std::string>> links = {};

    /// The doctypes whose renames concern it.
    std::vector<std::string> renamed() const;
};

/// The keys, as canonical texts, of the stream's rows that went with a document: `data` of a `Deleted Document`, which
/// is all of it as JSON. One whose data is not readable has none: comparing keys will find it.
std::vector<std::vector<std::string>> deleted_keys(const Announced& stream, std::string_view doctype,
                                                   std::string_view data);

/// What a document was called before: of the names that the `Comment` about a rename or merge has in `<strong>`, those
/// that it does not bear now; two, when it was renamed once more since. The words around them are translated.
std::vector<std::string> former_names(std::string_view comment, std::string_view now);

}  // namespace tributary::erpnext
