#include "core/mapping/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/document_writer.hpp"
#include "core/mapping/field_compiler.hpp"
#include "core/mapping/fingerprint.hpp"
#include "core/model/key_text.hpp"

namespace tributary {
namespace {

using namespace mapping;

/// Counts up when the same mapping of the same row gives another document than an earlier release gave.
constexpr std::string_view document_version = "1";

const Node* child(const Node* node, std::string_view name) {
    return node == nullptr || !node->is_map() ? nullptr : node->find(name);
}

std::vector<const Node*> items_of(const Node* node) {
    std::vector<const Node*> items;
    if (node == nullptr || node->is_null()) return items;
    if (!node->is_list()) return {node};
    for (const Node& item : node->items) items.push_back(&item);
    return items;
}

bool same_columns(const std::vector<const Node*>& a, const std::vector<const Node*>& b) {
    const auto name = [](const Node* node) { return node->is_scalar() ? std::string_view(node->scalar) : ""; };
    return std::ranges::equal(a, b, {}, name, name);
}

const Entity* find_entity(const Node& stream, Diagnostics& diagnostics) {
    const Node* name = stream.find("entity");
    if (name == nullptr || !name->is_scalar()) {
        const bool comes_later = stream.find("of") != nullptr || stream.find("emit") != nullptr;
        if (!comes_later) diagnostics.error(stream.place, "a stream needs 'entity', what its rows are");
        return nullptr;
    }
    std::vector<std::string_view> names;
    for (const Entity& entity : catalogue().entities()) names.push_back(entity.name);
    const Entity* entity = catalogue().find(name->scalar);
    if (entity == nullptr)
        diagnostics.error(name->place,
                          fmt::format("no entity '{}'{}", name->scalar, did_you_mean(name->scalar, names)));
    return entity;
}

}  // namespace

struct Mapping::Impl {
    Impl(const MappingContext& context, const Entity& made, Diagnostics& diagnostics)
        : entity(made),
          space(space_of(context)),
          hasher(context.tenant, space, made.name),
          defaults(read_defaults(context.source_node, diagnostics)),
          expressions(context, defaults, diagnostics) {}

    static std::string space_of(const MappingContext& context) {
        const Node* written = child(context.stream_node, "space");
        return written != nullptr && written->is_scalar() ? written->scalar : context.source;
    }

    void compile(const MappingContext& context, Diagnostics& diagnostics);
    void read_identity(const Node& stream, Diagnostics& diagnostics);
    void read_absence(const Node& stream);
    void take_fingerprints(const MappingContext& context);

    /// Whether the row is there without being an entity.
    Truth is_absent(const Frame& frame, RowScope& scope);
    bool read_key(const Row& row, RowScope& scope);
    bool read_id(const Frame& frame, RowScope& scope, EntityId& id);
    /// Adds a part to the id; false: refused.
    bool add_part(const Expression& part, const Value& value, RowScope& scope, std::string_view& text);

    const Entity& entity;
    std::string space;
    IdHasher hasher;
    SourceDefaults defaults;
    ExpressionCompiler expressions;
    DocumentPlan plan;
    std::vector<Expression> key;       ///< Never evaluated: the row brings its key. For messages.
    std::vector<Expression> identity;  ///< Empty when it is the key.
    std::vector<Predicate> absences;   ///< `skip` and `deleted`.
    std::unique_ptr<DocumentWriter> writer;
    JsonReader json;
    std::string key_text_buffer;
    std::string fingerprint;
    std::string identity_fingerprint;
};

void Mapping::Impl::compile(const MappingContext& context, Diagnostics& diagnostics) {
    const Node& stream = *context.stream_node;
    FieldCompiler fields(expressions, defaults, diagnostics);
    if (const Node* written = stream.find("fields"))
        plan = fields.compile(entity, *written);
    else
        diagnostics.error(stream.place, fmt::format("a stream needs 'fields', what makes its {}", entity.name));
    read_identity(stream, diagnostics);
    read_absence(stream);
    take_fingerprints(context);
    writer = std::make_unique<DocumentWriter>(plan);
}

void Mapping::Impl::read_identity(const Node& stream, Diagnostics& diagnostics) {
    const auto keys = items_of(stream.find("key"));
    if (keys.empty()) diagnostics.error(stream.place, "a stream needs 'key', the columns that name a row");
    for (const Node* column : keys) {
        if (!column->is_scalar()) {
            diagnostics.error(column->place, "expected the name of a column");
            continue;
        }
        const auto noted = expressions.columns.size();
        key.push_back(expressions.column(*column, column->scalar, column->place));
        expressions.columns.resize(noted);
    }
    const auto written = items_of(stream.find("identity"));
    if (same_columns(keys, written)) return;
    for (const Node* part : written)
        identity.push_back(expressions.compile(*part, part->is_scalar() ? part->scalar : "identity", part->place));
}

void Mapping::Impl::read_absence(const Node& stream) {
    for (const char* option : {"skip", "deleted"})
        if (const Node* condition = stream.find(option); condition != nullptr && !condition->is_null())
            absences.push_back(expressions.predicate(*condition, option));
}

Truth Mapping::Impl::is_absent(const Frame& frame, RowScope& scope) {
    for (const Predicate& absence : absences) {
        const Truth holds = mapping::holds(absence, frame, scope);
        if (holds == Truth::unknown)
            scope.refuse(absence.tests.front().column,
                         "the source's log did not repeat what says whether the row counts");
        if (holds != Truth::no) return holds;
    }
    return Truth::no;
}

void Mapping::Impl::take_fingerprints(const MappingContext& context) {
    const Node* stream = context.stream_node;
    Fingerprint outcome;
    outcome.add(document_version).add(entity.name).add(entity.version).add(stream->find("fields"));
    outcome.add(child(context.source_node, "defaults")).add(child(context.source_node, "time_zone"));
    for (const std::string& map : expressions.used_maps)
        outcome.add(map).add(defaults.maps == nullptr ? nullptr : defaults.maps->find(map));
    for (const char* option : {"where", "skip", "deleted"})
        if (const Node* written = stream->find(option)) outcome.add(option).add(written);
    if (const Node* includes = stream->find("include"))
        for (const Node::Entry& include : includes->entries)
            if (const Node* one = include.value.find("one")) outcome.add("one").add(include.key).add(one);
    fingerprint = outcome.text();
    Fingerprint ids;
    ids.add(context.tenant).add(space).add(entity.name).add(stream->find("key"));
    identity_fingerprint = ids.add(identity.empty() ? nullptr : stream->find("identity")).text();
}

bool Mapping::Impl::add_part(const Expression& part, const Value& value, RowScope& scope, std::string_view& text) {
    const auto converted = zoned(value, scope.conversion());
    if (!converted) return scope.refuse(part, value, converted.error());
    const KeyText key_part = key_text(*converted, scope.arena);
    if (!key_part) return scope.refuse(part, fmt::format("a key cannot be {}", explain(key_part.why)));
    text = key_part.text;
    hasher.part(text);
    return true;
}

bool Mapping::Impl::read_key(const Row& row, RowScope& scope) {
    hasher.begin();
    key_text_buffer.clear();
    if (row.key.size() != key.size()) return scope.refuse(key.front(), "the row came without its whole key");
    for (std::size_t i = 0; i < key.size(); ++i) {
        std::string_view text;
        if (!add_part(key[i], row.key[i], scope, text)) return false;
        append_key_part(text, i == 0, key_text_buffer);
    }
    return true;
}

bool Mapping::Impl::read_id(const Frame& frame, RowScope& scope, EntityId& id) {
    if (!identity.empty()) hasher.begin();
    for (const Expression& part : identity) {
        Evaluated found;
        std::string_view text;
        if (!evaluate(part, frame, scope, found) || !add_part(part, found.value, scope, text)) return false;
    }
    id = hasher.id();
    return true;
}

Mapping::Mapping(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mapping::~Mapping() = default;

std::unique_ptr<Mapping> Mapping::compile(const MappingContext& context, Diagnostics& diagnostics) {
    Diagnostics own;
    const Entity* entity = find_entity(*context.stream_node, own);
    std::unique_ptr<Impl> impl;
    if (entity != nullptr) {
        impl = std::make_unique<Impl>(context, *entity, own);
        impl->compile(context, own);
    }
    for (const Diagnostic& found : own.sorted())
        found.severity == Severity::error ? diagnostics.error(found.place, found.message)
                                          : diagnostics.warning(found.place, found.message);
    if (own.has_errors() || impl == nullptr) return nullptr;
    return std::unique_ptr<Mapping>(new Mapping(std::move(impl)));
}

MappedRow Mapping::map(const Row& row, Arena& arena) {
    MappedRow result;
    result.row = &row;
    if (row.op == Op::truncate) return result;
    Impl& self = *impl_;
    self.json.forget();
    RowScope scope{arena, self.json, self.expressions.lua.get(), self.defaults.zone.get(), {}};
    const Frame frame{row.values, nullptr};
    bool accepted = self.read_key(row, scope);
    if (accepted) result.key = arena.copy(self.key_text_buffer);
    if (accepted && row.op == Op::remove) return result;
    if (accepted && !self.absences.empty()) {
        const Truth absent = self.is_absent(frame, scope);
        if (absent == Truth::yes) return result;
        accepted = absent == Truth::no;
    }
    Record record;
    accepted = accepted && self.read_id(frame, scope, record.id) && self.writer->write(frame, scope, record);
    if (accepted)
        result.records = {arena.copy_of(record), 1};
    else
        result.reject = arena.copy_of(scope.reject);
    return result;
}

EntityNo Mapping::entity() const { return impl_->entity.number; }
const std::string& Mapping::space() const { return impl_->space; }
const std::vector<Mapping::Column>& Mapping::columns() const { return impl_->expressions.columns; }
std::string Mapping::place_of(std::string_view column) const {
    const auto found = std::ranges::find(columns(), column, &Column::name);
    if (found == columns().end() || found->place.file == nullptr) return {};
    return fmt::format("{}:{}:{}", *found->place.file, found->place.line, found->place.column);
}
bool Mapping::identity_differs_from_key() const { return !impl_->identity.empty(); }
const std::string& Mapping::fingerprint() const { return impl_->fingerprint; }
const std::string& Mapping::identity_fingerprint() const { return impl_->identity_fingerprint; }

}  // namespace tributary
