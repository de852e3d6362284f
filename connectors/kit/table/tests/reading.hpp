#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "connectors/kit/table/tests/configured.hpp"

namespace tributary::table::test {

/// Reads until nothing more is there at once; the names of the rows, in the order they came.
inline std::vector<std::string> drain(Feed& feed, Position& position, const Feed::Limits& limits = {}) {
    std::vector<std::string> rows;
    for (bool more = true; more;) {
        const Batch batch = pulled(feed, position, limits);
        for (const Row& row : batch.rows) rows.push_back(std::string(at(row, "name").view()));
        position = batch.next;
        more = batch.more;
    }
    return rows;
}

inline bool has(const std::vector<std::string>& rows, const char* name) {
    return std::find(rows.begin(), rows.end(), name) != rows.end();
}

/// Reads rows whose `rev` only grows, in small pages, and keeps the last of each key.
class Revisions {
  public:
    explicit Revisions(Feed& feed) : feed_(feed) {}

    /// One pull; whether more is there at once.
    bool poll() {
        const Batch batch = pulled(feed_, position_, {.rows = 17});
        for (const Row& row : batch.rows) {
            std::int64_t& last = seen_[row.key[0].integer];
            CHECK(at(row, "rev").integer >= last);
            last = at(row, "rev").integer;
        }
        position_ = batch.next;
        return batch.more;
    }

    /// Of the last `rev` of every key.
    std::int64_t sum() const {
        std::int64_t sum = 0;
        for (const auto& [id, rev] : seen_) sum += rev;
        return sum;
    }

  private:
    Feed& feed_;
    Position position_;
    std::map<std::int64_t, std::int64_t> seen_;
};

}  // namespace tributary::table::test
