#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tributary {

/// A quoted text that took in what looks like keys of the lines below it.
struct OpenQuote {
    std::size_t offset = 0;           ///< Of the quote that opens it.
    std::optional<std::size_t> last;  ///< Offset of the quote that ends it; nothing: the text ends first.
};

/// The first quote of a YAML text that somebody most likely forgot to close. YAML lets a quoted text run over lines, so
/// a parser finds the mistake where the next quote closes it, or nowhere. A guess: good for a hint, not for a refusal.
std::optional<OpenQuote> find_open_quote(std::string_view yaml);

}  // namespace tributary
