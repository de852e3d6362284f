#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/comparison/comparison.hpp"
#include "core/model/key_text.hpp"

namespace tributary::comparison::test {

/// A table, the cache that follows it, and what is on its way between them. Keys sort here as numbers and in the cache
/// as texts, as a database and SQLite may disagree.
class Model final : public Feed, public KnownKeys {
  public:
    explicit Model(std::uint64_t seed) : random_(seed) {}

    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }

    using Versions = std::map<std::string, RowVersion>;

    std::map<std::int64_t, std::int64_t> table;  ///< Versions by key.
    std::set<std::int64_t> changed;              ///< Not polled yet.
    Versions states;                             ///< Of the cache.
    Versions rejects;                            ///< Of the cache; their rows are in the table or not.
    bool tells_versions = true;
    bool fetches_nothing = false;  ///< A mutant: whoever is asked for by key is not there.
    bool lists_nothing = false;    ///< An outage that looks like an empty table.
    std::int64_t busy_one_in = 0;  ///< How often the cache has no time.
    std::size_t false_deletes = 0;

    static std::string text(std::int64_t key) { return std::to_string(key); }

    /// A row that is there already gets a new version.
    void put(std::int64_t key, bool bypass = false) {
        table[key] = ++last_version_;
        if (!bypass) changed.insert(key);
    }

    /// A poll, whose rows are applied later.
    void poll() {
        for (const std::int64_t key : std::exchange(changed, {}))
            if (table.contains(key)) on_its_way_.push_back({text(key), version_of(key)});
        ++polls;
    }
    /// What a step wants done; its keys must be gone at this moment.
    void hand_over(const Comparison::Outcome& outcome) {
        if (outcome.rows)
            for (const Row& row : outcome.rows->rows)
                on_its_way_.push_back({text(row.key[0].integer), row_version(row.position)});
        for (const std::string& key : outcome.removed) {
            false_deletes += table.contains(std::stoll(key)) ? 1 : 0;
            on_its_way_.push_back({key, {}});
        }
    }
    void commit(std::size_t most = SIZE_MAX) {
        for (; most > 0 && !on_its_way_.empty(); --most) {
            const auto [key, version] = on_its_way_.front();
            on_its_way_.pop_front();
            rejects.erase(key);
            states.erase(key);
            // one row in seven is never accepted
            if (version) (std::stoll(key) % 7 == 0 ? rejects : states)[key] = *version;
        }
    }
    bool settled() const { return on_its_way_.empty(); }

    /// The cache knows exactly what the table holds, in its last version.
    bool agrees() const {
        Versions there;
        for (const auto& [key, version] : table) there[text(key)] = version_of(key);
        Versions known = states;
        known.insert(rejects.begin(), rejects.end());
        return there == known;
    }

    std::uint64_t polls = 0;
    std::size_t fetched = 0;

    // Feed
    Result<Batch> pull(const Position&, const Limits&, std::stop_token) override { return Batch{}; }
    Result<std::vector<KeyVersion>> keys(std::uint32_t, std::string_view from, std::size_t most,
                                         std::stop_token) override {
        std::vector<KeyVersion> listed;
        if (lists_nothing) return listed;
        auto key = from.empty() ? table.begin() : table.upper_bound(std::stoll(std::string(from)));
        for (; key != table.end() && listed.size() < most; ++key)
            listed.push_back({{text(key->first)}, tells_versions ? position_of(key->first) : std::string()});
        return listed;
    }
    Result<Batch> fetch(std::uint32_t, std::span<const std::vector<std::string>> keys, std::stop_token) override {
        Batch batch;
        fetched += keys.size();
        if (fetches_nothing) return batch;
        for (const auto& key : keys) {
            const std::int64_t number = std::stoll(key.front());
            if (!table.contains(number)) continue;
            auto value = batch.arena.array<Value>(1);
            value[0] = Value::of(number);
            Row& row = batch.rows.emplace_back();
            row.key = value;
            row.position = batch.arena.copy(position_of(number));
        }
        return batch;
    }

    // KnownKeys
    Result<Page> keys(const StreamNos&, const Place& from, std::size_t most) override {
        if (busy()) return fail(Verdict::retry, "cache_busy", "busy");
        const bool last = from.list == 1;
        const auto& all = last ? rejects : states;
        Page page;
        auto key = from.after.empty() ? all.begin() : all.upper_bound(from.after);
        for (; key != all.end() && page.keys.size() < most; ++key) page.keys.push_back(key->first);
        const bool done = page.keys.size() < most;
        page.end = done && last;
        page.next = done ? Place{from.list + 1, {}} : Place{from.list, page.keys.back()};
        return page;
    }
    Result<std::vector<ListedKey>> news(const StreamNos&, const std::vector<ListedKey>& asked) override {
        if (busy()) return fail(Verdict::retry, "cache_busy", "busy");
        std::vector<ListedKey> news;
        for (const ListedKey& one : asked) {
            const auto& known = rejects.contains(one.key) ? rejects : states;
            const auto found = known.find(one.key);
            if (found == known.end() || (one.version != 0 && one.version != found->second)) news.push_back(one);
        }
        return news;
    }

    static std::string key_of(const Row& row) { return text(row.key[0].integer); }

  private:
    struct Passing {
        std::string key;
        std::optional<RowVersion> version;  ///< None: it is gone.
    };
    std::string position_of(std::int64_t key) const { return text(table.at(key)); }
    RowVersion version_of(std::int64_t key) const { return row_version(position_of(key)); }
    bool busy() { return busy_one_in > 0 && below(busy_one_in) == 0; }

    std::int64_t last_version_ = 0;
    std::mt19937_64 random_;
    std::deque<Passing> on_its_way_;
};

}  // namespace tributary::comparison::test
