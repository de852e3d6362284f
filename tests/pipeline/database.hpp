#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/pipeline/random.hpp"

namespace tributary::simulation {

/// A row as some change left it.
struct Version {
    std::size_t table = 0;
    std::string key;
    std::int64_t seq = 0;  ///< The change's place in the database; also the row's watermark.
    std::int64_t rev = 0;  ///< Rises with every change of content; a touched row keeps it.
    bool live = true;
    bool bad = false;   ///< The mapping rejects it.
    std::string group;  ///< Identity of shared entities.
    std::int64_t at = 0;
};

/// Some tables and everything that ever happened to them.
class Database {
  public:
    explicit Database(std::vector<std::vector<std::string>> keys_by_table);

    /// One random change: insert, update, touch, delete, spoil, repair or move to another group.
    void change(Random& random, std::int64_t now);
    /// Every spoilt row becomes good again, but for the first key of each table, which is bad for ever.
    void repair(std::int64_t now);

    const std::vector<Version>& log() const { return log_; }
    std::int64_t last() const { return static_cast<std::int64_t>(log_.size()); }
    std::size_t tables() const { return keys_.size(); }
    const std::vector<std::string>& keys(std::size_t table) const { return keys_[table]; }
    /// Null when the row was never there.
    const Version* current(std::size_t table, const std::string& key) const;
    /// The row as it was after `seq`; null when it had never been there.
    const Version* as_of(std::size_t table, const std::string& key, std::int64_t seq) const;

  private:
    void append(Version version, std::int64_t now);

    std::vector<std::vector<std::string>> keys_;
    std::vector<Version> log_;
    std::map<std::pair<std::size_t, std::string>, std::vector<std::size_t>> versions_;
};

}  // namespace tributary::simulation
