#include "connectors/odoo/reader.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace tributary::odoo {
namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max() / 4;

Call search_read(const std::string& model, const Domain& domain, const std::vector<std::string>& fields,
                 std::size_t rows, const OdooSettings& settings, int version) {
    Call call{model,
              "search_read",
              {{"domain", domain.json()},
               {"fields", json_texts(fields)},
               {"order", R"("id")"},
               {"limit", std::to_string(rows)},
               {"context", settings.context()}}};
    // ids alone: names of other records cost the server queries of their own
    if (version >= first_with_plain_ids) call.arguments.emplace_back("load", "\"\"");
    return call;
}

void add_ids(const Value& value, std::set<std::int64_t>& ids) {
    if (value.kind == Kind::integer) ids.insert(value.integer);
    if (value.kind == Kind::list)
        for (const Value& element : value.items()) ids.insert(element.object->values[0].integer);
}

/// The objects for an id, or for a list of `{id}`. One that is gone, or hidden from this user, is null.
Value in_place_of(const Value& value, const std::map<std::int64_t, Value>& objects, Arena& arena) {
    const auto object = [&](std::int64_t id) {
        const auto found = objects.find(id);
        return found == objects.end() ? Value::null() : found->second;
    };
    if (value.kind == Kind::integer) return object(value.integer);
    if (value.kind != Kind::list) return Value::null();
    const auto elements = arena.array<Value>(value.size);
    std::size_t count = 0;
    for (const Value& element : value.items())
        if (const Value found = object(element.object->values[0].integer); !found.is_null()) elements[count++] = found;
    return Value::list(elements.first(count));
}

}  // namespace

OdooReader::OdooReader(std::shared_ptr<Session> session, table::Definition definition, StreamExtras extras)
    : ApiReader(std::move(definition)), client_(std::move(session)), extras_(std::move(extras)) {
    // what is no domain was refused when the configuration was read
    if (!this->definition().where.empty()) where_ = Domain::parse(this->definition().where).value_or(Domain());
}

/// Fields come, go and change their names with versions: which one it is explains what is missing.
Result<void> OdooReader::open(std::stop_token stop) {
    auto opened = ApiReader::open(stop);
    if (opened || opened.error().code != "undefined_column") return opened;
    const auto access = client_.access(std::move(stop));
    if (access && !access->release.empty()) opened.error().what += " (the server is Odoo " + access->release + ")";
    return opened;
}

OdooReader::Wanted OdooReader::wanted(std::span<const std::string> paths) {
    Wanted wanted{.names = {"id"}};
    for (const std::string& path : paths) {
        const auto dot = path.find('.');
        std::string first = path.substr(0, dot);
        if (dot != std::string::npos) wanted.inner[first].push_back(path.substr(dot + 1));
        if (std::ranges::find(wanted.names, first) == wanted.names.end()) wanted.names.push_back(std::move(first));
    }
    return wanted;
}

const Field* OdooReader::field_of(const std::string& model, std::string_view name) const {
    const auto fields = models_.find(model);
    if (fields == models_.end()) return nullptr;
    const auto field = fields->second.find(name);
    return field == fields->second.end() ? nullptr : &field->second;
}

/// Fields that this version or this user does not have are left out of the request, and null: only those declared
/// optional come so far.
Result<OdooReader::Records> OdooReader::read(const std::string& model, const Wanted& wanted, const Domain& domain,
                                             std::size_t rows, const Feed::Limits& limits, Arena& arena,
                                             std::stop_token stop) {
    auto shape = std::make_shared<Shape>();
    shape->names = wanted.names;
    std::vector<std::string> asked;
    std::vector<FieldKind> kinds;
    for (const std::string& name : wanted.names) {
        const Field* const field = field_of(model, name);
        kinds.push_back(field == nullptr ? FieldKind::other : field->kind);
        if (field != nullptr && name != "id") asked.push_back(name);
    }
    // no names at all would stand for every field, computed ones too
    if (asked.empty()) asked.emplace_back("id");
    const auto access = client_.access(stop);
    if (!access) return std::unexpected(access.error());
    // a row more than was asked for never comes: the answer is read to its end
    const Feed::Limits room{.rows = rows + 1, .bytes = std::max(limits.bytes, arena.bytes() + 1)};
    auto found = client_.rows(search_read(model, domain, asked, rows, client_.settings(), access->version), room, arena,
                              std::move(stop));
    clock().saw(client_.clock());
    if (!found) return std::unexpected(found.error());
    Records records;
    records.shape = shape;
    records.all = found->all;
    records.answer.shapes.push_back(shape);
    api::Picker picker(wanted.names);
    for (const Value& row : found->rows) {
        if (row.kind != Kind::object) continue;
        const auto values = arena.array<Value>(kinds.size());
        picker.pick(*row.object, values.data());
        if (values[0].kind != Kind::integer) continue;
        for (std::size_t i = 1; i < kinds.size(); ++i) values[i] = value_of(kinds[i], values[i], arena);
        auto* const object = arena.array<Object>(1).data();
        *object = {shape.get(), values.data()};
        records.ids.push_back(values[0].integer);
        records.values.push_back(values);
        records.answer.rows.push_back(Value::of(object));
    }
    return records;
}

/// One request for each field that is followed, whatever the number of rows.
Result<void> OdooReader::follow(const std::string& model, const Wanted& wanted, Records& records, Arena& arena,
                                std::stop_token stop) {
    for (const auto& [name, paths] : wanted.inner) {
        const Field* const field = field_of(model, name);
        if (field == nullptr || field->relation.empty()) continue;
        const auto place = static_cast<std::size_t>(std::ranges::find(wanted.names, name) - wanted.names.begin());
        std::set<std::int64_t> ids;
        for (const auto values : records.values) add_ids(values[place], ids);
        auto objects = related(field->relation, paths, ids, records.answer.shapes, arena, stop);
        if (!objects) return std::unexpected(objects.error());
        for (const auto values : records.values) values[place] = in_place_of(values[place], *objects, arena);
    }
    return {};
}

/// Nothing but its id can be told without asking.
Result<OdooReader::Related> OdooReader::related(const std::string& model, std::span<const std::string> paths,
                                                const std::set<std::int64_t>& ids,
                                                std::vector<std::shared_ptr<const Shape>>& shapes, Arena& arena,
                                                std::stop_token stop) {
    Related objects;
    if (std::ranges::all_of(paths, [](const std::string& path) { return path == "id"; })) {
        for (const std::int64_t id : ids) objects[id] = reference(Value::of(id), arena);
        return objects;
    }
    if (auto described = known(model, stop); !described) return std::unexpected(described.error());
    std::vector<std::string> texts;
    for (const std::int64_t id : ids) texts.push_back(std::to_string(id));
    for (std::size_t from = 0; from < texts.size(); from += most_ids) {
        Domain domain;
        domain.add_in("id", std::span(texts).subspan(from, std::min(most_ids, texts.size() - from)));
        auto answer = read_all(model, paths, domain, arena, stop);
        if (!answer) return std::unexpected(answer.error());
        for (const Value& row : answer->rows) objects[row.object->values[0].integer] = row;
        std::ranges::move(answer->shapes, std::back_inserter(shapes));
    }
    return objects;
}

Result<api::Answer> OdooReader::read_all(const std::string& model, std::span<const std::string> paths,
                                         const Domain& domain, Arena& arena, std::stop_token stop) {
    const Wanted fields = wanted(paths);
    api::Answer all;
    for (std::int64_t last = 0;;) {
        Domain behind = domain;
        behind.add("id", ">", std::to_string(last));
        auto records = read(model, fields, behind, most_rows(), {.rows = no_limit, .bytes = no_limit}, arena, stop);
        if (!records) return std::unexpected(records.error());
        if (auto followed = follow(model, fields, *records, arena, stop); !followed)
            return std::unexpected(followed.error());
        std::ranges::move(records->answer.rows, std::back_inserter(all.rows));
        std::ranges::move(records->answer.shapes, std::back_inserter(all.shapes));
        if (records->ids.size() < most_rows()) return all;
        last = records->ids.back();
    }
}

Result<api::Answer> OdooReader::ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                    std::stop_token stop) {
    const auto domain = domain_of(question);
    if (!domain) return std::unexpected(domain.error());
    const Wanted fields = wanted(question.fields);
    auto records = read(definition().table, fields, *domain, question.rows, limits, arena, stop);
    if (!records) return std::unexpected(records.error());
    if (auto followed = follow(definition().table, fields, *records, arena, std::move(stop)); !followed)
        return std::unexpected(followed.error());
    records->answer.full = !records->all;
    return std::move(records->answer);
}

Result<api::Answer> OdooReader::ask_children(const api::ChildQuestion& question, Arena& arena, std::stop_token stop) {
    std::vector<std::string> fields = question.fields;
    std::vector<std::string> on;
    for (const auto& [child, parent] : question.include.on) {
        on.push_back(child);
        if (std::ranges::find(fields, child) == fields.end()) fields.push_back(child);
    }
    std::vector<std::vector<std::string>> values;
    for (const auto& parent : question.parents) {
        auto& texts = values.emplace_back();
        for (const walk::Mark& mark : parent) texts.push_back(mark.text);
    }
    const auto domain = values_of(question.object, "", on, values);
    if (!domain) return std::unexpected(domain.error());
    return read_all(question.object, fields, *domain, arena, std::move(stop));
}

Result<std::int64_t> OdooReader::estimate(std::stop_token stop) {
    const auto access = client_.access(stop);
    if (!access) return std::unexpected(access.error());
    const auto count = client_.number(
        count_of(definition().table, where_.json(), client_.settings().context(), access->version), std::move(stop));
    clock().saw(client_.clock());
    return count;
}

}  // namespace tributary::odoo
