#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tributary::discovery {

/// A name in lower-case ASCII letters, so that one spelling of a word is compared with another: marks are dropped
/// (`ł` is l, `ß` ss), Cyrillic is written as Serbian writes it in Latin letters, without its marks (`ж` is z). What
/// has no such letter becomes a blank.
std::string folded(std::string_view name);

/// The words of a name, folded: parted by what is no letter, where small letters turn into capitals, and at digits,
/// which are dropped.
std::vector<std::string> words_of(std::string_view name);

/// A name for a source or a stream made of another: small letters, digits and `_`, at most 60; may come out empty.
std::string plain_name(std::string_view name);

}  // namespace tributary::discovery
