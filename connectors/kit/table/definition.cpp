#include "connectors/kit/table/definition.hpp"

#include <algorithm>

namespace tributary::table {
namespace {

Watermark read_watermark(const Settings& settings, const Terms& terms) {
    Watermark watermark;
    watermark.column = settings.text("column");
    if (const auto overlap = settings.duration("overlap")) watermark.overlap = *overlap;
    if (!terms.sql) return watermark;
    watermark.by_application = settings.text("stamped_by") == "application";
    const std::string unit = settings.text("unit");
    watermark.unit = unit == "s" ? 1'000'000 : unit == "ms" ? 1'000 : unit == "us" ? 1 : 0;
    return watermark;
}

void read_on(const Settings& settings, Include& include, Diagnostics& diagnostics) {
    const Node* on = settings.node("on");
    if (on == nullptr) return;
    const bool usable = on->is_map() && !on->entries.empty() &&
                        std::all_of(on->entries.begin(), on->entries.end(),
                                    [](const Node::Entry& entry) { return entry.value.is_scalar(); });
    if (!usable)
        return diagnostics.error(on->place, "expected child columns with their parent columns, as {order_id: id}");
    for (const Node::Entry& entry : on->entries) include.on.emplace_back(entry.key, entry.value.scalar);
}

/// `lines.sku` is a column of the include `lines`; `lines` alone asks for all of its columns.
/// Where nobody says what is read, all of it is.
void claim_columns(Include& include, std::vector<std::string>& columns, bool told) {
    include.whole = !told;
    std::erase_if(columns, [&](const std::string& column) {
        if (column == include.name) return include.whole = true;
        if (!column.starts_with(include.name + ".")) return false;
        include.columns.push_back(column.substr(include.name.size() + 1));
        return true;
    });
}

/// Fields of lists that are no includes are named by their paths, which `Definition::paths` has; the list is read.
void keep_first_parts(std::vector<std::string>& columns) {
    for (std::string& column : columns) column.resize(std::min(column.find('.'), column.size()));
    std::vector<std::string> once;
    for (std::string& column : columns)
        if (std::find(once.begin(), once.end(), column) == once.end()) once.push_back(std::move(column));
    columns = std::move(once);
}

/// A row has one value under a name: a column that is read and an include of its name would hide one another.
void check_name(const Definition& definition, const Include& include, const Settings& settings,
                Diagnostics& diagnostics) {
    std::vector<std::string> read = definition.key;
    if (definition.watermark) read.push_back(definition.watermark->column);
    for (const auto& [child, parent] : include.on) read.push_back(parent);
    if (std::find(read.begin(), read.end(), include.name) != read.end())
        diagnostics.error(settings.place(), "'" + include.name +
                                                "' is a column that is read, too: give the include "
                                                "another name");
}

/// An API's own way to children is a field of the parent; `on` is for children that no field leads to.
void read_field(const Settings& settings, const Terms& terms, Include& include, Diagnostics& diagnostics) {
    if (settings.has("field") || include.table.empty())
        include.field = settings.has("field") ? settings.text("field") : include.name;
    if (!include.field.empty() && settings.has("on"))
        diagnostics.error(settings.place("on"), "give `field`, or `" + std::string(terms.object) + "` with `on`");
    if (include.field.empty() && !settings.has("on"))
        diagnostics.error(settings.place(), "an include by `" + std::string(terms.object) +
                                                "` needs `on`: which child field equals which parent field");
}

Include read_include(const std::string& name, const Settings& settings, const Terms& terms, Diagnostics& diagnostics) {
    Include include{
        .name = name, .table = settings.text(terms.object), .on = {}, .key = settings.texts("key"), .columns = {}};
    include.one = settings.boolean("one");
    read_on(settings, include, diagnostics);
    if (!terms.sql) read_field(settings, terms, include, diagnostics);
    if (include.key.empty() && !include.one)
        diagnostics.error(settings.place(),
                          "an include needs 'key', the columns that identify a child among those of "
                          "its parent; or is it `one: true`?");
    if (include.key.empty())
        for (const auto& [child, parent] : include.on) include.key.push_back(child);
    if (settings.has("watermark")) include.watermark = read_watermark(settings.section("watermark"), terms);
    return include;
}

}  // namespace

walk::TableWalkSettings Definition::walk_settings() const {
    if (!watermark) return {};
    walk::TableWalkSettings settings{
        .watermark = true, .rounds_by_key = rounds_by_key, .overlap = watermark->overlap, .max_hold = max_hold};
    for (const std::size_t include : followed()) {
        const Watermark& child = *includes[include].watermark;
        settings.children.push_back({.overlap = child.overlap, .by_application = child.by_application});
    }
    return settings;
}

std::vector<std::size_t> Definition::followed() const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; watermark && i < includes.size(); ++i)
        if (includes[i].watermark) all.push_back(i);
    return all;
}

std::vector<std::vector<std::string>> Definition::searched_in(const std::string& prefix) const {
    const auto is_child = [&](const std::string& column) {
        return std::any_of(includes.begin(), includes.end(),
                           [&](const Include& include) { return column.starts_with(include.name + "."); });
    };
    std::vector<std::vector<std::string>> all;
    for (const auto& together : searched) {
        std::vector<std::string> here;
        for (const std::string& column : together)
            if (prefix.empty() ? !is_child(column) : column.starts_with(prefix))
                here.push_back(column.substr(prefix.size()));
        if (!here.empty() && std::find(all.begin(), all.end(), here) == all.end()) all.push_back(std::move(here));
    }
    return all;
}

namespace {

void check_relation(const Definition& definition, const Settings& settings, const Terms& terms,
                    Diagnostics& diagnostics) {
    if (!terms.sql && definition.table.empty())
        diagnostics.error(settings.place(), "give the `" + std::string(terms.object) + "` to read");
    if (!terms.sql) return;
    if (settings.has("table") && settings.has("query"))
        diagnostics.error(settings.place("query"), "give `table` or `query`, not both");
    else if (definition.table.empty() && definition.query.empty())
        diagnostics.error(settings.place(), "give the `table` to read, or a `query`");
}

}  // namespace

Definition define_lookup(const StreamSettings& lookup, Diagnostics& diagnostics, const Terms& terms) {
    const Settings& settings = lookup.settings;
    Definition definition;
    definition.stream = lookup.name;
    definition.table = settings.text(terms.object);
    if (terms.sql) definition.query = settings.text("query");
    definition.paths = lookup.paths;
    definition.instants = lookup.instants;
    definition.rounds_by_key = !terms.sql;
    definition.lookup = true;
    definition.where = settings.text("where");
    definition.key = settings.texts("key");
    definition.columns = lookup.columns;
    definition.searched = lookup.searched;
    definition.time_zone = lookup.time_zone;
    check_relation(definition, settings, terms, diagnostics);
    if (settings.has("where") && definition.where.find_first_not_of("; \t\r\n") == std::string::npos)
        diagnostics.error(settings.place("where"), "expected a condition, as \"location <> 'SCRAP'\"");
    if (settings.has("key") && definition.key.empty())
        diagnostics.error(settings.place("key"), "expected at least one column");
    return definition;
}

Result<void> check_unit(const Watermark& watermark, const std::string& table, bool number, bool time) {
    const std::string what = "watermark column '" + watermark.column + "' of " + table;
    if (number && watermark.unit == 0)
        return fail(Verdict::stop, "bad_watermark",
                    what +
                        " holds numbers: say what they count since 1970, as `unit: s`, `ms` or `us`; a counter of "
                        "another kind tells no time and cannot be polled: leave the watermark out");
    if (!number && watermark.unit != 0 && time)
        return fail(Verdict::stop, "bad_watermark", what + " holds times: `unit` is for numbers, leave it out");
    if (!number && !time)
        return fail(Verdict::stop, "bad_watermark", what + " is neither a timestamp, a date nor a number");
    return {};
}

Definition define(const StreamSettings& stream, Diagnostics& diagnostics, const Terms& terms) {
    const Settings& settings = stream.settings;
    Definition definition = define_lookup(stream, diagnostics, terms);  // and then what a look-up cannot have
    definition.lookup = false;
    if (settings.has("watermark")) definition.watermark = read_watermark(settings.section("watermark"), terms);
    if (terms.sql)
        if (const auto hold = settings.duration("max_hold")) definition.max_hold = *hold;
    const bool told = !definition.columns.empty();
    for (const auto& [name, section] : settings.sections("include")) {
        definition.includes.push_back(read_include(name, section, terms, diagnostics));
        check_name(definition, definition.includes.back(), section, diagnostics);
        claim_columns(definition.includes.back(), definition.columns, told);
        if (section.has("watermark") && !definition.watermark)
            diagnostics.warning(section.place("watermark"),
                                "the stream has no watermark, so it is read whole each time, with its children: "
                                "theirs is not used");
    }
    if (!terms.sql) keep_first_parts(definition.columns);
    return definition;
}

}  // namespace tributary::table
