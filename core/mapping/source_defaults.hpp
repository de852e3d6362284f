#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/mapping/zone.hpp"
#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary::mapping {

/// What a source says about all its streams: `defaults`, `time_zone`, `maps`, `lookups`.
struct SourceDefaults {
    std::unique_ptr<Zone> zone;     ///< nullptr: none declared.
    std::string phone_region;       ///< `phone_region`, else a `country` written as a code; may be empty.
    const Node* values = nullptr;   ///< The `defaults` map, for `currency`, `country`, `unit`, `company`.
    const Node* maps = nullptr;     ///< The named maps.
    const Node* lookups = nullptr;  ///< The named look-ups.

    /// The default for a field of this name, or nullptr. A scalar is the value itself, a map an expression.
    const Node* find(std::string_view field) const { return values == nullptr ? nullptr : values->find(field); }
};

SourceDefaults read_defaults(const Node* source, Diagnostics& diagnostics);

}  // namespace tributary::mapping
