#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tributary::odata {

/// 2 and 3 speak alike but for the JSON around rows; 4 is another language.
enum class Version : std::uint8_t { v2 = 2, v3 = 3, v4 = 4 };

/// What the values of a property are, whichever version's name its type has.
enum class Edm : std::uint8_t {
    text,
    boolean,
    integer,
    decimal,  ///< Also binary floating point: JSON writes it in decimal, and so it is taken.
    guid,
    date,    ///< A day.
    moment,  ///< A wall clock without a zone (Edm.DateTime).
    instant,
    clock,   ///< A time of day.
    nested,  ///< A complex type.
    other,
};

/// Of a primitive type's name as metadata spells it; `other` for what is unknown, enumerations among it.
Edm edm_of(std::string_view name);

/// The README's table.
std::string types_as_markdown();

}  // namespace tributary::odata
