#include "core/mapping/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/record_maker.hpp"
#include "core/model/key_text.hpp"

namespace tributary {
namespace {

using namespace mapping;

/// Counts up when the same mapping of the same row gives another document than an earlier release gave.
constexpr std::string_view document_version = "1";

const Node* child(const Node* node, std::string_view name) {
    return node == nullptr || !node->is_map() ? nullptr : node->find(name);
}

const Entity* entity_named(const Node& name, const Place& place, Diagnostics& diagnostics) {
    std::vector<std::string_view> names;
    for (const Entity& entity : catalogue().entities()) names.push_back(entity.name);
    const Entity* entity = catalogue().find(name.scalar);
    if (entity == nullptr)
        diagnostics.error(place, fmt::format("no entity '{}'{}", name.scalar, did_you_mean(name.scalar, names)));
    return entity;
}

/// Of `of: {customer: customer_id}`.
const Entity* entity_of(const Node& of, const Node& stream, Diagnostics& diagnostics) {
    const bool usable = of.is_map() && of.entries.size() == 1 && !of.entries[0].value.is_null();
    if (!usable) {
        diagnostics.error(of.place, "expected the entity these rows add to and its key, as {customer: customer_id}");
        return nullptr;
    }
    for (const char* other : {"entity", "identity"})
        if (const Node* written = stream.find(other))
            diagnostics.error(written->place, fmt::format("'of' says it already: '{}' cannot stand beside it", other));
    Node name;
    name.scalar = of.entries[0].key;
    return entity_named(name, of.entries[0].key_place, diagnostics);
}

const Entity* find_entity(const Node& definition, std::string_view what, Diagnostics& diagnostics) {
    if (const Node* of = definition.find("of")) return entity_of(*of, definition, diagnostics);
    const Node* name = definition.find("entity");
    if (name != nullptr && name->is_scalar()) return entity_named(*name, name->place, diagnostics);
    diagnostics.error(definition.place, fmt::format("{} needs 'entity', what its rows are", what));
    return nullptr;
}

/// A source takes its key's columns by their names: what would have a meaning in a path has none here.
Node named(Node column) {
    if (column.scalar.find_first_of(" \t\n.[]\"'^(){},") != std::string::npos)
        column.scalar = "[\"" + column.scalar + "\"]";
    return column;
}

constexpr auto emit_keys = std::to_array<std::string_view>({"entity", "space", "key", "when", "since", "fields"});

}  // namespace

struct Mapping::Impl {
    Impl(const MappingContext& context, Diagnostics& diagnostics)
        : defaults(read_defaults(context.source_node, diagnostics)), expressions(context, defaults, diagnostics) {}

    void compile(const MappingContext& context, Diagnostics& diagnostics);
    void read_records(const RecordMaker::Shared& shared);
    void read_emit(const Node& emit, const RecordMaker::Shared& shared);
    void add_record(const Node& definition, const Entity& entity, const RecordMaker::Shared& shared);
    void read_key(const Node& stream, Diagnostics& diagnostics);
    void read_absence(const Node& stream);
    void take_fingerprints(const MappingContext& context);

    bool take_key(const Row& row, RowScope& scope);
    /// Whether the row is there without being an entity.
    Truth is_absent(const Frame& frame, RowScope& scope);
    /// False: refused.
    bool make_records(const Frame& frame, RowScope& scope, std::span<const Record>& records);

    SourceDefaults defaults;
    ExpressionCompiler expressions;
    std::vector<std::unique_ptr<RecordMaker>> makers;
    std::vector<Part> parts;
    std::vector<Expression> key;      ///< Never evaluated: the row brings its key. For messages.
    std::vector<Predicate> absences;  ///< `skip` and `deleted`.
    std::vector<std::shared_ptr<const LookupTable>> lookups;  ///< In use, by Expression::lookup.
    JsonReader json;
    std::vector<std::string_view> key_parts;
    std::string key_text_buffer;
    std::string fingerprint;
    std::string identity_fingerprint;
};

void Mapping::Impl::compile(const MappingContext& context, Diagnostics& diagnostics) {
    const Node& stream = *context.stream_node;
    read_records({context, defaults, expressions, diagnostics});
    if (makers.empty()) return;
    read_key(stream, diagnostics);
    read_absence(stream);
    take_fingerprints(context);
    lookups.resize(expressions.lookups.size());
}

void Mapping::Impl::read_records(const RecordMaker::Shared& shared) {
    const Node& stream = *shared.context.stream_node;
    if (const Node* emit = stream.find("emit")) return read_emit(*emit, shared);
    if (const Entity* entity = find_entity(stream, "a stream", shared.diagnostics)) add_record(stream, *entity, shared);
}

void Mapping::Impl::read_emit(const Node& emit, const RecordMaker::Shared& shared) {
    for (const char* other : {"entity", "of", "fields", "space", "identity"})
        if (const Node::Entry* written = shared.context.stream_node->entry(other))
            shared.diagnostics.error(written->key_place,
                                     fmt::format("beside 'emit' each entry says its own '{}'", other));
    if (!emit.is_list() || emit.items.empty())
        return shared.diagnostics.error(emit.place,
                                        "expected a list of entities, as [{entity: customer, fields: {…}}]");
    for (const Node& item : emit.items) {
        for (const Node::Entry& entry : item.entries)
            if (std::ranges::find(emit_keys, entry.key) == emit_keys.end())
                shared.diagnostics.error(entry.key_place, fmt::format("unknown key '{}' in 'emit'{}", entry.key,
                                                                      did_you_mean(entry.key, emit_keys)));
        if (const Entity* entity = find_entity(item, "an entry of 'emit'", shared.diagnostics))
            add_record(item, *entity, shared);
    }
}

void Mapping::Impl::add_record(const Node& definition, const Entity& entity, const RecordMaker::Shared& shared) {
    const RecordMaker& maker = *makers.emplace_back(std::make_unique<RecordMaker>(definition, entity, shared));
    std::string name;
    if (&definition != shared.context.stream_node) {
        const auto same = std::ranges::count(parts, entity.number, &Part::entity);
        name = same == 0 ? entity.name : fmt::format("{}.{}", entity.name, same + 1);
    }
    parts.push_back(
        {std::move(name), entity.number, maker.space, maker.identity_differs(), maker.adds, maker.throughs()});
}

void Mapping::Impl::read_key(const Node& stream, Diagnostics& diagnostics) {
    const auto keys = items_of(stream.find("key"));
    if (keys.empty()) diagnostics.error(stream.place, "a stream needs 'key', the columns that name a row");
    for (const Node* column : keys) {
        if (!column->is_scalar()) {
            diagnostics.error(column->place, "expected the name of a column");
            continue;
        }
        const auto noted = expressions.columns.size();
        key.push_back(expressions.column(named(*column), column->scalar, column->place));
        expressions.columns.resize(noted);
    }
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
    Fingerprint ids;
    outcome.add(document_version);
    ids.add(context.tenant);
    for (const auto& maker : makers) maker->add_to(outcome);
    for (const auto& maker : makers) maker->add_identity_to(ids);
    outcome.add(child(context.source_node, "defaults")).add(child(context.source_node, "time_zone"));
    for (const std::string& map : expressions.used_maps)
        outcome.add(map).add(defaults.maps == nullptr ? nullptr : defaults.maps->find(map));
    for (const char* option : {"skip", "deleted"})
        if (const Node* written = stream->find(option)) outcome.add(option).add(written);
    if (stream->find("emit") != nullptr) ids.add("emit").add(stream->find("key"));
    if (stream->find("of") != nullptr) ids.add("of");
    fingerprint = outcome.text();
    identity_fingerprint = ids.text();
}

bool Mapping::Impl::take_key(const Row& row, RowScope& scope) {
    key_text_buffer.clear();
    key_parts.clear();
    if (row.key.size() != key.size()) return scope.refuse(key.front(), "the row came without its whole key");
    for (std::size_t i = 0; i < key.size(); ++i) {
        std::string_view text;
        if (!read_key_part(key[i], row.key[i], scope, text)) return false;
        key_parts.push_back(text);
        append_key_part(text, i == 0, key_text_buffer);
    }
    return true;
}

/// All of a row's records or none: a row of which one part is refused keeps what it said before.
bool Mapping::Impl::make_records(const Frame& frame, RowScope& scope, std::span<const Record>& records) {
    const auto made = scope.arena.array<Record>(makers.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < makers.size(); ++i) {
        Record& record = made[count];
        record = {};
        record.part = static_cast<std::uint16_t>(i);
        const RecordMaker::Outcome outcome = makers[i]->make(key_parts, frame, scope, record);
        if (outcome == RecordMaker::Outcome::refused) return false;
        if (outcome == RecordMaker::Outcome::made) ++count;
    }
    records = made.first(count);
    return true;
}

Mapping::Mapping(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mapping::~Mapping() = default;

std::unique_ptr<Mapping> Mapping::compile(const MappingContext& context, Diagnostics& diagnostics) {
    Diagnostics own;
    auto impl = std::make_unique<Impl>(context, own);
    impl->compile(context, own);
    diagnostics.add(own);
    if (own.has_errors()) return nullptr;
    return std::unique_ptr<Mapping>(new Mapping(std::move(impl)));
}

MappedRow Mapping::map(const Row& row, Arena& arena) {
    MappedRow result;
    result.row = &row;
    if (row.op == Op::truncate) return result;
    Impl& self = *impl_;
    self.json.forget();
    RowScope scope{arena, self.json, self.expressions.lua.get(), self.defaults.zone.get(), {}, self.lookups.data()};
    const Frame frame{row.values, nullptr};
    bool accepted = self.take_key(row, scope);
    if (accepted) result.key = arena.copy(self.key_text_buffer);
    if (accepted && row.op == Op::remove) return result;
    if (accepted && !self.absences.empty()) {
        const Truth absent = self.is_absent(frame, scope);
        if (absent == Truth::yes) return result;
        accepted = absent == Truth::no;
    }
    if (!accepted || !self.make_records(frame, scope, result.records)) result.reject = arena.copy_of(scope.reject);
    return result;
}

EntityNo Mapping::entity() const { return impl_->parts.front().entity; }
const std::string& Mapping::space() const { return impl_->parts.front().space; }
std::span<const Mapping::Part> Mapping::parts() const { return impl_->parts; }
const std::vector<std::string>& Mapping::instants() const { return impl_->expressions.instants; }
const std::vector<Mapping::Column>& Mapping::columns() const { return impl_->expressions.columns; }
const std::vector<std::string>& Mapping::paths() const { return impl_->expressions.paths; }
const std::vector<Mapping::Lookup>& Mapping::lookups() const { return impl_->expressions.lookups; }
void Mapping::use(std::size_t lookup, std::shared_ptr<const LookupTable> table) {
    impl_->lookups[lookup] = std::move(table);
}
/// Of a path that is no column: of what it begins with.
std::string Mapping::place_of(std::string_view column) const {
    for (std::string_view path = column;;) {
        const auto found = std::ranges::find(columns(), path, &Column::name);
        if (found != columns().end()) return text_of(found->place);
        const std::size_t dot = path.rfind('.');
        if (dot == std::string_view::npos) return {};
        path = path.substr(0, dot);
    }
}
bool Mapping::identity_differs_from_key() const { return impl_->parts.front().identity_differs; }
const std::string& Mapping::fingerprint() const { return impl_->fingerprint; }
const std::string& Mapping::identity_fingerprint() const { return impl_->identity_fingerprint; }

}  // namespace tributary
