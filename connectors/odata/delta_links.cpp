#include "connectors/odata/delta_links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "connectors/kit/http/row_stream.hpp"
#include "connectors/odata/answers.hpp"
#include "connectors/odata/delta_entry.hpp"
#include "connectors/odata/rows.hpp"

namespace tributary::odata {
namespace {

/// Entries in memory at a time, whatever the page's length.
constexpr std::size_t most_entries = 1'000;
constexpr std::size_t most_bytes = std::size_t{8} << 20;

}  // namespace

std::string untracked(const std::string& set) {
    return "the service gives no delta link for " + set +
           ": take a `watermark` in place of `delta_links`, or let it be read whole";
}

DeltaLinks::DeltaLinks(std::shared_ptr<Services> services, table::Definition definition, std::size_t page)
    : services_(std::move(services)), definition_(std::move(definition)), page_(page), connection_(services_->http()) {}

Result<void> DeltaLinks::learn(std::stop_token stop) {
    const SetPath path = set_path(definition_.table);
    auto model = services_->model(path.service, connection_, std::move(stop));
    if (!model) return std::unexpected(model.error());
    if (*model == model_) return {};
    model_ = std::move(*model);
    auto subject = subject_of(definition_, *model_);
    if (!subject) {
        model_.reset();
        return std::unexpected(subject.error());
    }
    subject_ = std::move(*subject);
    return {};
}

/// Services need not tell what changes beside the properties that were selected. What navigations lead to is of other
/// sets.
Result<std::string> DeltaLinks::first_target() const {
    std::vector<std::string> names = definition_.key;
    for (const std::string& column : definition_.columns)
        if (subject_.type->property(column) != nullptr && std::ranges::find(names, column) == names.end())
            names.push_back(column);
    const auto options = projection(wanted_of(names), *subject_.type, *model_);
    const auto filter = filter_of({}, subject_);
    if (!filter) return filter;
    return target_of(subject_, *filter, {}, 0, options);
}

Result<Told> DeltaLinks::read(const std::string& link, std::stop_token stop) {
    auto read = page(link, true, std::move(stop));
    connection_.close();
    (void)decoder_.take_shapes();
    if (!read) {
        if (read.error().verdict == Verdict::stop) services_->doubt(model_);
        return std::unexpected(read.error());
    }
    return std::move(read->told);
}

Result<std::vector<Finding>> DeltaLinks::check(std::stop_token stop) {
    const auto first = page({}, false, std::move(stop));
    connection_.close();
    (void)decoder_.take_shapes();
    if (!first) return std::unexpected(first.error());
    std::vector<Finding> found;
    if (first->promised || !first->told.delta.empty()) return found;
    const bool last = first->whole && first->told.next.empty();
    if (last)
        found.push_back({Severity::error, "", untracked(definition_.table)});
    else if (subject_.version == Version::v4)
        found.push_back({Severity::warning, "",
                         "the service does not say that it tracks the changes of " + definition_.table +
                             ": only behind its last row will be seen whether it gives a delta link"});
    return found;
}

Result<DeltaLinks::Page> DeltaLinks::page(const std::string& link, bool whole, std::stop_token stop) {
    if (auto learned = learn(stop); !learned) return std::unexpected(learned.error());
    const auto target = link.empty() ? first_target() : services_->http().link(link, services_->http().settings().url);
    if (!target) return std::unexpected(target.error());
    const std::string preferences = fmt::format("odata.track-changes, odata.maxpagesize={}", page_);
    const auto opened = open_answer(connection_, {.target = *target, .headers = {{"Prefer", preferences}}}, stop);
    if (!opened) return std::unexpected(opened.error());
    services_->saw_clock(opened->clock);
    Page page{.told = {.clock = opened->clock}};
    page.promised = opened->header("preference-applied").contains("track-changes");
    http::RowStream stream(connection_, decoder_, rows_pointer(subject_.version));
    for (bool first = true; !page.whole; first = false) {
        if (!whole && !first) return page;
        Arena arena;
        std::vector<Value> entries;
        const auto ended = stream.read(entries, {.rows = most_entries, .bytes = most_bytes}, arena, stop);
        if (!ended) return std::unexpected(ended.error());
        page.whole = *ended;
        if (auto taken = take_keys(entries, page.told); !taken) return std::unexpected(taken.error());
    }
    Arena arena;
    const auto around = stream.envelope(arena);
    if (!around) return std::unexpected(around.error());
    if (const std::string error = told_error(*around); !error.empty())
        return std::unexpected(connection_.fault(Verdict::retry, "source_error", error));
    if (!stream.found()) return std::unexpected(stream.rows_not_found());
    if (auto taken = take_links(*around, opened->url, page.told); !taken) return std::unexpected(taken.error());
    return page;
}

Result<void> DeltaLinks::take_links(const Value& around, const http::Url& from, Told& told) const {
    const std::array<std::pair<std::string_view, std::string*>, 2> links{
        {{next_link(around), &told.next}, {delta_link(around), &told.delta}}};
    for (const auto& [found, kept] : links) {
        if (found.empty()) continue;
        auto target = services_->http().link(found, from);
        if (!target) return std::unexpected(target.error());
        if (services_->http().touches_secret(*target))
            return std::unexpected(
                connection_.fault(Verdict::stop, "secret_in_link", "a link holds a secret, which a position must not"));
        *kept = std::move(*target);
    }
    return {};
}

Result<void> DeltaLinks::take_keys(std::span<const Value> entries, Told& told) const {
    for (const Value& entry : entries) {
        if (entry.kind != Kind::object)
            return std::unexpected(connection_.fault(Verdict::retry, "bad_row", "a row is no object"));
        if (!is_of_set(entry, subject_)) continue;
        auto key = key_of(entry, subject_);
        // passed over, it would be a change that nobody hears of
        if (!key)
            return std::unexpected(connection_.fault(Verdict::stop, "unreadable_key",
                                                     "a change does not say which row it is of; leave `delta_links` "
                                                     "out"));
        told.keys.push_back(std::move(*key));
    }
    return {};
}

}  // namespace tributary::odata
