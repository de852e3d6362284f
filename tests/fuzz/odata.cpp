// libFuzzer target: what an OData service may answer. `$metadata` in pieces: it is refused or becomes the same model,
// whatever the pieces. Rows of a version that the first byte chooses: they become values whose memory is the arena's.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/row_scanner.hpp"
#include "connectors/odata/metadata.hpp"
#include "connectors/odata/rows.hpp"

namespace tributary {
namespace {

constexpr std::string_view metadata = R"xml(<edmx:Edmx xmlns:edmx="e" Version="4.0"><edmx:DataServices>
<Schema Namespace="S"><EntityType Name="T"><Key><PropertyRef Name="k"/></Key><Property Name="k" Type="Edm.Guid"/>
<Property Name="d" Type="Edm.DateTimeOffset"/><Property Name="w" Type="Edm.DateTime"/><Property Name="c" Type="Edm.Time"/>
<Property Name="n" Type="Edm.Decimal"/><Property Name="i" Type="Edm.Int64"/><Property Name="t" Type="Edm.String"/>
<Property Name="l" Type="Collection(Edm.Date)"/><Property Name="x" Type="Collection(S.T)"/>
<NavigationProperty Name="m" Type="Collection(S.T)"/><NavigationProperty Name="o" Type="S.T"/></EntityType></Schema>
</edmx:DataServices></edmx:Edmx>)xml";

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

/// Empty: refused. Else so much of the model that two of them can be told apart.
std::string parsed(std::string_view text, std::size_t piece) {
    odata::MetadataParser parser;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        if (!parser.push(text.substr(0, piece))) return {};
    const auto model = parser.finish();
    if (!model) return {};
    std::string told = "model";
    for (const auto& [set, type] : model->sets) told += set + type;
    for (const auto& [name, type] : model->types) told += name + std::to_string(type.properties.size());
    return told;
}

void read_rows(std::string_view text, odata::Version version) {
    odata::MetadataParser parser;
    if (!parser.push(metadata)) std::abort();
    auto made = parser.finish();
    if (!made) std::abort();
    made->blank_padded = version == odata::Version::v3;
    const auto model = std::make_shared<const odata::Model>(std::move(*made));
    const std::string key[] = {"k"};
    odata::RowReader reader(model, *model->find("S.T"), {"k", "d", "w", "c", "n", "i", "t", "l", "x", "m", "o"}, key);
    http::RowScanner scanner(odata::rows_pointer(version), {.depth = 16, .row = 65'536});
    http::JsonDecoder decoder;
    Arena arena;
    scanner.push(text);
    scanner.end();
    std::vector<odata::CutList> cut;
    for (;;) {
        const auto element = scanner.next();
        if (!element || element->empty()) break;
        const auto row = decoder.decode(*element, arena);
        if (!row) return;
        if (row->kind == Kind::object && weigh(reader.read(*row, arena, cut)) == 0) std::abort();
    }
    for (const odata::CutList& list : cut) {
        const Value rest[] = {Value::null()};
        std::vector<odata::CutList> more;
        reader.append(list, rest, arena, more);
        if (list.list->items().empty() || weigh(*list.list) == 0) std::abort();
    }
    std::string& around = scanner.envelope();
    const auto envelope = decoder.decode({around.data(), around.size()}, arena);
    if (envelope && scanner.done() && odata::next_link(*envelope).size() > text.size()) std::abort();
}

}  // namespace
}  // namespace tributary

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 4 != 0) {
        tributary::read_rows(input, static_cast<tributary::odata::Version>(1 + data[0] % 4));
        return 0;
    }
    if (tributary::parsed(input, input.size() + 1) != tributary::parsed(input, 3)) std::abort();
    return 0;
}
