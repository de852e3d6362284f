#include "tests/pipeline/database.hpp"

#include <algorithm>

namespace tributary::simulation {

namespace {

constexpr const char* groups[] = {"ann", "bob", "eve"};

}  // namespace

Database::Database(std::vector<std::vector<std::string>> keys_by_table) : keys_(std::move(keys_by_table)) {
    for (std::size_t table = 0; table < keys_.size(); ++table)
        append({.table = table, .key = keys_[table].front(), .bad = true, .group = groups[0]}, 0);
}

void Database::append(Version version, std::int64_t now) {
    version.seq = last() + 1;
    if (version.rev == 0) version.rev = version.seq;
    version.at = now;
    versions_[{version.table, version.key}].push_back(log_.size());
    log_.push_back(std::move(version));
}

void Database::change(Random& random, std::int64_t now) {
    const auto table = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(keys_.size())));
    const auto& keys = keys_[table];
    const std::string& key =
        keys[static_cast<std::size_t>(random.between(1, static_cast<std::int64_t>(keys.size()) - 1))];
    const Version* now_there = current(table, key);
    Version next{.table = table, .key = key, .group = groups[random.below(3)]};
    if (now_there != nullptr && now_there->live) {
        if (!random.percent(15)) next.group = now_there->group;
        next.bad = random.percent(15);
        if (random.percent(15)) {
            next = *now_there;  // touched: a new watermark, the same content
        } else if (random.percent(20)) {
            next.live = next.bad = false;
        }
    }
    append(std::move(next), now);
}

void Database::repair(std::int64_t now) {
    for (std::size_t table = 0; table < keys_.size(); ++table)
        for (std::size_t i = 1; i < keys_[table].size(); ++i) {
            const Version* there = current(table, keys_[table][i]);
            if (there == nullptr || !there->live || !there->bad) continue;
            append({.table = table, .key = there->key, .group = there->group}, now);
        }
}

const Version* Database::current(std::size_t table, const std::string& key) const { return as_of(table, key, last()); }

const Version* Database::as_of(std::size_t table, const std::string& key, std::int64_t seq) const {
    const auto found = versions_.find({table, key});
    if (found == versions_.end()) return nullptr;
    const auto after = std::ranges::upper_bound(found->second, static_cast<std::size_t>(seq), {},
                                                [](std::size_t index) { return index + 1; });
    return after == found->second.begin() ? nullptr : &log_[*(after - 1)];
}

}  // namespace tributary::simulation
