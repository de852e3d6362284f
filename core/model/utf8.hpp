#pragma once

#include <string_view>

namespace tributary {

/// Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without a NUL, which neither JSON consumers
/// nor databases agree on.
bool is_clean_text(std::string_view text);

/// Of text that is not clean, what is wrong with it; ends a sentence that began with the text.
std::string_view why_not_clean(std::string_view text);

}  // namespace tributary
