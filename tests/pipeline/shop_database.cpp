#include "tests/pipeline/shop_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tributary::simulation {

namespace {

constexpr std::int64_t micros = 1'000'000;
constexpr std::int64_t orders = 8;
constexpr std::int64_t lines_of_order = 4;

constexpr const char* tables = R"(
pragma journal_mode = memory;
pragma synchronous = off;
create table orders(id integer primary key, rev integer, status text, kind text, terms text, at integer);
create table line(order_id integer, no integer, rev integer, at integer, primary key(order_id, no));
create table terms(code text primary key, days integer);
create table account(id text primary key, person text, status text, rev integer, at integer);
create table party(id integer primary key, person text, status text, rev integer);
insert into orders values (1, 0, 'active', 'sale', 'net', 1);
insert into terms values ('net', 30), ('fast', 7), ('slow', 90);
insert into account values ('a1', 'ann', 'active', 0, 1);
insert into party values (1, 'bob', 'active', 0);
)";

}  // namespace

ShopDatabase::ShopDatabase(std::filesystem::path file, const Habits& habits) : file_(std::move(file)), habits_(habits) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(file_.c_str(), &opened);
    writer_.reset(opened);
    if (code != SQLITE_OK) throw std::logic_error("the simulated shop cannot be opened");
    run(tables);
    note_orders();
}

void ShopDatabase::run(const std::string& sql) {
    done_ += sql + "; ";
    if (sqlite3_exec(writer_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::logic_error(fmt::format("{}: {}", sql, sqlite3_errmsg(writer_.get())));
}

/// The first column of the first row.
std::optional<std::string> ShopDatabase::value(const std::string& sql) {
    std::optional<std::string> found;
    const auto take = [](void* to, int, char** columns, char**) {
        auto& first = *static_cast<std::optional<std::string>*>(to);
        if (!first) first = columns[0] == nullptr ? "null" : columns[0];
        return 0;
    };
    if (sqlite3_exec(writer_.get(), sql.c_str(), take, &found, nullptr) != SQLITE_OK)
        throw std::logic_error(fmt::format("{}: {}", sql, sqlite3_errmsg(writer_.get())));
    return found;
}

std::string ShopDatabase::one_of(std::initializer_list<const char*> texts) {
    return *(texts.begin() + random_->below(static_cast<std::int64_t>(texts.size())));
}

std::string ShopDatabase::change(Random& random, std::int64_t now) {
    random_ = &random;
    now_ = now;
    done_.clear();
    run("begin");
    for (bool more = true; more; more = random.percent(25)) {
        const std::int64_t id = random.between(1, orders);
        const std::int64_t what = random.below(100);
        if (what < 40)
            change_order(id);
        else if (what < 75)
            change_line(id);
        else if (what < 80)
            change_terms();
        else if (what < 90)
            change_account();
        else
            change_party();
    }
    run("commit");
    note_orders();
    return std::move(done_);
}

/// A stamp that finds the row's change: one that polls have to see, or, where keys are compared, one the row never had.
/// Nothing: the change goes without.
std::optional<std::string> ShopDatabase::stamp(const std::string& row, bool may_be_null) {
    auto& had = stamps_[row];
    if (habits_.swept && random_->percent(15)) return std::nullopt;
    const std::int64_t second = now_ / micros;
    std::string chosen;
    if (!habits_.compared || random_->percent(60)) {
        const std::int64_t back = random_->percent(40)   ? habits_.overlap * micros
                                  : random_->percent(15) ? -random_->below(5 * micros)
                                                         : random_->below(habits_.overlap * micros);
        chosen = std::to_string((now_ - back) / micros);
    } else {
        do chosen = may_be_null && random_->percent(20) ? "null" : std::to_string(random_->below(second));
        while (had.contains(chosen));
    }
    had.insert(chosen);
    return chosen;
}

/// Of an update: `, at = 17`, or nothing.
std::string ShopDatabase::stamping(const std::string& row) {
    const auto at = stamp(row, row.starts_with("line"));
    return at ? ", at = " + *at : "";
}

void ShopDatabase::change_order(std::int64_t id) {
    if (!value(fmt::format("select 1 from orders where id = {}", id))) return insert_order(id);
    const std::int64_t what = random_->below(100);
    const bool may_go = habits_.compared && id != 1;
    if (may_go && what < 25) return delete_order(id);
    if (may_go && what < 35) {
        delete_order(id);
        return insert_order(id);
    }
    update_order(id);
}

void ShopDatabase::insert_order(std::int64_t id) {
    const auto at = stamp(fmt::format("order {}", id), false);
    run(fmt::format("insert into orders values ({}, {}, '{}', '{}', '{}', {})", id, next_rev(),
                    random_->percent(12) ? "spoilt" : "active", random_->percent(15) ? "draft" : "sale",
                    one_of({"net", "fast", "slow"}), at.value_or("null")));
    for (std::int64_t line = 1; line <= lines_of_order; ++line)
        if (random_->percent(40)) insert_line(id, line);
}

void ShopDatabase::update_order(std::int64_t id) {
    const std::string row = fmt::format("order {}", id);
    if (random_->percent(20)) {
        if (const std::string at = stamping(row); !at.empty())
            run(fmt::format("update orders set {} where id = {}", at.substr(2), id));
        return;
    }
    run(fmt::format("update orders set rev = {}, status = '{}', kind = '{}', terms = '{}'{} where id = {}", next_rev(),
                    random_->percent(15) ? "spoilt" : "active", random_->percent(15) ? "draft" : "sale",
                    one_of({"net", "fast", "slow"}), stamping(row), id));
}

/// Its lines go with it, or wait for the next order of that number.
void ShopDatabase::delete_order(std::int64_t id) {
    run(fmt::format("delete from orders where id = {}", id));
    if (random_->percent(70)) run(fmt::format("delete from line where order_id = {}", id));
}

void ShopDatabase::insert_line(std::int64_t id, std::int64_t line) {
    const auto at = stamp(fmt::format("line {} {}", id, line), true);
    run(fmt::format("insert or replace into line values ({}, {}, {}, {})", id, line, next_rev(), at.value_or("null")));
}

void ShopDatabase::change_line(std::int64_t id) {
    const std::int64_t line = random_->between(1, lines_of_order);
    const std::string which = fmt::format("order_id = {} and no = {}", id, line);
    if (!value("select 1 from line where " + which)) return insert_line(id, line);
    const std::int64_t what = random_->below(100);
    if (habits_.compared && what < 30) return run("delete from line where " + which);
    if (habits_.compared && what < 45) {
        // to another order, which may not be there
        const std::int64_t other = random_->between(1, orders);
        run("delete from line where " + which);
        return insert_line(other, line);
    }
    run(fmt::format("update line set rev = {}{} where {}", next_rev(), stamping(fmt::format("line {} {}", id, line)),
                    which));
}

void ShopDatabase::change_terms() {
    const std::string code = one_of({"net", "fast", "slow"});
    if (random_->percent(25))
        run("delete from terms where code = '" + code + "'");
    else
        run(fmt::format("insert or replace into terms values ('{}', {})", code, next_rev()));
}

void ShopDatabase::change_account() {
    const std::int64_t number = random_->between(1, 4);
    const std::string id = fmt::format("a{}", number);
    const std::string row = "account " + id;
    const bool there = value("select 1 from account where id = '" + id + "'").has_value();
    if (there && habits_.compared && number != 1 && random_->percent(30))
        return run("delete from account where id = '" + id + "'");
    const std::string person = one_of({"ann", "bob", "eve"});
    const char* const status = random_->percent(12) ? "spoilt" : "active";
    if (there)
        return run(fmt::format("update account set person = '{}', status = '{}', rev = {}{} where id = '{}'", person,
                               status, next_rev(), stamping(row), id));
    run(fmt::format("insert into account values ('{}', '{}', '{}', {}, {})", id, person, status, next_rev(),
                    stamp(row, false).value_or("null")));
}

/// Without a stamp: the table is read as a whole each time.
void ShopDatabase::change_party() {
    const std::int64_t id = random_->between(1, 5);
    if (id != 1 && random_->percent(35)) return run(fmt::format("delete from party where id = {}", id));
    run(fmt::format("insert or replace into party values ({}, '{}', '{}', {})", id, one_of({"ann", "bob", "eve"}),
                    random_->percent(12) ? "spoilt" : "active", next_rev()));
}

void ShopDatabase::mend(std::int64_t now) {
    run(
        fmt::format("update orders set status = 'active', at = {0} where status = 'spoilt'; update account set status "
                    "= 'active', at = {0} where status = 'spoilt'; update party set status = 'active'; insert or "
                    "ignore into terms values ('net', 1), ('fast', 2), ('slow', 3)",
                    now / micros));
    now_ = now;
    note_orders();
}

void ShopDatabase::note_orders() {
    for (std::int64_t id = 1; id <= orders; ++id) {
        const std::string key = std::to_string(id);
        if (value("select 1 from orders where kind <> 'draft' and id = " + key))
            orders_.insert(key);
        else if (orders_.erase(key) > 0)
            left_[key].push_back(now_);
    }
}

const std::vector<std::int64_t>& ShopDatabase::order_left_at(const std::string& id) const {
    static const std::vector<std::int64_t> never;
    const auto found = left_.find(id);
    return found == left_.end() ? never : found->second;
}

}  // namespace tributary::simulation
