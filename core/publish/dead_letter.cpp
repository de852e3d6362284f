#include "core/publish/dead_letter.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/model/times.hpp"
#include "core/publish/envelope.hpp"
#include "core/settings/utf8.hpp"

namespace tributary {

namespace {

using RowWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(RowWriter& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

/// Bytes that are no UTF-8 become `\xNN`: a dead letter has to be readable JSON whatever the row holds.
std::string readable(std::string_view text);

void write_value(RowWriter& writer, const Value& value);

void write_object(RowWriter& writer, const Object& object) {
    writer.StartObject();
    for (std::size_t i = 0; i < object.size(); ++i) {
        writer.Key(object.shape->names[i].c_str());
        write_value(writer, object.values[i]);
    }
    writer.EndObject();
}

void write_bytes(RowWriter& writer, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        hex += digits[static_cast<unsigned char>(c) >> 4];
        hex += digits[static_cast<unsigned char>(c) & 0xf];
    }
    write_text(writer, hex);
}

/// JSON has no number for what is none.
void write_real(RowWriter& writer, double real) {
    if (std::isfinite(real))
        writer.Double(real);
    else
        write_text(writer, std::isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
}

void write_value(RowWriter& writer, const Value& value) {
    std::array<char, 32> buffer{};
    switch (value.kind) {
        case Kind::null:
            writer.Null();
            break;
        case Kind::unchanged:
            writer.String("(unchanged)");
            break;
        case Kind::boolean:
            writer.Bool(value.boolean);
            break;
        case Kind::integer:
            writer.Int64(value.integer);
            break;
        case Kind::real:
            write_real(writer, value.real);
            break;
        case Kind::bytes:
            write_bytes(writer, value.view());
            break;
        case Kind::date:
            if (is_writable_day(value.integer))
                write_text(writer, instant_text(value.integer * 86'400'000'000, buffer.data()).substr(0, 10));
            else
                write_text(writer, fmt::format("{} days since 1970-01-01", value.integer));
            break;
        case Kind::instant:
        case Kind::naive:
            if (!is_writable_instant(value.integer))
                write_text(writer, fmt::format("{} microseconds since 1970-01-01", value.integer));
            else if (value.kind == Kind::instant)
                write_text(writer, instant_text(value.integer, buffer.data()));
            else
                write_text(writer, instant_text(value.integer, buffer.data()).substr(0, 26));
            break;
        case Kind::decimal:
        case Kind::text:
        case Kind::uuid:
        case Kind::json:
            write_text(writer, readable(value.view()));
            break;
        case Kind::list:
            writer.StartArray();
            for (const Value& item : value.items()) write_value(writer, item);
            writer.EndArray();
            break;
        case Kind::object:
            write_object(writer, *value.object);
            break;
    }
}

std::string readable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text.substr(at));
        if (length > 0) {
            out.append(text, at, length);
            at += length;
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(text[at++]);
            out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 0xf]);
        }
    }
    return out;
}

/// What a body holds beside the row.
constexpr std::size_t body_frame = 128;

/// The longest beginning of `text`, not within a character, that takes at most `most` bytes in a JSON string.
std::string_view cut_to_fit(std::string_view text, std::size_t most) {
    std::size_t end = 0;
    for (std::size_t used = 0; end < text.size(); ++end) {
        const char c = text[end];
        used += c == '"' || c == '\\' ? 2 : static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
        if (used > most) break;
    }
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

}  // namespace

std::string row_json(const Row& row) {
    rapidjson::StringBuffer buffer;
    RowWriter writer(buffer);
    if (row.values.shape != nullptr) {
        write_object(writer, row.values);
    } else {
        writer.StartArray();
        for (const Value& part : row.key) write_value(writer, part);
        writer.EndArray();
    }
    return {buffer.GetString(), buffer.GetSize()};
}

std::uint64_t reject_hash(std::string_view row, const Reject& reject, std::string_view mapping) {
    const std::string why = fmt::format("{}|{}|{}", reject.stage, reject.reason, mapping);
    return XXH3_64bits_withSeed(row.data(), row.size(), XXH3_64bits(why.data(), why.size()));
}

std::string_view dead_letter_body(std::string_view row, std::uint64_t hash, std::size_t most_bytes, Arena& arena) {
    const std::size_t room = std::max<std::size_t>(most_bytes, 1024) - body_frame;
    rapidjson::StringBuffer buffer;
    RowWriter writer(buffer);
    writer.StartObject();
    writer.Key("row");
    const bool cut = row.size() > std::min(most_dead_letter_bytes, room);
    if (cut) {
        write_text(writer, cut_to_fit(row.substr(0, most_dead_letter_bytes), room));
    } else {
        writer.RawValue(row.data(), row.size(), rapidjson::kObjectType);
    }
    writer.Key("cut");
    writer.Bool(cut);
    writer.Key("size");
    writer.Uint64(row.size());
    writer.Key("hash");
    write_text(writer, fmt::format("{:016x}", hash));
    writer.EndObject();
    return arena.copy({buffer.GetString(), buffer.GetSize()});
}

}  // namespace tributary
