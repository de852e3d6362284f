// libFuzzer target: what an API may answer, in pieces, through the scanner and the decoder of rows. Whatever comes in,
// it is refused or made of values whose memory is the arena's; the pieces make no difference.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/row_scanner.hpp"

namespace tributary {
namespace {

struct Counted {
    std::size_t rows = 0;
    bool good = false;
};

/// Touches every byte of a value.
std::size_t weigh(const Value& value) {
    std::size_t weight = 1;
    if (value.has_text())
        for (const char c : value.view()) weight += static_cast<unsigned char>(c);
    if (value.kind == Kind::list)
        for (const Value& item : value.items()) weight += weigh(item);
    if (value.kind == Kind::object)
        for (std::size_t i = 0; i < value.object->size(); ++i) weight += weigh(value.object->values[i]);
    return weight;
}

Counted read(std::string_view text, std::size_t piece) {
    Counted counted;
    http::RowScanner scanner({"a"}, {.depth = 16, .row = 4'096});
    http::JsonDecoder decoder;
    Arena arena;
    for (bool ended = false;;) {
        const auto element = scanner.next();
        if (!element) return counted;
        if (!element->empty()) {
            const auto row = decoder.decode(*element, arena);
            if (!row || weigh(*row) == 0) return counted;
            ++counted.rows;
            continue;
        }
        if (ended) break;
        scanner.push(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
        if (!text.empty()) continue;
        scanner.end();
        ended = true;
    }
    std::string& around = scanner.envelope();
    counted.good = scanner.done() && decoder.decode({around.data(), around.size()}, arena).has_value();
    return counted;
}

}  // namespace
}  // namespace tributary

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto whole = tributary::read(input, input.size() + 1);
    const auto cut = tributary::read(input, 3);
    if (whole.good != cut.good || (whole.good && whole.rows != cut.rows)) std::abort();
    return 0;
}
