#include "connectors/kit/api/reader.hpp"

#include <algorithm>
#include <utility>

#include "core/model/time.hpp"

namespace tributary::api {
namespace {

/// How long metadata counts as new. Fields change with an upgrade of the source; a request that it refuses asks anew.
constexpr std::chrono::minutes metadata_lasts{5};

/// `party` stands for all that the mapping reads inside of it.
void add_paths(const std::string& column, const std::string& prefix, std::span<const std::string> paths, bool plain,
               const std::string& as, std::vector<std::string>& fields) {
    const std::string inside = prefix + column + ".";
    bool any = false;
    for (const std::string& path : paths) {
        if (!path.starts_with(inside)) continue;
        any = true;
        fields.push_back(as + path.substr(prefix.size()));
    }
    if (plain || !any) fields.push_back(as + column);
}

}  // namespace

const Field* Metadata::field(std::string_view name) const {
    const auto named = std::ranges::find(fields, name, &Field::name);
    return named == fields.end() ? nullptr : &*named;
}

std::vector<std::string> Metadata::names() const {
    std::vector<std::string> all;
    all.reserve(fields.size());
    for (const Field& field : fields) all.push_back(field.name);
    return all;
}

ApiReader::ApiReader(table::Definition definition) : definition_(std::move(definition)) {}

Result<void> ApiReader::open(std::stop_token stop) {
    if (!selection_.columns.empty()) return {};
    auto learned = learn(std::move(stop));
    if (!learned) selection_ = {};
    return learned;
}

Result<const Metadata*> ApiReader::known(const std::string& object, std::stop_token stop) {
    const auto now = Steady::now();
    const auto found = objects_.find(object);
    if (found != objects_.end() && now - found->second.asked < metadata_lasts) return &found->second.object;
    auto described = describe(object, std::move(stop));
    if (!described) return std::unexpected(described.error());
    Known& known = objects_[object];
    known = {std::move(*described), now};
    return &known.object;
}

Result<void> ApiReader::learn(std::stop_token stop) {
    const auto usable = [&](const Metadata& object, const std::string& name) -> Result<void> {
        if (!object.found) {
            const std::vector<std::string_view> others(object.others.begin(), object.others.end());
            return fail(Verdict::stop, "undefined_table",
                        "no " + std::string(noun()) + " '" + name + "'" + did_you_mean(name, others));
        }
        if (object.readable) return {};
        return fail(Verdict::stop, "no_right", "no right to read '" + name + "': " + std::string(remedy()));
    };
    const auto own = known(definition_.table, stop);
    if (!own) return std::unexpected(own.error());
    if (auto checked = usable(**own, definition_.table); !checked) return checked;
    children_.clear();
    child_objects_.clear();
    for (table::Include& include : definition_.includes) {
        if (auto learned = learn_include(**own, include, stop); !learned) return learned;
        const auto child = known(child_objects_.back(), stop);
        if (!child) return std::unexpected(child.error());
        if (auto checked = usable(**child, child_objects_.back()); !checked) return checked;
        auto selection = table::select(include, (*child)->names());
        if (!selection) return std::unexpected(selection.error());
        children_.push_back(std::move(*selection));
    }
    auto selection = table::select(definition_, (*own)->names());
    if (!selection) return std::unexpected(selection.error());
    selection_ = std::move(*selection);
    std::vector<std::string> members = selection_.columns;
    for (const table::Include& include : definition_.includes)
        if (nested(include)) members.push_back(include.field);
    picker_ = Picker(std::move(members));
    return {};
}

/// Where the children are, and how they are found when they do not come with their parents.
Result<void> ApiReader::learn_include(const Metadata& parent, table::Include& include, std::stop_token) {
    if (include.field.empty()) {
        child_objects_.push_back(include.table);
        return {};
    }
    const Field* const field = parent.field(include.field);
    if (field == nullptr || field->target.empty()) {
        const std::vector<std::string> names = parent.names();
        const std::vector<std::string_view> candidates(names.begin(), names.end());
        const std::string near = field == nullptr ? did_you_mean(include.field, candidates) : ", which leads nowhere";
        return fail(Verdict::stop, "undefined_column",
                    "include '" + include.name + "': no field of " + definition_.table + " leads to children: '" +
                        include.field + "'" + near);
    }
    if (include.watermark && !field->asked_by)
        return fail(Verdict::stop, "bad_watermark",
                    "include '" + include.name + "': rows of " + definition_.table + " cannot be asked for by field '" +
                        include.field + "', so its children cannot be followed: leave their watermark out");
    child_objects_.push_back(field->target);
    if (!nested(include) && include.on.empty()) include.on = {{field->inverse, definition_.key.front()}};
    return {};
}

const std::string& ApiReader::object_of(const table::Include& include) const {
    return child_objects_.at(static_cast<std::size_t>(&include - definition_.includes.data()));
}

std::optional<std::size_t> ApiReader::sought_by(std::size_t whose, const std::string& column) const {
    const std::string& object = whose == 0 ? definition_.table : child_objects_.at(whose - 1);
    const auto found = objects_.find(object);
    const Field* const field = found == objects_.end() ? nullptr : found->second.object.field(column);
    if (field == nullptr || !searchable(*field)) return std::nullopt;
    return (whose == 0 ? selection_ : children_.at(whose - 1)).place_of(column);
}

/// An API shows no open transactions: what was not visible yet when it was read is found by reading back. Whoever gave
/// an overlap has said how long transactions take.
Result<walk::Look> ApiReader::look(std::vector<Condition>& conditions, std::stop_token) {
    const auto shown = clock_.read();
    if (definition_.watermark && !shown)
        conditions.push_back(
            {"no_source_clock",
             "the source does not show its clock (no Date in its answers): polls go by this machine's, "
             "so a difference between the two has to be smaller than watermark.overlap"});
    if (definition_.watermark && !definition_.watermark->overlap)
        conditions.push_back({"untrusted_bound",
                              "an API does not show open transactions: polls read back by the overlap of 60s, and rows "
                              "of a transaction that takes longer are not found; give watermark.overlap, above the "
                              "longest transaction, to do without this warning"});
    return walk::Look{.clock = shown.value_or(wall_clock_now())};
}

std::vector<std::string> ApiReader::fields(bool listed) const {
    std::vector<std::string> all;
    const std::size_t own = listed ? selection_.listed : selection_.columns.size();
    for (std::size_t i = 0; i < own; ++i) {
        const std::string& column = selection_.columns[i];
        add_paths(column, "", definition_.paths, i < selection_.listed, "", all);
    }
    for (std::size_t i = 0; i < definition_.includes.size(); ++i) {
        const table::Include& include = definition_.includes[i];
        if (nested(include)) add_child_fields(i, listed, include.field + ".", all);
    }
    return all;
}

/// Of an include's children, `as` standing before each.
void ApiReader::add_child_fields(std::size_t include, bool listed, const std::string& as,
                                 std::vector<std::string>& fields) const {
    const table::Selection& child = children_[include];
    const std::string prefix = definition_.includes[include].name + ".";
    for (std::size_t i = 0; i < (listed ? child.listed : child.columns.size()); ++i)
        add_paths(child.columns[i], prefix, definition_.paths, i < child.listed, as, fields);
}

Result<table::Page> ApiReader::page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                    std::stop_token stop) {
    return read(request, false, limits, arena, std::move(stop));
}

Result<table::Page> ApiReader::keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                    std::stop_token stop) {
    return read(request, true, limits, arena, std::move(stop));
}

/// Rows with a null in their key do not exist: the keys of an API's objects are its own.
Result<table::Page> ApiReader::read(const walk::PageRequest& request, bool listed, const Feed::Limits& limits,
                                    Arena& arena, std::stop_token stop) {
    table::Page page;
    nested_.assign(definition_.includes.size(), {});
    if (request.keyless) return page;
    Question question{.fields = fields(listed), .behind = request.after, .sought = request.sought};
    question.rows = std::clamp<std::size_t>(limits.rows, 1, most_rows());
    if (request.from) question.since = *request.from + (request.from_inclusive ? 0 : 1);
    if (request.touched_by) question.touched = &definition_.includes[definition_.followed().at(*request.touched_by)];
    const std::span<const std::vector<std::string>> keys = request.keys;
    for (std::size_t from = 0; from == 0 || from < keys.size(); from += most_keys()) {
        question.keys = keys.subspan(from, std::min(most_keys(), keys.size() - from));
        if (!keys.empty()) question.rows = 4 * question.keys.size() + 16;
        if (auto added = read_part(question, limits, arena, page, stop); !added) return std::unexpected(added.error());
        if (page.full) break;
    }
    if (limits.rows == 0) page.rows.clear();
    return page;
}

Result<void> ApiReader::read_part(const Question& question, const Feed::Limits& limits, Arena& arena, table::Page& page,
                                  std::stop_token stop) {
    auto answer = ask(question, limits, arena, std::move(stop));
    if (!answer) {
        // what the source refuses may have been renamed: the next call looks at its metadata again
        if (answer.error().verdict == Verdict::stop) {
            objects_.clear();
            selection_ = {};
        }
        return std::unexpected(answer.error());
    }
    // whoever reads on from it would read the same for ever
    if (answer->full && answer->rows.empty())
        return fail(Verdict::stop, "empty_page", "the source says that there are more rows and gives none of them");
    page.full = answer->full || answer->rows.size() >= question.rows;
    std::ranges::move(answer->shapes, std::back_inserter(page.shapes));
    for (const Value& row : answer->rows)
        if (auto added = add_row(row, arena, page); !added) return added;
    return {};
}

Result<void> ApiReader::add_row(const Value& value, Arena& arena, table::Page& page) {
    if (value.kind != Kind::object)
        return fail(Verdict::stop, "bad_row", "a row of " + definition_.what() + " is no object");
    const std::size_t width = selection_.shape->names.size();
    // behind the columns the picker has nested includes, whose lists are not what belongs into the includes' slots
    const auto values = arena.array<Value>(std::max(width, picker_.size()));
    picker_.pick(*value.object, values.data());
    std::size_t at = selection_.columns.size();
    for (std::size_t i = 0; i < definition_.includes.size(); ++i)
        if (nested(definition_.includes[i])) nested_[i].push_back(values[at++]);
    for (std::size_t i = selection_.columns.size(); i < width; ++i) values[i] = Value::null();
    page.rows.push_back(values.data());
    return {};
}

std::int64_t ApiReader::time_of(const Value& watermark) {
    constexpr std::int64_t day = 86'400'000'000;
    if (watermark.kind == Kind::instant) return watermark.integer;
    if (watermark.kind == Kind::date) return watermark.integer * day;
    if (watermark.kind != Kind::naive) return no_time;
    if (!zone_read_ && !definition_.time_zone.empty())
        if (auto zone = table::LocalTime::of(definition_.time_zone)) zone_ = std::move(*zone);
    zone_read_ = true;
    return zone_ ? zone_->to_utc(watermark.integer) : watermark.integer;
}

}  // namespace tributary::api
