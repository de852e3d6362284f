#include "connectors/postgres/decode.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "connectors/kit/walk/mark.hpp"

namespace tributary::postgres {
namespace {

constexpr std::string_view signature{"PGCOPY\n\xff\r\n\0", 11};
constexpr std::int64_t days_to_2000 = 10'957;
constexpr std::int64_t micros_per_day = 86'400'000'000;
constexpr std::int64_t micros_to_2000 = days_to_2000 * micros_per_day;

template <typename Integer>
Integer big_endian(const char* from) {
    Integer value;
    std::memcpy(&value, from, sizeof value);
    if constexpr (sizeof value == 8) return static_cast<Integer>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
    if constexpr (sizeof value == 4) return static_cast<Integer>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    return static_cast<Integer>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
}

Value date_value(std::int32_t days) {
    if (days == std::numeric_limits<std::int32_t>::max()) return Value::text("infinity");
    if (days == std::numeric_limits<std::int32_t>::min()) return Value::text("-infinity");
    return Value::date(days + days_to_2000);
}

/// The last decades of PostgreSQL's range lie beyond 64 bits of microseconds since 1970.
Value far_moment(std::int64_t micros, bool zoned, Arena& arena) {
    char* const text = arena.allocate(2 * walk::most_scalar_text);
    const std::size_t date = walk::write_scalar(Value::date(micros / micros_per_day + days_to_2000), text);
    char time[walk::most_scalar_text];
    const std::size_t size = walk::write_scalar(Value::naive(micros % micros_per_day), time);
    constexpr std::size_t day_length = 10;
    std::memcpy(text + date, time + day_length, size - day_length);
    std::size_t length = date + size - day_length;
    if (zoned) text[length++] = 'Z';
    arena.shrink(text, 2 * walk::most_scalar_text, length);
    return Value::text({text, length});
}

Value moment_value(std::int64_t micros, bool zoned, Arena& arena) {
    if (micros == std::numeric_limits<std::int64_t>::max()) return Value::text("infinity");
    if (micros == std::numeric_limits<std::int64_t>::min()) return Value::text("-infinity");
    if (micros > std::numeric_limits<std::int64_t>::max() - micros_to_2000) return far_moment(micros, zoned, arena);
    return zoned ? Value::instant(micros + micros_to_2000) : Value::naive(micros + micros_to_2000);
}

/// numeric_send: digit count, weight of the first digit, sign, digits behind the point as declared, then base-10000
/// digits; all of two bytes.
struct Numeric {
    int count = 0;
    int weight = 0;
    std::uint16_t sign = 0;
    int scale = 0;
    const char* digits = nullptr;

    int digit(int place) const {
        return place < 0 || place >= count ? 0 : big_endian<std::int16_t>(digits + 2 * place);
    }
};

constexpr std::uint16_t negative = 0x4000, not_a_number = 0xc000, infinite = 0xd000, minus_infinite = 0xf000;

char* put_four(char* to, int digit) {
    to[0] = static_cast<char>('0' + digit / 1000);
    to[1] = static_cast<char>('0' + digit / 100 % 10);
    to[2] = static_cast<char>('0' + digit / 10 % 10);
    to[3] = static_cast<char>('0' + digit % 10);
    return to + 4;
}

char* put_whole(char* to, const Numeric& number) {
    if (number.weight < 0) {
        *to++ = '0';
        return to;
    }
    char* const start = to;
    for (int place = 0; place <= number.weight; ++place) to = put_four(to, number.digit(place));
    char* first = start;
    while (first < to - 1 && *first == '0') ++first;
    std::memmove(start, first, static_cast<std::size_t>(to - first));
    return to - (first - start);
}

char* put_fraction(char* to, const Numeric& number) {
    if (number.scale == 0) return to;
    *to++ = '.';
    char* const start = to;
    for (int place = number.weight + 1; to - start < number.scale; ++place) to = put_four(to, number.digit(place));
    return start + number.scale;
}

Value numeric_text(const Numeric& number, Arena& arena) {
    const auto room =
        4 * static_cast<std::size_t>(std::max(number.weight, 0)) + static_cast<std::size_t>(number.scale) + 16;
    char* const start = arena.allocate(room);
    char* to = start;
    if (number.sign == negative) *to++ = '-';
    to = put_fraction(put_whole(to, number), number);
    const auto length = static_cast<std::size_t>(to - start);
    arena.shrink(start, room, length);
    return Value::decimal({start, length});
}

Value numeric_value(std::string_view bytes, Arena& arena, bool& good) {
    if (bytes.size() < 8) return good = false, Value::null();
    const Numeric number{.count = big_endian<std::int16_t>(bytes.data()),
                         .weight = big_endian<std::int16_t>(bytes.data() + 2),
                         .sign = big_endian<std::uint16_t>(bytes.data() + 4),
                         .scale = big_endian<std::uint16_t>(bytes.data() + 6),
                         .digits = bytes.data() + 8};
    if (number.count < 0 || bytes.size() != 8 + 2 * static_cast<std::size_t>(number.count))
        return good = false, Value::null();
    switch (number.sign) {
        case not_a_number:
            return Value::text("NaN");
        case infinite:
            return Value::text("Infinity");
        case minus_infinite:
            return Value::text("-Infinity");
        default:
            return numeric_text(number, arena);
    }
}

/// The shortest text that reads back as the same float4, as a double: 0.1 stays 0.1.
Value float4_value(float number) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    double wide = number;
    std::from_chars(text, end, wide);
    return Value::of_real(wide);
}

Value uuid_value(std::string_view bytes, Arena& arena) {
    constexpr std::string_view hex = "0123456789abcdef";
    char* const start = arena.allocate(36);
    char* to = start;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
        *to++ = hex[static_cast<unsigned char>(bytes[i]) >> 4];
        *to++ = hex[static_cast<unsigned char>(bytes[i]) & 15];
    }
    return Value::uuid({start, 36});
}

/// Bytes of forms with a fixed size; 0: any.
std::size_t size_of(Form form) {
    switch (form) {
        case Form::boolean:
            return 1;
        case Form::int2:
            return 2;
        case Form::int4:
        case Form::oid:
        case Form::float4:
        case Form::date:
            return 4;
        case Form::int8:
        case Form::float8:
        case Form::timestamp:
        case Form::timestamptz:
            return 8;
        case Form::uuid:
            return 16;
        default:
            return 0;
    }
}

}  // namespace

Value decode(Form form, std::string_view bytes, Arena& arena, bool& good) {
    if (const std::size_t size = size_of(form); size != 0 && bytes.size() != size) return good = false, Value::null();
    const char* const data = bytes.data();
    switch (form) {
        case Form::boolean:
            return Value::of(*data != 0);
        case Form::int2:
            return Value::of(std::int64_t{big_endian<std::int16_t>(data)});
        case Form::int4:
            return Value::of(std::int64_t{big_endian<std::int32_t>(data)});
        case Form::int8:
            return Value::of(big_endian<std::int64_t>(data));
        case Form::oid:
            return Value::of(std::int64_t{big_endian<std::uint32_t>(data)});
        case Form::float4:
            return float4_value(std::bit_cast<float>(big_endian<std::uint32_t>(data)));
        case Form::float8:
            return Value::of_real(std::bit_cast<double>(big_endian<std::uint64_t>(data)));
        case Form::numeric:
            return numeric_value(bytes, arena, good);
        case Form::bytes:
            return Value::bytes(arena.copy(bytes));
        case Form::date:
            return date_value(big_endian<std::int32_t>(data));
        case Form::timestamp:
            return moment_value(big_endian<std::int64_t>(data), false, arena);
        case Form::timestamptz:
            return moment_value(big_endian<std::int64_t>(data), true, arena);
        case Form::uuid:
            return uuid_value(bytes, arena);
        case Form::json:
        case Form::as_json:
            return Value::json(arena.copy(bytes));
        case Form::jsonb:
            // Version 1 is the text itself behind one byte.
            if (bytes.empty() || *data != 1) return good = false, Value::null();
            return Value::json(arena.copy(bytes.substr(1)));
        case Form::padded:
            return Value::text(arena.copy(bytes.substr(0, bytes.find_last_not_of(' ') + 1)));
        case Form::text:
        case Form::as_text:
            break;
    }
    return Value::text(arena.copy(bytes));
}

BinaryCopy::Message BinaryCopy::read(std::string_view message, Value* values, Arena& arena) {
    if (!header_read_) {
        constexpr std::size_t fixed = 11 + 4 + 4;
        if (message.size() < fixed || !message.starts_with(signature)) return Message::malformed;
        const auto extension = big_endian<std::uint32_t>(message.data() + 15);
        if (message.size() < fixed + extension) return Message::malformed;
        message.remove_prefix(fixed + extension);
        header_read_ = true;
    }
    if (message.empty()) return Message::nothing;
    if (message.size() < 2) return Message::malformed;
    const auto fields = big_endian<std::int16_t>(message.data());
    if (fields == -1) return Message::nothing;
    if (fields < 0 || static_cast<std::size_t>(fields) != forms_.size()) return Message::malformed;
    message.remove_prefix(2);
    bool good = true;
    for (std::size_t i = 0; i < forms_.size(); ++i) {
        if (message.size() < 4) return Message::malformed;
        const auto size = big_endian<std::int32_t>(message.data());
        message.remove_prefix(4);
        if (size < 0) {
            values[i] = Value::null();
            continue;
        }
        if (message.size() < static_cast<std::size_t>(size)) return Message::malformed;
        values[i] = decode(forms_[i], message.substr(0, static_cast<std::size_t>(size)), arena, good);
        message.remove_prefix(static_cast<std::size_t>(size));
    }
    return good && message.empty() ? Message::row : Message::malformed;
}

}  // namespace tributary::postgres
