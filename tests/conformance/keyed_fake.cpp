#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/fake.hpp"
#include "tests/conformance/fakes.hpp"

namespace tributary::conformance {
namespace {

/// Resources that have nothing but a key and a token that differs after every change. No times, no log.
struct KeyedServer : FakeServer {
    struct Resource {
        std::string text;
        std::int64_t version = 0;
    };
    using Resources = std::map<std::int64_t, Resource>;

    std::map<std::string, Resources> collections;
    std::int64_t versions = 0;
    std::deque<std::string>
        shown;  ///< Only of a feed that keeps its rows: outlives it, so that tests read valid memory.
};

/// Goes through the keys in rounds and gives the rows whose version is not the one it gave last. What it gave is known
/// to this feed alone and only while it is pulled from where it left off; else everything is given once more.
class KeyedFeed : public Feed {
  public:
    KeyedFeed(std::shared_ptr<KeyedServer> server, std::string collection, std::string token, Flaw flaw)
        : server_(std::move(server)), collection_(std::move(collection)), token_(std::move(token)), flaw_(flaw) {}
    ~KeyedFeed() override {
        for (std::string& text : server_->shown) std::fill(text.begin(), text.end(), '#');
    }
    KeyedFeed(const KeyedFeed&) = delete;
    KeyedFeed& operator=(const KeyedFeed&) = delete;

    /// A position is the last key of its page, and a number that tells it from any other.
    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token) override {
        const auto at = numbers_in(after, 2);
        if (!at) return std::unexpected(at.error());
        if (auto entered = enter(); !entered) return std::unexpected(entered.error());
        if (after != reached_) given_.clear();
        BatchBuilder builder(limits);
        std::int64_t behind = at->back();
        auto resource = resources().upper_bound(behind);
        for (; resource != resources().end() && !builder.full(); ++resource) {
            behind = resource->first;
            std::int64_t& given = given_[behind];
            if (std::exchange(given, resource->second.version) != resource->second.version) add(builder, *resource);
        }
        const bool more = resource != resources().end();
        number_ = std::max(number_ + 1, wall_clock_now());
        reached_ = position_of({number_, more ? behind : 0});
        return builder.finish(reached_, more);
    }

    Result<std::vector<KeyVersion>> keys(std::uint32_t, std::string_view from, std::size_t most,
                                         std::stop_token) override {
        if (auto entered = enter(); !entered) return std::unexpected(entered.error());
        std::vector<KeyVersion> listed;
        auto resource = resources().upper_bound(std::atoll(std::string(from).c_str()));
        for (; resource != resources().end() && listed.size() < most; ++resource)
            listed.push_back({{std::to_string(resource->first)}, std::to_string(resource->second.version)});
        return listed;
    }

    Result<Batch> fetch(std::uint32_t, std::span<const std::vector<std::string>> keys, std::stop_token) override {
        if (auto entered = enter(); !entered) return std::unexpected(entered.error());
        BatchBuilder builder({.rows = keys.size()});
        for (const auto& key : keys)
            if (const auto found = resources().find(std::stoll(key.front())); found != resources().end())
                add(builder, *found);
        return builder.finish({}, false);
    }

    Result<Batch> search(std::uint32_t, const Sought& sought, const Position& after, const Limits& limits,
                         std::stop_token) override {
        const auto at = numbers_in(after, 2);
        if (!at) return std::unexpected(at.error());
        if (auto entered = enter(); !entered) return std::unexpected(entered.error());
        if (sought.columns != std::vector<std::string>{"text"})
            return fail(Verdict::stop, "not_searchable", "resources are searched by their text");
        auto values = std::span(sought.values);
        if (flaw_ == Flaw::overlooks_values) values = values.first(1);
        BatchBuilder builder(limits);
        std::int64_t behind = at->back();
        auto resource = resources().upper_bound(behind);
        for (; resource != resources().end() && !builder.full(); ++resource) {
            behind = resource->first;
            const auto fits = [&](const auto& value) { return value.front() == resource->second.text; };
            if (std::ranges::any_of(values, fits)) add(builder, *resource);
        }
        return builder.finish(position_of({0, behind}), resource != resources().end());
    }

  private:
    Result<> enter() const {
        auto entered = server_->enter(token_);
        if (!entered && flaw_ == Flaw::leaks_secret)
            entered.error().what = "cannot reach https://api.example/" + collection_ + "?token=" + token_;
        if (server_->away && flaw_ == Flaw::gives_up) entered.error().verdict = Verdict::stop;
        return entered;
    }
    const KeyedServer::Resources& resources() const { return server_->collections[collection_]; }
    void add(BatchBuilder& builder, const KeyedServer::Resources::value_type& resource) {
        const std::string& text = resource.second.text;
        const std::string_view version = builder.copy(std::to_string(resource.second.version));
        if (flaw_ == Flaw::keeps_rows) {
            builder.add(resource.first, Value::text(server_->shown.emplace_back(text))).position = version;
        } else {
            builder.add(resource.first, std::string_view(text)).position = version;
        }
    }

    std::shared_ptr<KeyedServer> server_;
    std::string collection_;
    std::string token_;
    Flaw flaw_;
    Position reached_;
    std::int64_t number_ = 0;
    std::map<std::int64_t, std::int64_t> given_;
};

constexpr std::string_view offered[] = {"keys", "fetch", "search"};

class KeyedSubject : public FakeSubject {
  public:
    KeyedSubject(std::shared_ptr<KeyedServer> server, Flaw flaw)
        : FakeSubject({{.name = "fake_keyed", .offers = offered},
                       [server, flaw](const FeedInfo& feed, const std::string& token) {
                           return std::make_unique<KeyedFeed>(server, feed.name, token, flaw);
                       }},
                      server),
          server_(std::move(server)) {}

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        for (const std::string& text : texts) write(stream, ++keys_, text);
    }
    Rows rows(std::string_view stream) override {
        Rows rows;
        for (const auto& [key, resource] : resources(stream)) rows[std::to_string(key)] = resource.text;
        return rows;
    }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        write(stream, std::stoll(key), text);
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        resources(stream).erase(std::stoll(key));
        return true;
    }
    bool truncate(std::string_view stream) override {
        resources(stream).clear();
        return true;
    }
    bool cut() override { return server_->away = true; }
    void restore() override { server_->away = false; }

  private:
    void write(std::string_view stream, std::int64_t key, const std::string& text) {
        resources(stream)[key] = {text, ++server_->versions};
    }
    KeyedServer::Resources& resources(std::string_view stream) { return server_->collections[std::string(stream)]; }

    std::shared_ptr<KeyedServer> server_;
    std::int64_t keys_ = 0;
};

}  // namespace

std::shared_ptr<Subject> keyed_fake(Flaw flaw) {
    return std::make_shared<KeyedSubject>(std::make_shared<KeyedServer>(), flaw);
}

}  // namespace tributary::conformance
