#include <algorithm>
#include <numeric>

#include "core/mapping/codes.hpp"
#include "core/mapping/document_writer.hpp"
#include "core/model/json_text.hpp"
#include "core/model/times.hpp"
#include "core/model/utf8.hpp"

namespace tributary::mapping {
namespace {

std::string listed(std::span<const std::string> words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

}  // namespace

bool DocumentWriter::write_typed(const FieldPlan& field, const Value& value) {
    if (field.schema == nullptr) return write_json(field.value, value);
    switch (field.schema->type) {
        case FieldType::choice:
            return write_choice(field, value);
        case FieldType::decimal:
            return write_decimal(field.value, value);
        case FieldType::day:
        case FieldType::instant:
        case FieldType::day_or_instant:
            return write_time(field, value);
        case FieldType::country:
        case FieldType::phone:
        case FieldType::email:
            return write_contact(field, value);
        default:
            return write_text(field.value, value);
    }
}

bool DocumentWriter::write_text(const Expression& by, const Value& value) {
    const auto text = to_text(value, scope_->conversion());
    if (!text) return scope_->refuse(by, value, text.error());
    return append_json_text(*text, document_) || scope_->refuse(by, value, why_not_clean(*text));
}

bool DocumentWriter::write_choice(const FieldPlan& field, const Value& value) {
    const auto text = to_text(value, scope_->conversion());
    if (!text) return scope_->refuse(field.value, value, text.error());
    if (std::ranges::find(field.schema->choices, *text) == field.schema->choices.end())
        return scope_->refuse(field.value, value, "is not one of " + listed(field.schema->choices));
    document_.append("\"").append(*text).append("\"");
    return true;
}

/// What people type where there is no list to choose from; one that cannot be read is no reason to lose the customer.
bool DocumentWriter::write_contact(const FieldPlan& field, const Value& value) {
    const auto text = to_text(value, scope_->conversion());
    if (!text) return scope_->refuse(field.value, value, text.error());
    const std::string_view written = trimmed(*text);
    if (written.empty()) return true;
    const auto read = read_contact(field.schema->type, written);
    unverified_ |= !read;
    return append_json_text(read.value_or(written), document_) ||
           scope_->refuse(field.value, value, why_not_clean(written));
}

std::optional<std::string_view> DocumentWriter::read_contact(FieldType type, std::string_view written) {
    if (type == FieldType::phone) return phones_.read(written, scope_->arena);
    if (type == FieldType::email) return read_email(written, scope_->arena);
    const std::string_view country = country_code(written);
    return country.empty() ? std::nullopt : std::optional(country);
}

bool DocumentWriter::write_time(const FieldPlan& field, const Value& value) {
    const Conversion with = scope_->conversion();
    Converted<> time = value;
    if (field.schema->type == FieldType::day_or_instant) {
        time = to_day_or_instant(value, with);
    } else {
        const bool day = field.schema->type == FieldType::day;
        const auto count = day ? to_day(value) : to_instant(value, with);
        if (!count) return scope_->refuse(field.value, value, count.error());
        time = day ? Value::date(*count) : Value::instant(*count);
    }
    if (!time) return scope_->refuse(field.value, value, time.error());
    char text[instant_size];
    const char* end =
        time->kind == Kind::date ? write_day(time->integer, text) : write_short_instant(time->integer, text);
    document_.append("\"").append(text, static_cast<std::size_t>(end - text)).append("\"");
    return true;
}

bool DocumentWriter::write_decimal(const Expression& by, const Value& value) {
    const auto decimal = to_decimal(value, scope_->conversion());
    if (!decimal) return scope_->refuse(by, value, decimal.error());
    const std::size_t begin = document_.size() + 1;
    document_.resize(begin + decimal->text_size() + 1, '"');
    document_[begin - 1] = '"';
    decimal->write(document_.data() + begin);
    return true;
}

bool DocumentWriter::write_json(const Expression& by, const Value& value) {
    switch (value.kind) {
        case Kind::null:
        case Kind::unchanged:
            document_.append("null");
            return true;
        case Kind::boolean:
            document_.append(value.boolean ? "true" : "false");
            return true;
        case Kind::integer:
            append_json_integer(value.integer, document_);
            return true;
        case Kind::decimal:
        case Kind::real:
            return write_decimal(by, value);
        case Kind::list:
            return write_json_list(by, value.items());
        case Kind::object:
            return write_json_object(by, *value.object);
        case Kind::json: {
            const auto read = scope_->json.read(value.view(), scope_->arena);
            return read ? write_json(by, *read) : scope_->refuse(by, value, "is not JSON");
        }
        case Kind::instant: {
            if (!is_writable_instant(value.integer)) return write_text(by, value);
            char text[instant_size];
            const char* end = write_short_instant(value.integer, text);
            document_.append("\"").append(text, static_cast<std::size_t>(end - text)).append("\"");
            return true;
        }
        case Kind::naive: {
            const auto instant = zoned(value, scope_->conversion());
            return instant ? write_json(by, *instant) : scope_->refuse(by, value, instant.error());
        }
        default:
            return write_text(by, value);
    }
}

bool DocumentWriter::write_json_list(const Expression& by, std::span<const Value> items) {
    document_.push_back('[');
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) document_.push_back(',');
        if (!write_json(by, items[i])) return false;
    }
    document_.push_back(']');
    return true;
}

bool DocumentWriter::write_json_object(const Expression& by, const Object& object) {
    const auto order = scope_->arena.array<std::uint32_t>(object.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t i) -> const std::string& { return object.shape->names[i]; });
    document_.push_back('{');
    for (const std::uint32_t i : order) {
        if (object.values[i].is_null()) continue;
        begin_member();
        if (const std::string& name = object.shape->names[i]; !append_json_text(name, document_))
            return scope_->refuse(by, why_not_clean(name));
        document_.push_back(':');
        if (!write_json(by, object.values[i])) return false;
    }
    document_.push_back('}');
    return true;
}

}  // namespace tributary::mapping
