#include <utility>

#include "connectors/kit/api/known_names.hpp"
#include "connectors/odoo/connector.hpp"
#include "connectors/odoo/reader.hpp"

/// What the server says about its models.

namespace tributary::odoo {
namespace {

constexpr std::string_view computed = ", computed";

Result<Fields> read_fields(Client& client, const std::string& model, std::stop_token stop) {
    Arena arena;
    const auto answer =
        client.object({model, "fields_get", {{"attributes", R"(["type","relation","relation_field","store"])"}}}, arena,
                      std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    return fields_in(*answer);
}

}  // namespace

/// fields_get answers anybody; whether records may be read only a search tells.
Result<void> OdooReader::check_readable(const std::string& model, std::stop_token stop) {
    Domain nobody;
    nobody.add("id", "=", "0");
    const auto access = client_.access(stop);
    if (!access) return std::unexpected(access.error());
    const auto counted =
        client_.number(count_of(model, nobody.json(), client_.settings().context(), access->version), std::move(stop));
    if (!counted) return std::unexpected(counted.error());
    return {};
}

/// For a suggestion alone: many users may not read this list.
std::vector<std::string> OdooReader::models(std::stop_token stop) {
    Arena arena;
    std::vector<std::string> names;
    const auto found = client_.rows({"ir.model", "search_read", {{"domain", "[]"}, {"fields", R"(["model"])"}}}, {},
                                    arena, std::move(stop));
    if (!found) return names;
    for (const Value& row : found->rows)
        if (const std::string_view name = http::text_in(row, {"model"}); !name.empty()) names.emplace_back(name);
    return names;
}

Result<api::Metadata> OdooReader::describe(const std::string& object, std::stop_token stop) {
    auto fields = read_fields(client_, object, stop);
    clock().saw(client_.clock());
    const auto readable = fields ? check_readable(object, stop) : Result<void>(std::unexpected(fields.error()));
    if (!readable && readable.error().code == "not_found") {
        auto others = models(std::move(stop));
        if (others.empty()) others = api::names_read(ready_mappings(), "model");
        return api::Metadata{.others = std::move(others)};
    }
    if (!readable && readable.error().code == "no_right") return api::Metadata{.found = true, .readable = false};
    if (!readable) return std::unexpected(readable.error());
    api::Metadata metadata{.found = true};
    for (const auto& [name, field] : *fields)
        metadata.fields.push_back(
            {name, field.type + std::string(field.stored ? "" : computed), field.relation, field.inverse});
    for (const std::string& name : extras_.optional)
        if (!fields->contains(name)) metadata.fields.push_back({name});
    models_[object] = std::move(*fields);
    return metadata;
}

bool OdooReader::nested(const table::Include& include) const {
    if (include.field.empty()) return false;
    const Field* const field = field_of(definition().table, include.field);
    return field != nullptr && field->inverse.empty();
}

/// What the server compares as canonical texts do; what is computed it cannot search at all.
bool OdooReader::searchable(const api::Field& field) const {
    switch (kind_of(field.type)) {
        case FieldKind::integer:
        case FieldKind::many2one:
        case FieldKind::text:
            return true;
        default:
            return false;
    }
}

}  // namespace tributary::odoo
