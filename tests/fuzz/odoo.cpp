// libFuzzer target: what an Odoo server may answer, as fields, as failures and as rows of those fields. Whatever comes
// in, it is refused or made of values whose memory is the arena's.
#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/row_scanner.hpp"
#include "connectors/odoo/domain.hpp"
#include "connectors/odoo/errors.hpp"
#include "connectors/odoo/fields.hpp"

namespace tributary::odoo {
namespace {

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

/// How deep it nests is looked at first, as the connector does.
std::optional<Value> decoded(const std::string& text, http::JsonDecoder& decoder, Arena& arena) {
    http::RowScanner scanner({"no such member"}, {.depth = 16, .row = 4'096});
    scanner.push(text);
    scanner.end();
    for (;;) {
        const auto element = scanner.next();
        if (!element) return std::nullopt;
        if (element->empty()) break;
    }
    std::string& around = scanner.envelope();
    return decoder.decode({around.data(), around.size()}, arena);
}

std::size_t read(std::string_view text) {
    std::size_t weight = Domain::parse(text) ? 1 : 0;
    Arena arena;
    http::JsonDecoder decoder;
    const auto value = decoded(std::string(text), decoder, arena);
    if (!value) return weight;
    weight += judge(failure_in(*value, 200), "POST /jsonrpc", "res.partner", "shop").what.size();
    for (const auto& [name, field] : fields_in(*value)) weight += name.size() + field.relation.size();
    for (const FieldKind kind :
         {FieldKind::boolean, FieldKind::integer, FieldKind::number, FieldKind::text, FieldKind::date,
          FieldKind::datetime, FieldKind::many2one, FieldKind::many, FieldKind::other}) {
        weight += weigh(value_of(kind, *value, arena));
        if (value->kind == Kind::object)
            for (std::size_t i = 0; i < value->object->size(); ++i)
                weight += weigh(value_of(kind, value->object->values[i], arena));
    }
    return weight;
}

}  // namespace
}  // namespace tributary::odoo

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    return tributary::odoo::read(input) == SIZE_MAX ? 1 : 0;
}
