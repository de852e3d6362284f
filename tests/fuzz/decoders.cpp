// libFuzzer target: what a database server may answer, through the decoders of PostgreSQL's binary COPY and of
// MariaDB's text protocol. Whatever comes in, it is malformed or a value that can be written as a key and as a
// position's mark.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "connectors/kit/walk/mark.hpp"
#include "connectors/mariadb/decode.hpp"
#include "connectors/postgres/decode.hpp"
#include "core/model/key_text.hpp"

namespace tributary {
namespace {

void use(const Value& value, Arena& arena) {
    (void)key_text(value, arena);
    if (value.has_text()) return;
    std::array<char, walk::most_scalar_text> text{};
    if (walk::write_scalar(value, text.data()) > text.size()) std::abort();
}

/// Each byte of the first few chooses a column's form; the rest is cut into messages at each 0xff that is doubled.
void binary_copy(std::string_view input, Arena& arena) {
    constexpr std::size_t most_columns = 6;
    constexpr unsigned forms_there = static_cast<unsigned>(postgres::Form::jsonb) + 1;
    const std::size_t columns = std::min<std::size_t>(input.size(), most_columns);
    std::vector<postgres::Form> forms;
    for (const char c : input.substr(0, columns))
        forms.push_back(static_cast<postgres::Form>(static_cast<unsigned char>(c) % forms_there));
    input.remove_prefix(columns);
    postgres::BinaryCopy copy(forms);
    std::vector<Value> values(forms.size() + 1);
    while (!input.empty()) {
        const std::size_t end = std::min(input.find("\xff\xff"), input.size());
        const auto kind = copy.read(input.substr(0, end), values.data(), arena);
        if (kind == postgres::BinaryCopy::Message::malformed) return;
        if (kind == postgres::BinaryCopy::Message::row)
            for (std::size_t i = 0; i < forms.size(); ++i) use(values[i], arena);
        input.remove_prefix(std::min(end + 2, input.size()));
    }
}

void field(std::string_view input, Arena& arena) {
    if (input.empty()) return;
    bool good = true;
    const auto form = static_cast<unsigned char>(input[0]);
    const Value binary =
        postgres::decode(static_cast<postgres::Form>(form % (static_cast<unsigned>(postgres::Form::jsonb) + 1)),
                         input.substr(1), arena, good);
    if (good) use(binary, arena);
    good = true;
    const Value text =
        mariadb::decode(static_cast<mariadb::Form>(form % static_cast<unsigned>(mariadb::Form::unsupported)),
                        input.substr(1), (form & 0x80U) != 0, arena, good);
    if (good) use(text, arena);
}

}  // namespace
}  // namespace tributary

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    tributary::Arena arena;
    tributary::field(input, arena);
    tributary::binary_copy(input, arena);
    return 0;
}
