#include "connectors/erpnext/query.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <set>

namespace tributary::erpnext {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write(Writer& writer, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    write(writer, name);
    write(writer, value);
}

void write_raw(Writer& writer, std::string_view name, const Filters& filters) {
    if (filters.empty()) return;
    const std::string json = filters.json();
    write(writer, name);
    writer.RawValue(json.data(), json.size(), rapidjson::kArrayType);
}

/// As `{"name": ["in", […]]}`: Frappe 13 counts by nothing else (its `db.count` asks the filters for keys), later ones
/// by this too. False, with nothing written: terms on child tables, or two on one field, have no such form.
bool write_by_field(Writer& writer, const Filters& filters) {
    if (filters.empty()) return true;
    rapidjson::Document terms;
    const std::string json = filters.json();
    terms.Parse(json.data(), json.size());
    std::set<std::string> fields;
    for (const auto& term : terms.GetArray()) {
        const bool plain = term.IsArray() && term.Size() == 3 && term[0].IsString();
        if (!plain || !fields.insert(term[0].GetString()).second) return false;
    }
    write(writer, "filters");
    writer.StartObject();
    for (const auto& term : terms.GetArray()) {
        write(writer, {term[0].GetString(), term[0].GetStringLength()});
        writer.StartArray();
        term[1].Accept(writer);
        term[2].Accept(writer);
        writer.EndArray();
    }
    writer.EndObject();
    return true;
}

}  // namespace

void Filters::add(std::string_view field, std::string_view sign, std::string_view value) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartArray();
    write(writer, field);
    write(writer, sign);
    write(writer, value);
    writer.EndArray();
    add_json({buffer.GetString(), buffer.GetSize()});
}

void Filters::add_among(std::string_view field, std::span<const std::string> values) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartArray();
    write(writer, field);
    write(writer, "in");
    writer.StartArray();
    for (const std::string& value : values) write(writer, value);
    writer.EndArray();
    writer.EndArray();
    add_json({buffer.GetString(), buffer.GetSize()});
}

void Filters::add_child(std::string_view doctype, const Filters& term) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    write(writer, doctype);
    add_json("[" + std::string(buffer.GetString(), buffer.GetSize()) + "," + term.terms_.substr(1));
}

void Filters::add_json(std::string_view term) {
    if (!terms_.empty()) terms_ += ',';
    terms_ += term;
}

std::string ListQuery::body() const {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    write(writer, "doctype", doctype);
    write(writer, "parent", parent);
    write(writer, "fields");
    writer.StartArray();
    for (const std::string& field : fields) write(writer, field);
    writer.EndArray();
    write_raw(writer, "filters", filters);
    write_raw(writer, "or_filters", or_filters);
    write(writer, "order_by", order_by);
    write(writer, "limit_page_length");
    writer.Uint64(length);
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::string count_body(const std::string& doctype, const Filters& filters) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    write(writer, "doctype", doctype);
    if (!write_by_field(writer, filters)) write_raw(writer, "filters", filters);
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tributary::erpnext
