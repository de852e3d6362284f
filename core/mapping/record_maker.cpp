#include "core/mapping/record_maker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/key_text.hpp"
#include "core/model/since.hpp"
#include "core/model/times.hpp"

namespace tributary::mapping {
namespace {

bool same_columns(const std::vector<const Node*>& a, const std::vector<const Node*>& b) {
    const auto name = [](const Node* node) { return node->is_scalar() ? std::string_view(node->scalar) : ""; };
    return std::ranges::equal(a, b, {}, name, name);
}

std::string space_of(const Node& definition, const MappingContext& context) {
    const Node* written = definition.find("space");
    return written != nullptr && written->is_scalar() ? written->scalar : context.source;
}

}  // namespace

std::vector<const Node*> items_of(const Node* node) {
    std::vector<const Node*> items;
    if (node == nullptr || node->is_null()) return items;
    if (!node->is_list()) return {node};
    for (const Node& item : node->items) items.push_back(&item);
    return items;
}

bool read_key_part(const Expression& part, const Value& value, RowScope& scope, std::string_view& text) {
    const auto converted = zoned(value, scope.conversion());
    if (!converted) return scope.refuse(part, value, converted.error());
    const KeyText key_part = key_text(*converted, scope.arena);
    if (!key_part) return scope.refuse(part, fmt::format("a key cannot be {}", explain(key_part.why)));
    text = key_part.text;
    return true;
}

RecordMaker::RecordMaker(const Node& definition, const Entity& made, const Shared& shared)
    : entity(made),
      space(space_of(definition, shared.context)),
      adds(definition.find("of") != nullptr),
      definition_(definition),
      hasher_(shared.context.tenant, space, made.name) {
    FieldCompiler fields(shared.expressions, shared.defaults, shared.diagnostics);
    if (const Node* written = definition.find("fields"))
        plan_ = fields.compile(entity, *written, adds);
    else
        shared.diagnostics.error(
            definition.place,
            fmt::format("{} needs 'fields', what makes its {}",
                        &definition == shared.context.stream_node ? "a stream" : "an entry of 'emit'", entity.name));
    read_identity(*shared.context.stream_node, shared);
    read_conditions(shared);
    writer_ = std::make_unique<DocumentWriter>(plan_);
}

void RecordMaker::read_identity(const Node& stream, const Shared& shared) {
    const bool emitted = &definition_ != &stream;
    if (const Node* of = definition_.find("of"))
        identity_node_ = &of->entries.front().value;
    else
        identity_node_ = definition_.find(emitted ? "key" : "identity");
    const auto written = items_of(identity_node_);
    if (!adds && same_columns(items_of(stream.find("key")), written)) return;
    for (const Node* part : written)
        identity_.push_back(
            shared.expressions.compile(*part, part->is_scalar() ? part->scalar : "identity", part->place));
}

void RecordMaker::read_conditions(const Shared& shared) {
    if (const Node* when = definition_.find("when")) when_ = shared.expressions.predicate(*when, "when");
    const Node* since = definition_.find("since");
    if (since == nullptr) return;
    if (identity_.empty())
        shared.diagnostics.error(since->place,
                                 "'since' decides between rows about one entity; here each row has its own");
    since_ = shared.expressions.compile(*since, "since", since->place);
}

std::vector<Mapping::Part::Through> RecordMaker::throughs() const {
    std::vector<Mapping::Part::Through> all;
    for (const FieldPlan& field : plan_.fields)
        if (const auto& through = field.value.through)
            all.push_back({field.schema->wire_name, through->entity, through->space, through->take, through->place});
    return all;
}

void RecordMaker::add_to(Fingerprint& outcome) const {
    outcome.add(entity.name).add(entity.version).add(definition_.find("fields"));
    for (const char* option : {"when", "since"})
        if (const Node* written = definition_.find(option)) outcome.add(option).add(written);
}

void RecordMaker::add_identity_to(Fingerprint& ids) const {
    ids.add(space).add(entity.name).add(definition_.find("key"));
    ids.add(identity_.empty() ? nullptr : identity_node_);
}

RecordMaker::Outcome RecordMaker::is_wanted(const Frame& frame, RowScope& scope) const {
    switch (when_ ? holds(*when_, frame, scope) : Truth::yes) {
        case Truth::yes:
            return Outcome::made;
        case Truth::no:
            return Outcome::nothing;
        case Truth::unknown:
            scope.refuse(when_->tests.front().column, "the source's log did not repeat what decides");
            break;
        case Truth::refused:
            break;
    }
    return Outcome::refused;
}

RecordMaker::Outcome RecordMaker::identify(const Frame& frame, RowScope& scope) {
    for (const Expression& part : identity_) {
        Evaluated found;
        if (!evaluate(part, frame, scope, found)) return Outcome::refused;
        // what adds to nobody says nothing, as long as nobody is named
        if (adds && is_empty(found.value)) return Outcome::nothing;
        std::string_view text;
        if (!read_key_part(part, found.value, scope, text)) return Outcome::refused;
        hasher_.part(text);
    }
    return Outcome::made;
}

RecordMaker::Outcome RecordMaker::make(std::span<const std::string_view> key, const Frame& frame, RowScope& scope,
                                       Record& record) {
    if (const Outcome wanted = is_wanted(frame, scope); wanted != Outcome::made) return wanted;
    hasher_.begin();
    if (identity_.empty())
        for (const std::string_view part : key) hasher_.part(part);
    if (const Outcome known = identify(frame, scope); known != Outcome::made) return known;
    record.id = hasher_.id();
    const bool made = writer_->write(frame, scope, record) && (!since_ || date(frame, scope, record));
    return made ? Outcome::made : Outcome::refused;
}

/// The moment goes into the record as its last member, which a fold reads and never shows.
bool RecordMaker::date(const Frame& frame, RowScope& scope, Record& record) const {
    Evaluated since;
    if (!evaluate(*since_, frame, scope, since)) return false;
    if (is_empty(since.value) || since.value.kind == Kind::unchanged) return true;
    const auto moment = to_day_or_instant(since.value, scope.conversion());
    if (!moment) return scope.refuse(*since_, since.value, moment.error());
    const std::int64_t micros = moment->kind == Kind::date ? moment->integer * micros_per_day : moment->integer;
    char text[instant_size];
    const std::string_view written(text, static_cast<std::size_t>(write_instant(micros, text) - text));
    const std::string_view document = record.document.substr(0, record.document.size() - 1);
    const std::string_view parts[] = {document, document.size() > 1 ? "," : "", since_label, written, "\"}"};
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    char* to = scope.arena.allocate(size);
    record.document = {to, size};
    for (const std::string_view part : parts) to = std::ranges::copy(part, to).out;
    return true;
}

}  // namespace tributary::mapping
