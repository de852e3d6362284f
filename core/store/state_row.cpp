#include "core/store/state_row.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace tributary {

namespace {

constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t version_at = checksum_bytes + 2 + 16;
constexpr std::size_t header_bytes = version_at + 8;
constexpr std::int64_t most_number = (std::int64_t{1} << 48) - 1;

void put_big(char* to, std::uint64_t value) {
    value = std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
    std::memcpy(to, &value, sizeof value);
}

std::uint64_t get_big(const char* from) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

std::uint64_t checksum(StreamNo stream, std::string_view key, std::string_view rest) {
    const std::uint64_t seed = XXH3_64bits_withSeed(key.data(), key.size(), stream);
    return XXH3_64bits_withSeed(rest.data(), rest.size(), seed);
}

}  // namespace

RowVersion row_version(std::string_view position) {
    if (position.empty()) return 0;
    const RowVersion hash = XXH3_64bits(position.data(), position.size());
    return hash == 0 ? 1 : hash;
}

RowPlace place_of(StreamNo stream, std::string_view key) {
    if (key.empty() || key.size() > 15 || (key.size() > 1 && key.front() == '0')) return {};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc{} || end != key.data() + key.size() || number < 0 || number > most_number ||
        key.front() == '-')
        return {};
    return {true, static_cast<std::int64_t>(stream) << 48 | number};
}

std::string number_key(std::int64_t place) { return std::to_string(place & most_number); }

void encode_row(std::string& out, StreamNo stream, std::string_view key, const State& state) {
    out.resize(header_bytes);
    out[checksum_bytes] = static_cast<char>(state.entity >> 8);
    out[checksum_bytes + 1] = static_cast<char>(state.entity & 0xff);
    put_big(out.data() + checksum_bytes + 2, state.id.high);
    put_big(out.data() + checksum_bytes + 10, state.id.low);
    put_big(out.data() + version_at, state.version);
    out += state.document;
    put_big(out.data(), checksum(stream, key, std::string_view(out).substr(checksum_bytes)));
}

std::optional<State> decode_row(StreamNo stream, std::string_view key, std::string_view row) {
    if (row.size() < header_bytes) return std::nullopt;
    if (get_big(row.data()) != checksum(stream, key, row.substr(checksum_bytes))) return std::nullopt;
    State state;
    state.entity = static_cast<EntityNo>(static_cast<unsigned char>(row[checksum_bytes]) << 8 |
                                         static_cast<unsigned char>(row[checksum_bytes + 1]));
    state.id = {get_big(row.data() + checksum_bytes + 2), get_big(row.data() + checksum_bytes + 10)};
    state.version = version_in(row);
    state.document = row.substr(header_bytes);
    return state;
}

RowVersion version_in(std::string_view row) { return row.size() < header_bytes ? 0 : get_big(row.data() + version_at); }

std::string encode_id(const EntityId& id) {
    std::string bytes(16, '\0');
    put_big(bytes.data(), id.high);
    put_big(bytes.data() + 8, id.low);
    return bytes;
}

EntityId decode_id(std::string_view bytes) {
    return bytes.size() < 16 ? EntityId{} : EntityId{get_big(bytes.data()), get_big(bytes.data() + 8)};
}

}  // namespace tributary
