#include <algorithm>
#include <unordered_set>
#include <utility>

#include "connectors/erpnext/reader.hpp"
#include "connectors/erpnext/stamps.hpp"

namespace tributary::erpnext {
namespace {

constexpr std::size_t most_spelled_bytes = 4 * 1024 * 1024;  ///< Of some hundred names.

}  // namespace

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
    const auto count = site_.count(definition().table, filters, stop);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return {};
    // Names compare there without case and accents: one that is spelled otherwise now is shown, and its old key gone.
    ListQuery spelled{.doctype = definition().table,
                      .parent = documents_.parent,
                      .fields = definition().key,
                      .filters = std::move(filters),
                      .order_by = "name asc",
                      .length = question.keys.size() + 1};
    Arena scratch;
    std::vector<Value> shown;
    const auto listed =
        site_.list(spelled, {.rows = spelled.length, .bytes = most_spelled_bytes}, shown, scratch, std::move(stop));
    if (!listed) return std::unexpected(listed.error());
    if (std::cmp_greater_equal(shown.size(), *count)) return {};
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
