#pragma once

#include <string_view>

namespace tributary {

/// Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without a NUL, which neither JSON consumers
/// nor databases agree on.
bool is_clean_text(std::string_view text);

}  // namespace tributary
