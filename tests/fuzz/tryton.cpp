// libFuzzer target: what a Tryton may answer, as JSON, through the decoder of its values and the judge of its errors.
// Whatever comes in becomes values whose memory is the arena's, or an error that shows no more than it may.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/row_scanner.hpp"
#include "connectors/tryton/decode.hpp"
#include "connectors/tryton/errors.hpp"
#include "core/model/utf8.hpp"

namespace tributary {
namespace {

/// Touches every byte of a value.
std::size_t weigh(const Value& value) {
    std::size_t weight = 1;
    if (value.has_text())
        for (const char c : value.view()) weight += static_cast<unsigned char>(c);
    if (value.kind == Kind::list)
        for (const Value& item : value.items()) weight += weigh(item);
    if (value.kind == Kind::object)
        for (std::size_t i = 0; i < value.object->size(); ++i)
            weight += value.object->shape->names[i].size() + weigh(value.object->values[i]);
    return weight;
}

void decode(std::string_view text) {
    http::RowScanner scanner({"result"}, {.depth = 16, .row = 4'096});
    http::JsonDecoder json;
    tryton::Decoder decoder;
    Arena arena;
    scanner.push(text);
    scanner.end();
    for (;;) {
        const auto element = scanner.next();
        if (!element) return;
        if (element->empty()) break;
        const auto row = json.decode(*element, arena);
        if (!row) return;
        if (weigh(decoder.decode(*row, arena)) == 0) std::abort();
        const Error error = tryton::judge(*row);
        if (error.what.size() > 300 || !is_clean_text(error.what)) std::abort();
    }
    const auto shapes = decoder.take_shapes();
}

void there_and_back(std::string_view bytes) {
    Arena arena;
    const auto back = tryton::decode_base64(tryton::encode_base64(bytes), arena);
    if (!back || *back != bytes) std::abort();
    if (const auto decoded = tryton::decode_base64(bytes, arena); decoded && decoded->size() > bytes.size())
        std::abort();
}

}  // namespace
}  // namespace tributary

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    tributary::decode(input);
    tributary::there_and_back(input);
    return 0;
}
