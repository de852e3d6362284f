#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
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

    std::set<std::int64_t> table;
    std::set<std::int64_t> changed;  ///< Not polled yet.
    std::set<std::string> states;    ///< Of the cache.
    std::set<std::string> rejects;   ///< Of the cache; their rows are in the table or not.
    bool fetches_nothing = false;    ///< A mutant: whoever is asked for by key is not there.
    bool lists_nothing = false;      ///< An outage that looks like an empty table.
    std::int64_t busy_one_in = 0;    ///< How often the cache has no time.
    std::size_t false_deletes = 0;

    static std::string text(std::int64_t key) { return std::to_string(key); }

    void insert(std::int64_t key, bool bypass = false) {
        table.insert(key);
        if (!bypass) changed.insert(key);
    }

    /// A poll, whose rows are applied later.
    void poll() {
        for (const std::int64_t key : std::exchange(changed, {}))
            if (table.contains(key)) on_its_way_.push_back({text(key), true});
        ++polls;
    }
    /// What a step wants done; its keys must be gone at this moment.
    void hand_over(const Comparison::Outcome& outcome) {
        if (outcome.rows)
            for (const Row& row : outcome.rows->rows) on_its_way_.push_back({text(row.key[0].integer), true});
        for (const std::string& key : outcome.removed) {
            false_deletes += table.contains(std::stoll(key)) ? 1 : 0;
            on_its_way_.push_back({key, false});
        }
    }
    void commit(std::size_t most = SIZE_MAX) {
        for (; most > 0 && !on_its_way_.empty(); --most) {
            const auto [key, there] = on_its_way_.front();
            on_its_way_.pop_front();
            rejects.erase(key);
            states.erase(key);
            // one row in seven is never accepted
            if (there) (std::stoll(key) % 7 == 0 ? rejects : states).insert(key);
        }
    }
    bool settled() const { return on_its_way_.empty(); }

    /// The cache knows exactly what the table holds.
    bool agrees() const {
        std::set<std::string> there;
        for (const std::int64_t key : table) there.insert(text(key));
        std::set<std::string> known = states;
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
        for (; key != table.end() && listed.size() < most; ++key) listed.push_back({{text(*key)}, {}});
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
            batch.rows.emplace_back().key = value;
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
        for (; key != all.end() && page.keys.size() < most; ++key) page.keys.push_back(*key);
        const bool done = page.keys.size() < most;
        page.end = done && last;
        page.next = done ? Place{from.list + 1, {}} : Place{from.list, page.keys.back()};
        return page;
    }
    Result<std::vector<std::string>> unknown(const StreamNos&, const std::vector<std::string>& asked) override {
        if (busy()) return fail(Verdict::retry, "cache_busy", "busy");
        std::vector<std::string> unknown;
        for (const std::string& key : asked)
            if (!states.contains(key) && !rejects.contains(key)) unknown.push_back(key);
        return unknown;
    }

    static std::string key_of(const Row& row) { return text(row.key[0].integer); }

  private:
    struct Passing {
        std::string key;
        bool there = false;
    };
    bool busy() { return busy_one_in > 0 && below(busy_one_in) == 0; }

    std::mt19937_64 random_;
    std::deque<Passing> on_its_way_;
};

}  // namespace tributary::comparison::test
