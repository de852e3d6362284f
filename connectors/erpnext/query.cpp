#include "connectors/erpnext/query.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

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
    write_raw(writer, "filters", filters);
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tributary::erpnext
