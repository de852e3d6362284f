#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "tests/conformance/fake.hpp"
#include "tests/conformance/fakes.hpp"

namespace tributary::conformance {
namespace {

/// Tables with a column that every insert and update stamps.
struct TableServer : FakeServer {
    struct Stored {
        std::string text;
        std::int64_t stamp = 0;
    };
    using Table = std::map<std::int64_t, Stored>;
    using Place = std::pair<std::int64_t, std::int64_t>;  ///< Stamp and key.

    std::map<std::string, Table, std::less<>> tables;
    std::int64_t clock = 1;

    /// Order by stamp and key, behind a place.
    std::map<Place, std::string> select(const std::string& table, Place behind) const {
        std::map<Place, std::string> selected;
        if (const auto found = tables.find(table); found != tables.end())
            for (const auto& [key, row] : found->second)
                if (Place{row.stamp, key} > behind) selected[{row.stamp, key}] = row.text;
        return selected;
    }
};

constexpr std::int64_t last_key = std::numeric_limits<std::int64_t>::max();

/// Pages by (stamp, key). A round that is read to its end starts the next one at its last stamp, inclusive.
class TableFeed : public Feed {
  public:
    TableFeed(std::shared_ptr<TableServer> server, std::string table, std::string token, Flaw flaw)
        : server_(std::move(server)), table_(std::move(table)), token_(std::move(token)), flaw_(flaw) {}

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token) override {
        auto at = numbers_in(after, 2);
        if (!at && flaw_ == Flaw::takes_any_position) at = numbers_in({}, 2);
        if (!at) return std::unexpected(at.error());
        if (auto entered = server_->enter(token_); !entered) return std::unexpected(entered.error());
        auto rows = server_->select(table_, {(*at)[0], (*at)[1]});
        if (flaw_ == Flaw::loses_page && !std::exchange(running_, true) && !after.empty())
            rows.erase(rows.begin(),
                       std::next(rows.begin(), static_cast<std::ptrdiff_t>(std::min(limits.rows, rows.size()))));
        BatchBuilder builder(flaw_ == Flaw::ignores_limits ? Limits{} : limits);
        TableServer::Place last{(*at)[0], 0};
        auto row = rows.begin();
        for (; row != rows.end() && !builder.full(); ++row) {
            last = row->first;
            builder.add(last.second, row->second).source_time = last.first;
        }
        const bool more = row != rows.end();
        const bool skips = flaw_ == Flaw::skips_ties && last.first > 0;
        return builder.finish(position_of({last.first, skips ? last_key : more ? last.second : 0}), more);
    }

  private:
    std::shared_ptr<TableServer> server_;
    std::string table_;
    std::string token_;
    Flaw flaw_;
    bool running_ = false;
};

class TableSubject : public FakeSubject {
  public:
    TableSubject(std::shared_ptr<TableServer> server, Flaw flaw)
        : FakeSubject({{.name = "fake_table"},
                       [server, flaw](const FeedInfo& feed, const std::string& token) {
                           return std::make_unique<TableFeed>(server, feed.name, token, flaw);
                       }},
                      server),
          server_(std::move(server)) {}

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp stamp) override {
        if (stamp == Stamp::next) ++server_->clock;
        // descending, so that a later row may sort before one that was read
        for (const std::string& text : texts) table(stream)[--keys_] = {text, server_->clock};
    }
    Rows rows(std::string_view stream) override {
        Rows rows;
        for (const auto& [key, row] : table(stream)) rows[std::to_string(key)] = row.text;
        return rows;
    }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        table(stream)[std::stoll(key)] = {text, ++server_->clock};
        return true;
    }
    bool cut() override { return server_->away = true; }
    void restore() override { server_->away = false; }

  private:
    TableServer::Table& table(std::string_view stream) { return server_->tables[std::string(stream)]; }

    std::shared_ptr<TableServer> server_;
    std::int64_t keys_ = 1000;
};

}  // namespace

std::shared_ptr<Subject> table_fake(Flaw flaw) {
    return std::make_shared<TableSubject>(std::make_shared<TableServer>(), flaw);
}

}  // namespace tributary::conformance
