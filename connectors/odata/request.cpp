#include "connectors/odata/request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/model/times.hpp"

namespace tributary::odata {
namespace {

/// IIS takes 2,048 characters of a query unless it is told otherwise (maxQueryString), and 1C is often behind it.
constexpr std::size_t most_projection = 900;
constexpr std::size_t most_keys = 900;
constexpr std::size_t most_sought = 1'500;

/// No clock shows less than this much behind UTC.
constexpr std::int64_t farthest_west = 12 * 3'600 * micros_per_second;
constexpr std::int64_t micros_per_milli = 1'000;

void add(std::vector<Wanted>& wanted, std::string_view path) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    auto found = std::ranges::find(wanted, name, &Wanted::name);
    const bool is_new = found == wanted.end();
    if (is_new) found = wanted.insert(found, {.name = std::string(name)});
    if (dot == std::string_view::npos) {
        found->inside.clear();  // all of it
        return;
    }
    const bool all = !is_new && found->inside.empty();
    if (!all) add(found->inside, path.substr(dot + 1));
}

/// Versions 2 and 3: `to_Item/Material`, and `to_Item` for what is to be expanded.
void add_paths(std::span<const Wanted> wanted, const Type* type, const Model& model, const std::string& prefix,
               std::vector<std::string>& selected, std::vector<std::string>& expanded) {
    for (const Wanted& one : wanted) {
        const Navigation* const navigation = type == nullptr ? nullptr : type->navigation(one.name);
        const std::string path = prefix + one.name;
        if (navigation == nullptr) {
            selected.push_back(path);
            continue;
        }
        expanded.push_back(path);
        if (one.inside.empty()) selected.push_back(path);
        add_paths(one.inside, model.find(navigation->target), model, path + "/", selected, expanded);
    }
}

std::vector<std::string> old_projection(std::span<const Wanted> wanted, const Type& type, const Model& model) {
    std::vector<std::string> selected, expanded, options;
    add_paths(wanted, &type, model, "", selected, expanded);
    const std::string select = encoded(fmt::format("{}", fmt::join(selected, ",")));
    if (!select.empty() && select.size() <= most_projection) options.push_back("$select=" + select);
    if (!expanded.empty()) options.push_back("$expand=" + encoded(fmt::format("{}", fmt::join(expanded, ","))));
    return options;
}

/// Version 4: `$select=A,B` and `$expand=to_Item($select=Material;$expand=…)`.
std::vector<std::string> new_projection(std::span<const Wanted> wanted, const Type* type, const Model& model) {
    std::vector<std::string> selected, expanded, options;
    for (const Wanted& one : wanted) {
        const Navigation* const navigation = type == nullptr ? nullptr : type->navigation(one.name);
        if (navigation == nullptr) {
            selected.push_back(one.name);
            continue;
        }
        const auto inside = new_projection(one.inside, model.find(navigation->target), model);
        expanded.push_back(inside.empty() ? one.name : fmt::format("{}({})", one.name, fmt::join(inside, ";")));
    }
    const std::string select = fmt::format("{}", fmt::join(selected, ","));
    if (!select.empty() && select.size() <= most_projection) options.push_back("$select=" + select);
    if (!expanded.empty()) options.push_back(fmt::format("$expand={}", fmt::join(expanded, ",")));
    return options;
}

std::string bound_of(std::int64_t since, const Property& property, const Subject& subject) {
    if (property.edm == Edm::instant) {
        const std::int64_t over = ((since % micros_per_milli) + micros_per_milli) % micros_per_milli;
        return literal_at(since - over, Edm::instant, subject.version);
    }
    const std::int64_t shown = subject.zone != nullptr ? subject.zone->earliest_from(since) : since - farthest_west;
    return literal_at(shown, property.edm, subject.version);
}

std::string since_condition(std::int64_t since, const Subject& subject) {
    std::vector<std::string> any;
    for (const Property* const stamp : subject.stamps)
        any.push_back(fmt::format("{} ge {}", stamp->name, bound_of(since, *stamp, subject)));
    return any.size() == 1 ? any.front() : fmt::format("({})", fmt::join(any, " or "));
}

/// `to_Item/any(child:child/Changed ge …)`, which versions before 4 do not have.
Result<std::string> touched_condition(std::int64_t since, const table::Include& include, const Subject& subject) {
    const Navigation* const navigation = subject.type->navigation(include.field);
    const Type* const type = navigation == nullptr ? nullptr : subject.model->find(navigation->target);
    const Property* const stamp = type == nullptr ? nullptr : type->property(include.watermark->column);
    if (subject.version != Version::v4 || stamp == nullptr)
        return fail(Verdict::stop, "bad_watermark",
                    "rows of " + subject.path + " cannot be asked for by the time their '" + include.field +
                        "' changed: leave the include's watermark out");
    return fmt::format("{}/any(child:child/{} ge {})", include.field, stamp->name, bound_of(since, *stamp, subject));
}

Result<std::string> sought_condition(const walk::Sought& sought, const Subject& subject) {
    const auto cannot = [&](std::string why) { return fail(Verdict::stop, "not_searchable", std::move(why)); };
    if (sought.include) return cannot("rows of " + subject.path + " cannot be asked for by what their children hold");
    std::vector<const Property*> columns;
    for (const auto& column : sought.columns)
        if (const Property* const property = subject.type->property(column.name)) columns.push_back(property);
    if (columns.size() != sought.columns.size()) return cannot("a column that is no property");
    std::vector<std::string> any;
    for (const auto& values : sought.values)
        if (auto condition = equal_to(columns, values, subject.version)) any.push_back(std::move(*condition));
    if (any.empty()) any.push_back(fmt::format("({0} eq null and {0} ne null)", columns.front()->name));
    std::string all = any.size() == 1 ? any.front() : fmt::format("({})", fmt::join(any, " or "));
    if (encoded(all).size() > most_sought) return cannot("so many values do not fit into an address");
    return all;
}

}  // namespace

SetPath set_path(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    const std::size_t arguments = path.find('(');
    std::size_t slash = path.substr(0, arguments).rfind('/');
    // `Register/Balance(…)`: a function of a set
    if (arguments != std::string_view::npos && slash != std::string_view::npos)
        slash = slash == 0 ? std::string_view::npos : path.substr(0, slash).rfind('/');
    if (slash == std::string_view::npos) return {"", std::string(path)};
    return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

Result<const Property*> property_of(const table::Definition& definition, const Type& type, const std::string& name) {
    if (const Property* const found = type.property(name)) return found;
    return fail(Verdict::stop, "undefined_column", "no property '" + name + "' in " + definition.table);
}

Result<Subject> subject_of(const table::Definition& definition, const Model& model) {
    Subject subject{.path = definition.table, .version = model.version, .model = &model, .where = definition.where};
    subject.type = model.type_of(set_path(definition.table).set);
    if (subject.type == nullptr) return fail(Verdict::retry, "changed_metadata", "the service has just changed");
    while (subject.path.starts_with('/')) subject.path.erase(0, 1);
    for (const std::string& name : definition.key) {
        const auto found = property_of(definition, *subject.type, name);
        if (!found) return std::unexpected(found.error());
        subject.key.push_back(*found);
    }
    return subject;
}

std::vector<Wanted> wanted_of(std::span<const std::string> paths) {
    std::vector<Wanted> wanted;
    for (const std::string& path : paths) add(wanted, path);
    return wanted;
}

std::vector<std::string> projection(std::span<const Wanted> wanted, const Type& type, const Model& model) {
    if (model.version != Version::v4) return old_projection(wanted, type, model);
    auto options = new_projection(wanted, &type, model);
    for (std::string& option : options) option = encoded(option);
    return options;
}

Result<std::string> filter_of(const api::Question& question, const Subject& subject) {
    std::vector<std::string> conditions;
    if (!subject.where.empty()) conditions.push_back("(" + subject.where + ")");
    if (question.since) {
        auto since = question.touched != nullptr ? touched_condition(*question.since, *question.touched, subject)
                                                 : Result<std::string>(since_condition(*question.since, subject));
        if (!since) return since;
        conditions.push_back(std::move(*since));
    }
    for (const walk::Sought& sought : question.sought) {
        auto condition = sought_condition(sought, subject);
        if (!condition) return condition;
        conditions.push_back(std::move(*condition));
    }
    if (!question.behind.empty()) {
        std::vector<std::string> values;
        for (const walk::Mark& mark : question.behind) values.push_back(mark.text);
        auto condition = behind(subject.key, values, subject.version);
        if (!condition) return condition;
        conditions.push_back(std::move(*condition));
    }
    return all_of(conditions);
}

std::vector<std::string> filters_of_keys(std::span<const std::vector<std::string>> keys, const Subject& subject) {
    std::vector<std::string> filters;
    std::size_t size = most_keys;
    for (const auto& key : keys) {
        const auto condition = equal_to(subject.key, key, subject.version);
        if (!condition) continue;
        const std::size_t more = encoded(*condition).size() + 4;
        if (size + more > most_keys) {
            filters.push_back(*condition);
            size = more;
        } else {
            filters.back() += " or " + *condition;
            size += more;
        }
    }
    for (std::string& filter : filters)
        filter = subject.where.empty() ? filter : fmt::format("({}) and ({})", subject.where, filter);
    return filters;
}

std::string order_by_key(const Subject& subject) {
    std::string order;
    for (const Property* const property : subject.key) order += (order.empty() ? "" : ",") + property->name;
    return order;
}

std::string target_of(const Subject& subject, const std::string& filter, const std::string& order, std::size_t top,
                      std::span<const std::string> projection) {
    std::vector<std::string> options;
    if (!filter.empty()) options.push_back("$filter=" + encoded(filter));
    if (!order.empty()) options.push_back("$orderby=" + encoded(order));
    if (top > 0) options.push_back(fmt::format("$top={}", top));
    options.insert(options.end(), projection.begin(), projection.end());
    // 1C answers in Atom unless it is told so here
    if (subject.version != Version::v4) options.push_back("$format=json");
    return fmt::format("/{}{}{}", encoded(subject.path), options.empty() ? "" : "?", fmt::join(options, "&"));
}

}  // namespace tributary::odata
