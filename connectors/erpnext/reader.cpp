#include "connectors/erpnext/reader.hpp"

#include <algorithm>
#include <utility>

#include "connectors/erpnext/stamps.hpp"

namespace tributary::erpnext {
namespace {

/// Where the asked fields are in rows of one shape. A list sends every field it was asked for, null or not.
class Places {
  public:
    Places(const std::string& doctype, std::span<const std::string> asked) : doctype_(doctype), asked_(asked) {}

    Result<std::span<const int>> in(const Shape& shape) {
        if (serial_ == shape.serial.value()) return std::span<const int>(places_);
        places_.clear();
        for (const std::string& field : asked_) {
            places_.push_back(shape.find(field));
            if (places_.back() < 0)
                return fail(Verdict::stop, "field_hidden",
                            "field '" + field + "' of " + doctype_ +
                                " is not among the answer's: it is above the user's permission level; give his role "
                                "that level, or leave the field out");
        }
        serial_ = shape.serial.value();
        return std::span<const int>(places_);
    }

  private:
    const std::string& doctype_;
    std::span<const std::string> asked_;
    std::uint64_t serial_ = 0;
    std::vector<int> places_;
};

std::vector<std::string> names_of(std::span<const std::vector<std::string>> keys) {
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const auto& key : keys) names.push_back(key.front());
    return names;
}

/// Where a join over children is ordered by: both tables have the column.
std::string qualified(const std::string& doctype, std::string_view column) {
    return "`tab" + doctype + "`." + std::string(column);
}

}  // namespace

DocumentReader::DocumentReader(std::shared_ptr<http::Service> service, Stream stream)
    : api::ApiReader(std::move(stream.table)),
      service_(std::move(service)),
      documents_(std::move(stream.documents)),
      joins_(documents_.joins_of()),
      site_(*service_) {}

Result<void> DocumentReader::learn_zone(std::stop_token stop) {
    const auto now = site_.now(std::move(stop));
    if (!now) return std::unexpected(now.error());
    clock().saw(now->clock);
    if (zone_ && zone_name_ == now->time_zone) return {};
    auto zone = table::LocalTime::of(now->time_zone);
    if (!zone) return std::unexpected(zone.error());
    zone_ = std::move(*zone);
    zone_name_ = now->time_zone;
    return {};
}

/// The stamps are the site's own wall clock, whatever the configuration says.
Result<walk::Look> DocumentReader::look(std::vector<Condition>& conditions, std::stop_token stop) {
    if (auto learned = learn_zone(stop); !learned) return std::unexpected(learned.error());
    const std::string& declared = definition().time_zone;
    if (!declared.empty() && declared != zone_name_)
        conditions.push_back({"another_time_zone", "the site's time zone is " + zone_name_ + ", `time_zone` says " +
                                                       declared + ": its times would be mapped wrongly"});
    if (hidden_ > 0)
        conditions.push_back({"rows_hidden", std::to_string(hidden_) + " rows of " + definition().what() +
                                                 " are hidden from the user, by User Permissions: they are not "
                                                 "published"});
    return api::ApiReader::look(conditions, std::move(stop));
}

Result<std::int64_t> DocumentReader::estimate(std::stop_token stop) {
    return site_.count(definition().table, documents_.filters(), std::move(stop));
}

std::int64_t DocumentReader::time_of(const Value& watermark) {
    const auto local = watermark.kind == Kind::text ? read_stamp(watermark.view()) : std::nullopt;
    return local && zone_ ? zone_->to_utc(*local) : no_time;
}

bool DocumentReader::searchable(const api::Field& field) const { return field.type.empty() || field.type == "text"; }

// pages

void DocumentReader::add_sought(const walk::Sought& sought, ListQuery& query) const {
    for (std::size_t i = 0; i < sought.columns.size(); ++i) {
        std::vector<std::string> values;
        for (const auto& together : sought.values) values.push_back(together[i]);
        const std::string& column = sought.columns[i].name;
        if (!sought.include) {
            query.filters.add_among(column, values);
            continue;
        }
        Filters term;
        term.add_among(column, values);
        query.filters.add_child(object_of(definition().includes[*sought.include]), term);
    }
}

void DocumentReader::add_order(const api::Question& question, ListQuery& query) const {
    const std::string& doctype = definition().table;
    const bool joined = question.touched != nullptr ||
                        std::ranges::any_of(question.sought, [](const auto& one) { return one.include.has_value(); });
    const bool by_watermark = question.behind.size() > definition().key.size() ||
                              (question.since && question.behind.empty() && question.touched == nullptr);
    const auto column = [&](const std::string& name) { return joined ? qualified(doctype, name) : name; };
    if (!by_watermark) {
        query.order_by = column("name") + " asc";
        if (!question.behind.empty()) query.filters.add("name", ">", question.behind.front().text);
        return;
    }
    const std::string& watermark = definition().watermark->column;
    query.order_by = watermark + " asc, name asc";
    if (question.behind.empty()) {
        query.filters.add(watermark, ">=", stamp_text(zone_->earliest_from(*question.since)));
        return;
    }
    query.filters.add(watermark, ">=", question.behind[0].text);
    query.or_filters.add(watermark, ">", question.behind[0].text);
    query.or_filters.add("name", ">", question.behind[1].text);
}

ListQuery DocumentReader::query_of(const api::Question& question) const {
    ListQuery query{.doctype = definition().table, .parent = documents_.parent, .filters = documents_.filters()};
    query.length = question.rows;
    add_order(question, query);
    if (!question.keys.empty()) query.filters.add_among("name", names_of(question.keys));
    if (question.touched != nullptr) {
        Filters term;
        term.add(question.touched->watermark->column, ">=", stamp_text(zone_->earliest_from(*question.since)));
        query.filters.add_child(object_of(*question.touched), term);
    }
    for (const walk::Sought& sought : question.sought) add_sought(sought, query);
    return query;
}

Result<api::Answer> DocumentReader::ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                        std::stop_token stop) {
    if (question.since && !zone_)
        if (auto learned = learn_zone(stop); !learned) return std::unexpected(learned.error());
    const Plan plan = plan_of(question.fields, joins_);
    ListQuery query = query_of(question);
    query.fields = plan.asked;
    auto rows = list(query, plan, limits, arena, stop);
    if (!rows) return std::unexpected(rows.error());
    api::Answer answer{.full = !rows->all || rows->values.size() >= query.length};
    // a parent comes once for each child that fits
    const auto name = static_cast<std::size_t>(rows->shape->find("name"));
    const auto twice = std::ranges::unique(
        rows->values, [&](const Value* a, const Value* b) { return text_of(a[name]) == text_of(b[name]); });
    rows->values.erase(twice.begin(), twice.end());
    if (auto checked = check_order(question, plan, rows->values); !checked) return std::unexpected(checked.error());
    if (auto checked = check_hidden(question, plan, rows->values, stop); !checked)
        return std::unexpected(checked.error());
    if (auto joined = join(plan, rows->values, arena, std::move(stop)); !joined) return std::unexpected(joined.error());
    for (const Value* const values : rows->values)
        answer.rows.push_back(Value::of(arena.copy_of(Object{rows->shape.get(), values})));
    answer.shapes.push_back(std::move(rows->shape));
    return answer;
}

Result<DocumentReader::Rows> DocumentReader::list(const ListQuery& query, const Plan& plan, const Feed::Limits& limits,
                                                  Arena& arena, std::stop_token stop) {
    std::vector<Value> found;
    const auto all = site_.list(query, {.rows = no_limit, .bytes = limits.bytes}, found, arena, std::move(stop));
    if (!all) return std::unexpected(all.error());
    clock().saw(site_.clock());
    Rows rows{.values = {}, .shape = std::make_shared<const Shape>(Shape{plan.fields}), .all = *all};
    Places places(query.doctype, plan.asked);
    for (const Value& row : found) {
        const auto place = places.in(*row.object->shape);
        if (!place) return std::unexpected(place.error());
        const auto values = arena.array<Value>(plan.columns.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (plan.columns[i].join != nullptr) continue;
            values[i] = row.object->values[(*place)[plan.columns[i].asked]];
            if (values[i].kind == Kind::object || values[i].kind == Kind::list)
                return fail(Verdict::stop, "bad_row", "a field of " + query.doctype + " holds no scalar");
        }
        rows.values.push_back(values.data());
    }
    return rows;
}

}  // namespace tributary::erpnext
