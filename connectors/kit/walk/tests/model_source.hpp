#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "connectors/kit/walk/table_walk.hpp"

namespace tributary::walk::test {

/// A table in memory, and one of its children, with writers whose transactions overlap. Each stamps its rows at or
/// after its start, shows them only when it commits, and may be prepared first. Time is finer than the stamps: `unit`
/// ticks share one. A child can be there before its parent.
class ModelSource {
  public:
    struct Row {
        std::optional<std::int64_t> stamp;
        std::int64_t version = 0;
    };
    using Key = std::int64_t;

    ModelSource(std::uint64_t seed, std::int64_t unit, bool trusted);

    /// Lets time pass and one writer do something: begin, write, prepare, commit or roll back.
    void write_something();
    /// Ends every transaction.
    void settle();
    void pass(std::int64_t ticks) { clock_ += ticks; }

    Look look() const;
    struct Page {
        std::vector<std::pair<Key, Row>> rows;
        PageEnd end;
    };
    /// A row's own version and those of its children, which belong to its key.
    using Family = std::pair<std::int64_t, std::map<Key, std::int64_t>>;
    Family family(Key key) const;
    Page read(const PageRequest& request, std::size_t limit) const;

    const std::map<Key, Row>& rows() const { return committed_; }
    std::mt19937_64& random() { return random_; }
    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }

    /// No transaction stays open longer, so that an overlap of this much is always enough.
    static constexpr std::int64_t longest_transaction = 400;

  private:
    struct Transaction {
        std::int64_t number = 0;
        std::int64_t since = 0;
        std::optional<std::int64_t> prepared;
        std::map<Key, Row> rows = {};
        std::map<Key, Row> children = {};
    };

    std::int64_t shown(std::int64_t tick) const { return tick / unit_ * unit_; }
    void write_in(Transaction& transaction);
    void end(std::size_t index, bool commit);
    bool locked(Key key) const;
    bool touched(Key key, std::int64_t from) const;

    std::mt19937_64 random_;
    std::int64_t unit_;
    bool trusted_;
    std::int64_t clock_ = 1'000'000;
    std::int64_t numbers_ = 0;
    std::int64_t versions_ = 0;
    std::map<Key, Row> committed_;
    std::map<Key, Row> children_;  ///< By a key of their own; which parent they belong to never changes.
    std::vector<Transaction> open_;
};

}  // namespace tributary::walk::test
