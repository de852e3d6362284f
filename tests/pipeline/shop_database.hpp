#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/pipeline/random.hpp"

namespace tributary::simulation {

/// What those who write to the shop keep to. A change that keeps to less is found by more than polls.
struct Habits {
    std::int64_t overlap = 1;  ///< Seconds a stamp lies behind its commit at most, where polls have to find it.
    bool compared = false;  ///< Keys are compared: rows may go, and their stamps be of any age, if never seen before.
    bool swept = false;     ///< Rows may change without a stamp.
};

/// A SQLite file with orders and their lines, terms of payment, and two tables that speak about the same people. Every
/// change is one transaction. Row 1 of each table stays: a source that names no row at all is not believed.
class ShopDatabase {
  public:
    ShopDatabase(std::filesystem::path file, const Habits& habits);

    /// One random transaction; says what it did.
    std::string change(Random& random, std::int64_t now);
    /// Whatever the mapping rejects becomes good.
    void mend(std::int64_t now);

    const std::filesystem::path& file() const { return file_; }
    const Habits& habits() const { return habits_; }
    /// When an order that the mapping did not leave out was gone, or left out, each time.
    const std::vector<std::int64_t>& order_left_at(const std::string& id) const;

  private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close(database); }
    };
    void run(const std::string& sql);
    std::optional<std::string> value(const std::string& sql);
    std::optional<std::string> stamp(const std::string& row, bool may_be_null);
    std::string stamping(const std::string& row);
    void change_order(std::int64_t id);
    void insert_order(std::int64_t id);
    void update_order(std::int64_t id);
    void delete_order(std::int64_t id);
    void change_line(std::int64_t id);
    void insert_line(std::int64_t id, std::int64_t line);
    void change_terms();
    void change_account();
    void change_party();
    void note_orders();
    std::string next_rev() { return std::to_string(++revs_); }
    std::string one_of(std::initializer_list<const char*> texts);

    std::filesystem::path file_;
    Habits habits_;
    std::unique_ptr<sqlite3, Close> writer_;
    Random* random_ = nullptr;  ///< Of the change under way, as the two below.
    std::int64_t now_ = 0;
    std::string done_;
    std::int64_t revs_ = 0;
    std::map<std::string, std::set<std::string>> stamps_;  ///< That a row ever had; "null" among them.
    std::set<std::string> orders_;                         ///< Not left out, now.
    std::map<std::string, std::vector<std::int64_t>> left_;
};

}  // namespace tributary::simulation
