#include "connectors/kit/discovery/dictionary.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "connectors/kit/discovery/fold.hpp"

namespace tributary::discovery {
namespace {

constexpr std::size_t most_ending = 5;
/// Shorter words are found in any compound.
constexpr std::size_t least_part = 3;

struct Word {
    std::string text;
    bool open = false;  ///< More letters may follow.
    std::string_view concept_name;
};

std::vector<Word> words_in(const Entry& entry) {
    std::vector<Word> words;
    for (std::string_view rest : {entry.english, entry.german, entry.polish, entry.russian, entry.serbian})
        while (!rest.empty()) {
            std::string_view written = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(written.size() + 1, rest.size()));
            const bool open = written.ends_with('*');
            if (open) written.remove_suffix(1);
            words.push_back({folded(written), open, entry.concept_name});
        }
    return words;
}

/// The longest first.
const std::vector<Word>& all_words() {
    static const std::vector<Word> all = [] {
        std::vector<Word> words;
        for (const Entry& entry : dictionary()) std::ranges::copy(words_in(entry), std::back_inserter(words));
        std::ranges::stable_sort(words, std::ranges::greater(), [](const Word& word) { return word.text.size(); });
        return words;
    }();
    return all;
}

enum class Ending {
    none,
    joint,  ///< What German puts between the parts of a word.
    allowed,
};

bool fits(const Word& word, std::string_view text, Ending ending) {
    if (!text.starts_with(word.text)) return false;
    const std::string_view rest = text.substr(word.text.size());
    if (rest.empty()) return true;
    if (ending == Ending::joint && word.text.size() < least_part) return false;
    if (ending == Ending::joint) return rest == "s" || rest == "n" || rest == "en" || rest == "es";
    return ending == Ending::allowed && word.open && rest.size() <= most_ending;
}

/// All concepts of the longest entry that fits: one word may mean two things.
std::vector<std::string_view> looked_up(std::string_view text, Ending ending) {
    std::vector<std::string_view> found;
    std::size_t length = 0;
    for (const Word& word : all_words()) {
        if (word.text.size() < length) break;
        if (!fits(word, text, ending)) continue;
        length = word.text.size();
        found.push_back(word.concept_name);
    }
    return found;
}

/// Two letters end a word by chance, unless they number something: `orderid`, `kundennr`.
bool is_tail(std::string_view text, const std::vector<std::string_view>& concepts) {
    return !concepts.empty() && (text.size() >= least_part || concepts.front() == "id" || concepts.front() == "number");
}

/// Of a word written together, such as `kundennummer` and `orderid`: its first part is as long as can be.
std::vector<std::string_view> parted(std::string_view text, Ending ending) {
    for (std::size_t size = text.size(); size-- > least_part;) {
        auto first = looked_up(text.substr(0, size), Ending::joint);
        if (first.empty()) continue;
        const std::string_view rest = text.substr(size);
        auto second = looked_up(rest, ending);
        if (!is_tail(rest, second) && rest.size() > least_part) second = parted(rest, ending);
        if (!is_tail(rest, second)) continue;
        std::ranges::copy(second, std::back_inserter(first));
        return first;
    }
    return {};
}

/// A word with an ending comes behind two words without one: `kundennr` is no inflected `kunde`.
std::vector<std::string_view> concepts_of(std::string_view word) {
    auto found = looked_up(word, Ending::none);
    if (found.empty()) found = parted(word, Ending::none);
    if (found.empty()) found = looked_up(word, Ending::allowed);
    if (found.empty()) found = parted(word, Ending::allowed);
    return found;
}

}  // namespace

bool Meaning::has(std::string_view concept_name) const {
    return std::ranges::find(concepts, concept_name) != concepts.end();
}

bool Meaning::has_any(std::span<const std::string_view> concept_names) const {
    return std::ranges::any_of(concept_names, [&](std::string_view name) { return has(name); });
}

Meaning meaning_of(std::span<const std::string> words) {
    Meaning meaning;
    for (const std::string& word : words) {
        if (word.size() == 1) continue;
        const auto found = concepts_of(word);
        if (found.empty()) ++meaning.unknown;
        for (const std::string_view concept_name : found)
            if (!concept_name.empty() && !meaning.has(concept_name)) meaning.concepts.push_back(concept_name);
    }
    return meaning;
}

Meaning meaning_of(std::string_view name) { return meaning_of(words_of(name)); }

}  // namespace tributary::discovery
