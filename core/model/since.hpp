#pragma once

#include <string_view>

namespace tributary {

/// The last member of a record's document that says since when it holds: of several records of one stream about one
/// entity the newest decides. It belongs to the record alone; no entity has it.
constexpr std::string_view since_label = "\"$since\":\"";

struct Dated {
    std::string_view rest;   ///< The document without its end: a closing brace makes it whole again.
    std::string_view since;  ///< Empty: not dated, and `rest` is the whole document.
};

Dated dated(std::string_view document);

}  // namespace tributary
