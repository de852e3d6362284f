#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::discovery {

/// What the words of a name mean, in no order and each once: `kunden_nr` is {customer, number}.
struct Meaning {
    std::vector<std::string_view> concepts = {};  ///< As the dictionary calls them.
    int unknown = 0;                              ///< Words that are not in it.

    bool has(std::string_view concept_name) const;
    bool has_any(std::span<const std::string_view> concept_names) const;
};

Meaning meaning_of(std::string_view name);
/// The same of words that were parted and folded already.
Meaning meaning_of(std::span<const std::string> words);

/// A concept and its words in five languages, parted by blanks, in any alphabet. A star stands for up to five more
/// letters. The longest entry that fits a word decides.
struct Entry {
    std::string_view concept_name;
    std::string_view english;
    std::string_view german;
    std::string_view polish;
    std::string_view russian;
    std::string_view serbian;
};
std::span<const Entry> dictionary();

}  // namespace tributary::discovery
