#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace tributary {

/// Whether what goes to `stream` may carry colour: a person looks at it and has not asked for none (NO_COLOR).
bool shows_colour(std::FILE* stream);

enum class Tone : unsigned char { plain, good, warn, bad, faint };

/// `text` in a tone, where `colour` says that there are any.
std::string toned(Tone tone, std::string_view text, bool colour);

/// `tributary: <message>` to standard error.
void complain(std::string_view message);

}  // namespace tributary
