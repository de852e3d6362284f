#include "connectors/tryton/reader.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/model/json_text.hpp"
#include "core/model/time.hpp"
#include "core/model/times.hpp"

namespace tributary::tryton {
namespace {

bool is_false(const Value* value) {
    return value != nullptr &&
           ((value->kind == Kind::boolean && !value->boolean) || (value->kind == Kind::integer && value->integer == 0));
}

}  // namespace

TrytonReader::TrytonReader(std::shared_ptr<http::Service> service, table::Definition definition, StreamOptions options)
    : ApiReader(std::move(definition)), options_(std::move(options)), rpc_(std::move(service), clock()) {}

/// Company and language decide what many fields hold (balances, prices, translated names): a user's own are asked for
/// once, as a client does.
Result<void> TrytonReader::prefer(std::stop_token stop) {
    if (preferred_) return {};
    Arena arena;
    const auto preferences = rpc_.call("model.res.user.get_preferences", "[true,{}]", arena, std::move(stop));
    if (!preferences) return std::unexpected(preferences.error());
    const Value* const company = http::find_in(*preferences, {"company"});
    if (!options_.context.company && company != nullptr && company->kind == Kind::integer)
        options_.context.company = company->integer;
    if (options_.context.language.empty()) options_.context.language = http::text_in(*preferences, {"language"});
    context_ = context_json(options_.context);
    preferred_ = true;
    return {};
}

Result<api::Metadata> TrytonReader::describe(const std::string& model, std::stop_token stop) {
    if (auto preferred = prefer(stop); !preferred) return std::unexpected(preferred.error());
    auto fields = fields_of(model, stop);
    if (!fields && fields.error().code == "undefined_name") return api::Metadata{.others = models(std::move(stop))};
    if (!fields) return std::unexpected(fields.error());
    const auto readable = may_read(model, std::move(stop));
    if (!readable) return std::unexpected(readable.error());
    if (!options_.locations.empty() && model == definition().table)
        for (const std::string_view name : location_fields)
            fields->push_back({.name = std::string(name), .type = "location", .asked_by = false});
    return api::Metadata{.found = true, .readable = *readable, .fields = std::move(*fields)};
}

Result<std::vector<api::Field>> TrytonReader::fields_of(const std::string& model, std::stop_token stop) {
    Arena arena;
    const auto told = rpc_.call("model." + model + ".fields_get", "[[]," + context_ + "]", arena, std::move(stop));
    if (!told) return std::unexpected(told.error());
    std::vector<api::Field> fields;
    if (told->kind != Kind::object) return fields;
    for (std::size_t i = 0; i < told->object->size(); ++i) {
        const Value& field = told->object->values[i];
        fields.push_back({.name = told->object->shape->names[i],
                          .type = std::string(http::text_in(field, {"type"})),
                          .target = std::string(http::text_in(field, {"relation"})),
                          .inverse = std::string(http::text_in(field, {"relation_field"})),
                          .many = http::text_in(field, {"type"}).ends_with("2many"),
                          .asked_by = !is_false(http::find_in(field, {"searchable"}))});
    }
    return fields;
}

/// The fields of a model are told to everybody, its rows are not.
Result<bool> TrytonReader::may_read(const std::string& model, std::stop_token stop) {
    Arena arena;
    const auto access = rpc_.call("model.ir.model.access.get_access", "[[" + json_text(model) + "]," + context_ + "]",
                                  arena, std::move(stop));
    if (!access) return std::unexpected(access.error());
    return !is_false(http::find_in(*access, {model, "read"}));
}

/// For a suggestion: a server that does not tell them leaves it out.
std::vector<std::string> TrytonReader::models(std::stop_token stop) {
    Arena arena;
    std::vector<std::string> names;
    const auto rows = rpc_.call("model.ir.model.search_read",
                                "[[],0,5000,[[\"id\",\"ASC\"]],[\"model\"]," + context_ + "]", arena, std::move(stop));
    if (!rows || rows->kind != Kind::list) return names;
    for (const Value& row : rows->items()) names.emplace_back(http::text_in(row, {"model"}));
    return names;
}

bool TrytonReader::searchable(const api::Field& field) const { return field.asked_by && compares_as_text(field); }

Result<std::int64_t> TrytonReader::estimate(std::stop_token stop) {
    if (!options_.locations.empty()) return 0;
    Arena arena;
    const auto count =
        rpc_.call("model." + definition().table + ".search_count", "[[]," + context_ + "]", arena, std::move(stop));
    if (!count) return std::unexpected(count.error());
    return count->kind == Kind::integer ? count->integer : 0;
}

Result<Search> TrytonReader::search_of(const api::Question& question, std::stop_token stop) {
    const auto model = known(definition().table, stop);
    if (!model) return std::unexpected(model.error());
    children_.clear();
    for (const table::Include& include : definition().includes) {
        const auto child = known(object_of(include), stop);
        if (!child) return std::unexpected(child.error());
        children_.push_back(*child);
    }
    return Search{.definition = definition(),
                  .model = **model,
                  .context = context_,
                  .fields = question.fields,
                  .rows = question.rows,
                  .key = definition().key,
                  .behind = question.behind,
                  .keys = question.keys,
                  .question = &question,
                  .children = children_};
}

Result<api::Answer> TrytonReader::ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                      std::stop_token stop) {
    if (!options_.locations.empty()) return ask_by_location(question, limits, arena, std::move(stop));
    const auto search = search_of(question, stop);
    if (!search) return std::unexpected(search.error());
    api::Answer answer;
    // one row more than there can be: the answer is read to its end
    const Feed::Limits room{.rows = question.rows + 1, .bytes = limits.bytes};
    if (auto read = rpc_.rows(definition().table, search_params(*search), room, arena, answer, std::move(stop)); !read)
        return std::unexpected(read.error());
    return answer;
}

Result<api::Answer> TrytonReader::ask_children(const api::ChildQuestion& question, Arena& arena, std::stop_token stop) {
    constexpr Feed::Limits all{.rows = SIZE_MAX, .bytes = SIZE_MAX / 2};
    api::Answer answer;
    const std::string params = children_params(question, context_);
    if (auto read = rpc_.rows(question.object, params, all, arena, answer, std::move(stop)); !read)
        return std::unexpected(read.error());
    return answer;
}

}  // namespace tributary::tryton
