#include "core/model/id.hpp"

#include <xxhash.h>

#include <algorithm>
#include <charconv>

namespace tributary {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

__extension__ using Wide = unsigned __int128;

}  // namespace

IdHasher::IdHasher(std::string_view tenant, std::string_view space, std::string_view entity) {
    append(tenant);
    append(space);
    append(entity);
    prefix_size_ = bytes_.size();
}

void IdHasher::append(std::string_view part) {
    char size[20];
    const char* end = std::to_chars(size, size + sizeof size, part.size()).ptr;
    bytes_.append(size, static_cast<std::size_t>(end - size));
    bytes_.push_back(':');
    bytes_.append(part);
}

EntityId IdHasher::id() const {
    const XXH128_hash_t hash = XXH3_128bits(bytes_.data(), bytes_.size());
    return {hash.high64, hash.low64};
}

char* write_id(std::string_view tag, const EntityId& id, char* to) {
    to = std::copy(tag.begin(), tag.end(), to);
    *to++ = '_';
    Wide number = Wide(id.high) << 64 | id.low;
    for (std::size_t i = id_digits; i-- > 0; number >>= 5) to[i] = alphabet[static_cast<std::size_t>(number & 31)];
    return to + id_digits;
}

std::string id_text(std::string_view tag, const EntityId& id) {
    std::string text(tag.size() + 1 + id_digits, '\0');
    write_id(tag, id, text.data());
    return text;
}

std::optional<EntityId> parse_id(std::string_view tag, std::string_view text) {
    if (text.size() != tag.size() + 1 + id_digits || !text.starts_with(tag) || text[tag.size()] != '_')
        return std::nullopt;
    const std::string_view digits = text.substr(tag.size() + 1);
    if (digits[0] > '7') return std::nullopt;
    Wide number = 0;
    for (const char c : digits) {
        const std::size_t digit = alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        number = number << 5 | digit;
    }
    return EntityId{static_cast<std::uint64_t>(number >> 64), static_cast<std::uint64_t>(number)};
}

}  // namespace tributary
