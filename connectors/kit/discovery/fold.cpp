#include "connectors/kit/discovery/fold.hpp"

#include <algorithm>
#include <iterator>

#include "core/settings/utf8.hpp"

namespace tributary::discovery {
namespace {

struct Letters {
    std::string_view from;  ///< Small and capital, or whatever else is spelled alike.
    std::string_view to;
};

constexpr Letters letters[] = {
    {"àáâãäåąăāÀÁÂÃÄÅĄĂĀ", "a"},
    {"çćčÇĆČ", "c"},
    {"ďĎ", "d"},
    {"đĐ", "dj"},
    {"èéêëęěēÈÉÊËĘĚĒ", "e"},
    {"ìíîïīÌÍÎÏĪ", "i"},
    {"łľĺŁĽĹ", "l"},
    {"ñńňÑŃŇ", "n"},
    {"òóôõöøőÒÓÔÕÖØŐ", "o"},
    {"řŕŘŔ", "r"},
    {"śšşŚŠŞ", "s"},
    {"ß", "ss"},
    {"ťţŤŢ", "t"},
    {"ùúûüůűūÙÚÛÜŮŰŪ", "u"},
    {"ýÿÝ", "y"},
    {"źżžŹŻŽ", "z"},
    {"æÆ", "ae"},
    {"аА", "a"},
    {"бБ", "b"},
    {"вВ", "v"},
    {"гГ", "g"},
    {"дД", "d"},
    {"ђЂ", "dj"},
    {"еёэЕЁЭ", "e"},
    {"жЖзЗ", "z"},
    {"иИіІ", "i"},
    {"йјЙЈ", "j"},
    {"кК", "k"},
    {"лЛ", "l"},
    {"љЉ", "lj"},
    {"мМ", "m"},
    {"нН", "n"},
    {"њЊ", "nj"},
    {"оО", "o"},
    {"пП", "p"},
    {"рР", "r"},
    {"сшщСШЩ", "s"},
    {"тТ", "t"},
    {"ћчцЋЧЦ", "c"},
    {"уУ", "u"},
    {"фФ", "f"},
    {"хХ", "h"},
    {"џЏ", "dz"},
    {"ыЫ", "y"},
    {"юЮ", "ju"},
    {"яЯ", "ja"},
    {"ъьЪЬ", ""},
};

std::string_view letter_of(std::string_view character) {
    const auto found =
        std::ranges::find_if(letters, [&](const Letters& each) { return each.from.contains(character); });
    return found == std::end(letters) ? " " : found->to;
}

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_ascii_capital(char c) { return c >= 'A' && c <= 'Z'; }

/// ASCII, Latin-1 and Cyrillic; of other letters it is not worth a table where words begin.
bool is_capital(std::string_view character) {
    if (character.size() == 1) return is_ascii_capital(character.front());
    return (character >= "À" && character <= "Þ") || (character >= "Ѐ" && character <= "Я");
}

}  // namespace

std::string folded(std::string_view name) {
    std::string text;
    while (!name.empty()) {
        const std::size_t size = std::max<std::size_t>(utf8_length(name), 1);
        const std::string_view character = name.substr(0, size);
        name.remove_prefix(size);
        if (size > 1)
            text += letter_of(character);
        else if (is_ascii_capital(character.front()))
            text += static_cast<char>(character.front() - 'A' + 'a');
        else
            text += is_small(character.front()) ? character.front() : ' ';
    }
    return text;
}

std::string plain_name(std::string_view name) {
    constexpr std::size_t longest = 60;
    std::string plain;
    while (!name.empty() && plain.size() < longest) {
        const std::size_t size = std::max<std::size_t>(utf8_length(name), 1);
        const std::string_view character = name.substr(0, size);
        name.remove_prefix(size);
        const bool digit = character.front() >= '0' && character.front() <= '9';
        const std::string letter = digit ? std::string(character) : folded(character);
        if (letter != " ")
            plain += letter;
        else if (!plain.empty() && plain.back() != '_')
            plain += '_';
    }
    while (plain.ends_with('_')) plain.pop_back();
    return plain;
}

std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words(1);
    bool after_small = false;
    while (!name.empty()) {
        const std::size_t size = std::max<std::size_t>(utf8_length(name), 1);
        const std::string_view character = name.substr(0, size);
        name.remove_prefix(size);
        const bool capital = is_capital(character);
        if (capital && after_small) words.emplace_back();
        const std::string letter = folded(character);
        if (letter == " ")
            words.emplace_back();
        else
            words.back() += letter;
        after_small = letter != " " && !capital;
    }
    std::erase_if(words, [](const std::string& word) { return word.empty(); });
    return words;
}

}  // namespace tributary::discovery
