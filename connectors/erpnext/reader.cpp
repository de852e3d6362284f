#include "connectors/erpnext/reader.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "connectors/erpnext/stamps.hpp"
#include "core/model/times.hpp"

namespace tributary::erpnext {
namespace {

constexpr std::size_t most_names = 500;  ///< In one filter.
constexpr std::size_t no_limit = std::size_t{1} << 40;

std::size_t place_in(std::vector<std::string>& names, const std::string& name) {
    const auto place = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    if (place == names.size()) names.push_back(name);
    return place;
}

std::string text_of(const Value& value) { return value.has_text() ? std::string(value.view()) : std::string(); }

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

Plan plan_of(std::span<const std::string> fields, const std::vector<Join>& joins) {
    Plan plan{.fields = {fields.begin(), fields.end()}};
    std::vector<std::string> names = plan.fields;
    plan.columns.resize(names.size());
    // what a join needs is added behind, and looked at in its turn
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto joined = std::ranges::find(joins, names[i], &Join::name);
        if (joined == joins.end()) {
            plan.columns[i].asked = place_in(plan.asked, names[i]);
            continue;
        }
        const std::size_t by = place_in(names, joined->by);
        plan.columns.resize(names.size());
        plan.columns[i] = {.asked = 0, .join = &*joined, .by = by};
    }
    for (std::size_t passes = 0; passes < joins.size(); ++passes)
        for (std::size_t i = 0; i < plan.columns.size(); ++i) {
            const auto filled = [&](std::size_t column) {
                return plan.columns[column].join == nullptr ||
                       std::ranges::find(plan.joined, column) != plan.joined.end();
            };
            if (!filled(i) && filled(plan.columns[i].by)) plan.joined.push_back(i);
        }
    return plan;
}

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

/// Fills the joined columns: each from the document its link names, null where there is none. Those that share a link
/// are asked for together.
Result<void> DocumentReader::join(const Plan& plan, std::span<Value* const> rows, Arena& arena, std::stop_token stop) {
    std::vector<std::size_t> left = plan.joined;
    while (!left.empty()) {
        const std::size_t by = plan.columns[left.front()].by;
        std::vector<std::size_t> columns;
        std::erase_if(left, [&](std::size_t column) {
            if (plan.columns[column].by == by) columns.push_back(column);
            return plan.columns[column].by == by;
        });
        if (auto filled = fill(plan, columns, rows, arena, stop); !filled) return filled;
    }
    return {};
}

Result<void> DocumentReader::fill(const Plan& plan, std::span<const std::size_t> columns, std::span<Value* const> rows,
                                  Arena& arena, std::stop_token stop) {
    const std::size_t by = plan.columns[columns.front()].by;
    ListQuery query{.doctype = plan.columns[columns.front()].join->doctype, .fields = {"name"}, .order_by = "name asc"};
    std::vector<std::size_t> takes;
    for (const std::size_t column : columns) takes.push_back(place_in(query.fields, plan.columns[column].join->take));
    std::unordered_map<std::string, const Value*> documents;
    std::vector<std::string> names;
    for (const Value* const row : rows) {
        std::string name = text_of(row[by]);
        if (!name.empty() && documents.emplace(name, nullptr).second) names.push_back(std::move(name));
    }
    const Plan target = plan_of(query.fields, {});
    for (std::size_t at = 0; at < names.size(); at += most_names) {
        query.filters = {};
        query.filters.add_among("name", std::span(names).subspan(at, std::min(most_names, names.size() - at)));
        const auto found = list(query, target, {.rows = no_limit, .bytes = no_limit}, arena, stop);
        if (!found) return std::unexpected(found.error());
        for (const Value* const document : found->values) documents[text_of(document[0])] = document;
    }
    for (Value* const row : rows) {
        const auto named = documents.find(text_of(row[by]));
        const Value* const document = named == documents.end() ? nullptr : named->second;
        for (std::size_t i = 0; i < columns.size(); ++i)
            row[columns[i]] = document == nullptr ? Value::null() : document[takes[i]];
    }
    return {};
}

/// A list answers 200 also where it left out a filter or the order: then pages would miss rows, or never end.
Result<void> DocumentReader::check_order(const api::Question& question, const Plan& plan,
                                         std::span<Value* const> rows) const {
    const bool by_watermark = question.behind.size() > definition().key.size();
    const bool first = question.since && question.behind.empty() && question.touched == nullptr;
    if ((!by_watermark && !first) || rows.empty()) return {};
    const auto place = [&](const std::string& field) {
        return static_cast<std::size_t>(std::ranges::find(plan.fields, field) - plan.fields.begin());
    };
    const std::size_t stamp = place(definition().watermark->column);
    const std::size_t name = place("name");
    std::string last = by_watermark ? question.behind[0].text : stamp_text(zone_->earliest_from(*question.since));
    const auto at = [](const std::string& text) { return read_stamp(text).value_or(INT64_MIN); };
    const auto wrong = [&](std::string_view what) {
        return fail(Verdict::stop, "not_in_order",
                    "the site's answer about " + definition().what() + " " + std::string(what) +
                        ": rows would be missed; is the watermark a date and time, and Frappe 13 or later?");
    };
    if (by_watermark && text_of(rows.front()[stamp]) == last && text_of(rows.front()[name]) == question.behind[1].text)
        return wrong("begins with the row it was to follow");
    for (const Value* const row : rows) {
        std::string now = text_of(row[stamp]);
        if (at(now) < at(last)) return wrong("is not in the order asked for, or has rows that were not");
        last = std::move(now);
    }
    return {};
}

/// A row that was asked for by key and did not come is gone, unless it is only not shown.
Result<void> DocumentReader::check_hidden(const api::Question& question, const Plan& plan, std::span<Value* const> rows,
                                          std::stop_token stop) {
    if (question.keys.empty()) return {};
    std::vector<std::size_t> places;
    for (const std::string& column : definition().key)
        places.push_back(static_cast<std::size_t>(std::ranges::find(plan.fields, column) - plan.fields.begin()));
    std::unordered_set<std::string> there;
    for (const Value* const row : rows) {
        std::string key;
        for (const std::size_t place : places) key += text_of(row[place]) + '\n';
        there.insert(std::move(key));
    }
    std::vector<std::vector<std::string>> missing(definition().key.size());
    for (const auto& key : question.keys) {
        std::string text;
        for (const std::string& part : key) text += part + '\n';
        if (there.contains(text)) continue;
        for (std::size_t i = 0; i < missing.size(); ++i) missing[i].push_back(key[i]);
    }
    if (missing.front().empty()) return {};
    Filters filters = documents_.filters();
    for (std::size_t i = 0; i < missing.size(); ++i) filters.add_among(definition().key[i], missing[i]);
    const auto count = site_.count(definition().table, filters, std::move(stop));
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return {};
    return fail(Verdict::retry, "rows_hidden",
                std::to_string(*count) + " rows of " + definition().what() +
                    " that were published are hidden from the user now, by User Permissions: what is not shown is not "
                    "gone, so nothing is deleted until they are shown again");
}

/// Counted before and behind: what comes or goes meanwhile is not taken for hidden.
Result<table::Page> DocumentReader::keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                         std::stop_token stop) {
    const auto count = [&] { return site_.count(definition().table, documents_.filters(), stop); };
    if (request.after.empty()) {
        const auto there = count();
        if (!there) return std::unexpected(there.error());
        listing_ = {.listed = 0, .there = *there};
    }
    auto page = api::ApiReader::keys(request, limits, arena, stop);
    if (!page) return page;
    listing_.listed += static_cast<std::int64_t>(page->rows.size());
    if (page->full) return page;
    const auto there = count();
    if (!there) return std::unexpected(there.error());
    hidden_ = std::max<std::int64_t>(0, std::min(listing_.there, *there) - listing_.listed);
    return page;
}

}  // namespace tributary::erpnext
