#include <condition_variable>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "tests/conformance/fake.hpp"
#include "tests/conformance/fakes.hpp"

namespace tributary::conformance {
namespace {

/// Queues of numbered messages. A message is kept until it is confirmed.
class PushServer : public FakeServer {
  public:
    struct Message {
        std::int64_t key = 0;
        std::string text;
    };
    using Queue = std::map<std::int64_t, Message>;

    void send(const std::string& queue, Message message) {
        const std::lock_guard lock(mutex_);
        queues_[queue][++numbers_] = std::move(message);
        changed_.notify_all();
    }
    void confirm(const std::string& queue, std::int64_t number) {
        const std::lock_guard lock(mutex_);
        auto& messages = queues_[queue];
        messages.erase(messages.begin(), messages.upper_bound(number));
    }
    void set_away(bool is_away) {
        const std::lock_guard lock(mutex_);
        away = is_away;
        changed_.notify_all();
    }

    /// Waits for messages behind a number, or for the connection to end.
    Result<Batch> receive(const std::string& queue, std::int64_t behind, const Feed::Limits& limits,
                          std::string_view given, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        Queue& messages = queues_[queue];
        const auto news = [&] { return messages.upper_bound(behind) != messages.end() || !enter(given); };
        if (!changed_.wait(lock, stop, news)) return fail(Verdict::retry, "stopped", "stopped while waiting for news");
        if (auto entered = enter(given); !entered) return std::unexpected(entered.error());
        BatchBuilder builder(limits);
        auto message = messages.upper_bound(behind);
        for (; message != messages.end() && !builder.full(); ++message) {
            behind = message->first;
            builder.add(message->second.key, std::string_view(message->second.text));
        }
        return builder.finish(position_of({behind}), message != messages.end());
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, Queue> queues_;
    std::int64_t numbers_ = 0;
};

class PushFeed : public Feed {
  public:
    PushFeed(std::shared_ptr<PushServer> server, std::string queue, std::string token, Flaw flaw)
        : server_(std::move(server)), queue_(std::move(queue)), token_(std::move(token)), flaw_(flaw) {}

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override {
        const auto at = numbers_in(after, 1);
        if (!at) return std::unexpected(at.error());
        if (flaw_ == Flaw::ignores_stop) stop = {};
        return server_->receive(queue_, at->front(), limits, token_, stop);
    }
    void committed(const Position& position) override {
        const std::int64_t last = std::numeric_limits<std::int64_t>::max();
        if (const auto at = numbers_in(position, 1))
            server_->confirm(queue_, flaw_ == Flaw::forgets_unread ? last : at->front());
    }

  private:
    std::shared_ptr<PushServer> server_;
    std::string queue_;
    std::string token_;
    Flaw flaw_;
};

constexpr std::string_view offered[] = {"committed"};

class PushSubject : public FakeSubject {
  public:
    PushSubject(std::shared_ptr<PushServer> server, Flaw flaw)
        : FakeSubject({{.name = "fake_push", .offers = offered, .waits_for_news = true},
                       [server, flaw](const FeedInfo& feed, const std::string& token) {
                           return std::make_unique<PushFeed>(server, feed.name, token, flaw);
                       }},
                      server),
          server_(std::move(server)) {}

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        for (const std::string& text : texts) send(stream, ++keys_, text);
    }
    Rows rows(std::string_view stream) override { return sent_[std::string(stream)]; }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        send(stream, std::stoll(key), text);
        return true;
    }
    bool cut() override {
        server_->set_away(true);
        return true;
    }
    void restore() override { server_->set_away(false); }

  private:
    void send(std::string_view stream, std::int64_t key, const std::string& text) {
        sent_[std::string(stream)][std::to_string(key)] = text;
        server_->send(std::string(stream), {key, text});
    }

    std::shared_ptr<PushServer> server_;
    std::map<std::string, Rows> sent_;
    std::int64_t keys_ = 0;
};

}  // namespace

std::shared_ptr<Subject> push_fake(Flaw flaw) {
    return std::make_shared<PushSubject>(std::make_shared<PushServer>(), flaw);
}

}  // namespace tributary::conformance
