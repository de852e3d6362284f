#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/discovery/proposal.hpp"

namespace tributary::discovery {

/// Where amounts find their currency.
struct Money {
    bool source_has_currency = false;
    std::string currency = {};  ///< A column as YAML spells it, `^` included; empty: none.
};

/// The lines below `fields`, without indentation. What would make rejects of rows is commented out.
std::vector<std::string> write_fields(std::string_view entity, const Content& content, const Money& money);

}  // namespace tributary::discovery
