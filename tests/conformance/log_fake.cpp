#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/fake.hpp"
#include "tests/conformance/fakes.hpp"

namespace tributary::conformance {
namespace {

/// A log of every change of all tables, numbered from 1; what was confirmed is cut off.
struct LogServer : FakeServer {
    struct Entry {
        std::string table;
        Op op = Op::upsert;
        std::int64_t key = 0;
        std::optional<std::string> text;  ///< Nothing: it did not change.
    };

    std::map<std::int64_t, Entry> log;
    std::int64_t end = 0;
    std::int64_t confirmed = 0;

    void append(Entry entry) { log[++end] = std::move(entry); }
    void confirm(std::int64_t number) {
        confirmed = std::max(confirmed, number);
        log.erase(log.begin(), log.upper_bound(confirmed));
    }
};

class LogFeed : public Feed {
  public:
    LogFeed(std::shared_ptr<LogServer> server, FeedInfo info, std::string token, Flaw flaw)
        : server_(std::move(server)), info_(std::move(info)), token_(std::move(token)), flaw_(flaw) {}

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token) override {
        const auto at = numbers_in(after, 1);
        if (!at) return std::unexpected(at.error());
        if (auto entered = server_->enter(token_); !entered) return std::unexpected(entered.error());
        if (at->front() < server_->confirmed)
            return fail(Verdict::stop, "log_cut", "the log no longer goes back to the stored position");
        BatchBuilder builder(limits);
        std::int64_t next = at->front();
        auto entry = server_->log.upper_bound(next);
        for (; entry != server_->log.end() && !builder.full(); ++entry) {
            next = entry->first;
            if (flaw_ == Flaw::drops_deletes && entry->second.op == Op::remove) continue;
            add(builder, entry->second).stream = stream_of(entry->second.table);
        }
        const bool more = entry != server_->log.end();
        return builder.finish(position_of({flaw_ == Flaw::ahead_of_rows ? server_->end : next}), more);
    }

    void committed(const Position& position) override {
        if (const auto at = numbers_in(position, 1)) server_->confirm(at->front());
    }

  private:
    Row& add(BatchBuilder& builder, const LogServer::Entry& entry) const {
        if (entry.op != Op::upsert) return builder.add(entry.key, entry.op);
        if (entry.text) return builder.add(entry.key, std::string_view(*entry.text));
        return builder.add(entry.key, flaw_ == Flaw::nulls_unchanged ? Value::null() : Value::unchanged());
    }
    std::uint32_t stream_of(const std::string& table) const {
        std::uint32_t stream = 0;
        while (info_.streams.at(stream) != table) ++stream;
        return stream;
    }

    std::shared_ptr<LogServer> server_;
    FeedInfo info_;
    std::string token_;
    Flaw flaw_;
};

constexpr std::string_view offered[] = {"committed"};

class LogSubject : public FakeSubject {
  public:
    LogSubject(std::shared_ptr<LogServer> server, Flaw flaw)
        : FakeSubject({{.name = "fake_log", .offers = offered, .one_feed = true},
                       [server, flaw](const FeedInfo& feed, const std::string& token) {
                           return std::make_unique<LogFeed>(server, feed, token, flaw);
                       }},
                      server),
          server_(std::move(server)) {}

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        for (const std::string& text : texts) write(stream, ++keys_, text);
    }
    Rows rows(std::string_view stream) override { return tables_[std::string(stream)]; }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        write(stream, std::stoll(key), text);
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        tables_[std::string(stream)].erase(key);
        server_->append({std::string(stream), Op::remove, std::stoll(key), {}});
        return true;
    }
    bool truncate(std::string_view stream) override {
        tables_[std::string(stream)].clear();
        server_->append({std::string(stream), Op::truncate, 0, {}});
        return true;
    }
    bool touch(std::string_view stream, const std::string& key) override {
        server_->append({std::string(stream), Op::upsert, std::stoll(key), {}});
        return true;
    }
    bool cut() override { return server_->away = true; }
    void restore() override { server_->away = false; }

  private:
    void write(std::string_view stream, std::int64_t key, const std::string& text) {
        tables_[std::string(stream)][std::to_string(key)] = text;
        server_->append({std::string(stream), Op::upsert, key, text});
    }

    std::shared_ptr<LogServer> server_;
    std::map<std::string, Rows> tables_;
    std::int64_t keys_ = 0;
};

}  // namespace

std::shared_ptr<Subject> log_fake(Flaw flaw) {
    return std::make_shared<LogSubject>(std::make_shared<LogServer>(), flaw);
}

}  // namespace tributary::conformance
