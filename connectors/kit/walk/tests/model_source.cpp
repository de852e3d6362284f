#include "connectors/kit/walk/tests/model_source.hpp"

#include <algorithm>
#include <tuple>

namespace tributary::walk::test {
namespace {

constexpr std::int64_t keys = 40;
constexpr std::int64_t children_each = 2;

Mark mark(std::int64_t value) { return {Kind::integer, std::to_string(value)}; }
std::int64_t number(const Mark& mark) { return std::stoll(mark.text); }

}  // namespace

ModelSource::ModelSource(std::uint64_t seed, std::int64_t unit, bool trusted)
    : random_(seed), unit_(unit), trusted_(trusted) {
    for (Key key = 0; key < keys / 2; ++key) {
        const bool stamped = below(8) != 0;
        committed_[key] = {stamped ? std::optional(shown(clock_ - below(5000))) : std::nullopt, ++versions_};
    }
}

bool ModelSource::locked(Key key) const {
    return std::any_of(open_.begin(), open_.end(), [&](const auto& one) { return one.rows.contains(key); });
}

void ModelSource::write_in(Transaction& transaction) {
    // Some writers stamp the transaction's start, some the moment, and a few a day far ahead.
    const std::int64_t ahead = below(40) == 0 ? 100'000 + below(1000) : 0;
    const std::int64_t tick = below(2) == 0 ? transaction.since : clock_;
    const Row row{shown(tick) + ahead, ++versions_};
    if (below(3) == 0) {
        const Key child = below(keys * children_each);
        const auto has = [&](const Transaction& one) { return one.children.contains(child); };
        if (transaction.children.contains(child) || std::ranges::none_of(open_, has)) transaction.children[child] = row;
        return;
    }
    const Key key = below(keys);
    if (transaction.rows.contains(key) || !locked(key)) transaction.rows[key] = row;
}

ModelSource::Family ModelSource::family(Key key) const {
    Family family{committed_.at(key).version, {}};
    for (Key child = key * children_each; child < (key + 1) * children_each; ++child)
        if (const auto found = children_.find(child); found != children_.end())
            family.second[child] = found->second.version;
    return family;
}

bool ModelSource::touched(Key key, std::int64_t from) const {
    for (Key child = key * children_each; child < (key + 1) * children_each; ++child)
        if (const auto found = children_.find(child); found != children_.end() && found->second.stamp >= from)
            return true;
    return false;
}

void ModelSource::end(std::size_t index, bool commit) {
    const Transaction transaction = std::move(open_[index]);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!commit) return;
    for (const auto& [key, row] : transaction.rows) committed_[key] = row;
    for (const auto& [key, row] : transaction.children) children_[key] = row;
}

void ModelSource::write_something() {
    clock_ += below(4);
    for (std::size_t i = open_.size(); i-- > 0;)
        if (clock_ - open_[i].since > longest_transaction - 20) end(i, true);
    if (open_.empty() || (open_.size() < 8 && below(4) == 0)) {
        open_.push_back({.number = ++numbers_, .since = clock_, .prepared = std::nullopt});
        return;
    }
    const auto index = static_cast<std::size_t>(below(static_cast<std::int64_t>(open_.size())));
    switch (below(10)) {
        case 0:
            return end(index, false);
        case 1:
        case 2:
            return end(index, true);
        case 3:
            open_[index].prepared = clock_;
            return;
        default:
            if (!open_[index].prepared) write_in(open_[index]);
    }
}

void ModelSource::settle() {
    while (!open_.empty()) end(0, true);
}

Look ModelSource::look() const {
    Look look{.clock = clock_, .trusted = trusted_, .grain = std::chrono::microseconds(unit_ - 1)};
    if (!trusted_) return look;
    for (const Transaction& one : open_) {
        // The name a transaction runs under is not the one it is prepared under, as in PostgreSQL.
        const std::string id = (one.prepared ? "p" : "r") + std::to_string(one.number);
        look.open.push_back({id, one.prepared.value_or(one.since), one.prepared.has_value()});
    }
    return look;
}

ModelSource::Page ModelSource::read(const PageRequest& request, std::size_t limit) const {
    using Place = std::tuple<std::int64_t, Key>;
    std::vector<std::pair<Place, Row>> matching;
    for (const auto& [key, row] : committed_) {
        const bool by_stamp = request.by_watermark || (request.from && !request.touched_by);
        if (by_stamp && !row.stamp) continue;
        const Place place{request.by_watermark ? *row.stamp : 0, key};
        if (request.touched_by && !touched(key, *request.from)) continue;
        if (by_stamp && request.from &&
            (*row.stamp < *request.from || (!request.from_inclusive && *row.stamp == *request.from)))
            continue;
        if (!request.after.empty()) {
            const Place after{request.by_watermark ? number(request.after.front()) : 0, number(request.after.back())};
            if (request.after_with_key ? place <= after : std::get<0>(place) <= std::get<0>(after)) continue;
        }
        matching.emplace_back(place, row);
    }
    std::sort(matching.begin(), matching.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

    Page page;
    page.end.full = matching.size() >= limit;
    if (page.end.full) matching.resize(limit);
    page.end.rows = matching.size();
    for (const auto& [place, row] : matching) page.rows.emplace_back(std::get<1>(place), row);
    if (matching.empty()) return page;
    const auto [stamp, key] = matching.back().first;
    if (request.by_watermark) page.end.last.push_back(mark(stamp));
    page.end.last.push_back(mark(key));
    return page;
}

}  // namespace tributary::walk::test
