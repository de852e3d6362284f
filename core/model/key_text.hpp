#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary {

/// Why a value is no key.
enum class NoKey : std::uint8_t {
    none,
    null,
    unchanged,
    real,          ///< Binary floats are not exact.
    naive,         ///< A wall clock without a zone is no point in time; convert it first.
    nested,        ///< JSON, a list or an object.
    out_of_range,  ///< A date or instant outside the years 0001 to 9999.
    bad_text,      ///< Not UTF-8.
    nul,           ///< Text with a NUL in it.
};

std::string_view explain(NoKey why);

struct KeyText {
    std::string_view text;  ///< In the value or in the arena.
    NoKey why = NoKey::none;

    explicit operator bool() const { return why == NoKey::none; }
};

/// The one spelling of a key's value (EVENTS.md, "Ids"): integers plain, decimals without trailing zeros, UUIDs and
/// bytes (hex) lower case, `true`/`false`, `2026-01-31`, instants RFC 3339 UTC with six decimals, text as it is. So
/// bigint 42, text "42" and decimal 42.0 are one key, "0042" is another.
KeyText key_text(const Value& value, Arena& arena);

/// Appends a part of a record's key: parts are joined by `/`; `/`, `%` and control characters in them are
/// percent-encoded, so that different keys never look alike.
void append_key_part(std::string_view part, bool first, std::string& to);

/// All parts of a record's key as one text.
std::string joined_key(std::span<const std::string> parts);

/// The parts of a record's key, as they were before `append_key_part`.
std::vector<std::string> key_parts(std::string_view key);

}  // namespace tributary
