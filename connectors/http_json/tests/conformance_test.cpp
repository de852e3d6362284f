#include <catch2/catch.hpp>
#include <memory>
#include <mutex>

#include "connectors/http_json/connector.hpp"
#include "connectors/kit/http/tests/list_server.hpp"
#include "core/model/times.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::http_json {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

constexpr std::int64_t second = 1'000'000;

/// An API in memory with a list that knows stamps and is read by offset, and others that are read whole.
class ApiSubject : public conformance::Subject {
  public:
    explicit ApiSubject(std::string paging) : paging_(std::move(paging)) {}

    const Connector& connector() const override { return http_json::connector(); }
    Configuration configuration() const override {
        return {source(server_.url()), {{"item", "{" + watched() + "}"}, {"part", "{" + list("part") + paging_ + "}"}}};
    }
    std::string text_column() const override { return "text"; }
    std::vector<std::string> secrets() const override { return {secret}; }

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp stamp) override {
        const std::lock_guard lock(mutex_);
        if (stamp == Stamp::next) clock_ += second;
        for (const std::string& text : texts) lists_[std::string(stream)][++keys_] = {text, clock_};
    }
    Rows rows(std::string_view stream) override {
        const std::lock_guard lock(mutex_);
        Rows rows;
        for (const auto& [key, row] : lists_[std::string(stream)]) rows[std::to_string(key)] = row.text;
        return rows;
    }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        const std::lock_guard lock(mutex_);
        clock_ += second;
        lists_[std::string(stream)][std::stoll(key)] = {text, clock_};
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        const std::lock_guard lock(mutex_);
        lists_[std::string(stream)].erase(std::stoll(key));
        return true;
    }
    bool truncate(std::string_view stream) override {
        const std::lock_guard lock(mutex_);
        lists_[std::string(stream)].clear();
        return true;
    }

    bool cut() override {
        server_.cut();
        return true;
    }
    void restore() override { server_.restore(); }

    std::vector<Refused> refused() const override {
        const auto reading = [&](const std::string& definition) {
            return Configuration{source(server_.url()), {{"item", "{" + definition + "}"}}};
        };
        return {
            {"no server", {source("http://127.0.0.1:1"), {{"item", "{" + watched() + "}"}}}, Verdict::retry},
            {"a path that is not there", reading("path: /absent, key: [id]"), Verdict::stop},
            {"no list at the pointer", reading("path: /item, rows: /nowhere, key: [id]"), Verdict::stop},
            {"no right", reading("path: /forbidden, key: [id]"), Verdict::stop},
            {"a server that fails", reading("path: /broken, key: [id]"), Verdict::retry},
        };
    }
    Configuration endless() const override {
        return {source(server_.url()), {{"item", "{path: /endless, key: [id]}"}}};
    }

  private:
    struct Row {
        std::string text;
        std::int64_t stamp = 0;
    };
    inline static const std::string secret = "c4n4ry-0f-c0nf0rm4nce";

    static std::string source(const std::string& url) {
        return "{url: '" + url + "', token: " + secret + ", connect_timeout: 2s}";
    }
    static std::string list(const std::string& name) {
        return "path: /" + name + ", rows: /data/items, key: [id], item: '/" + name + "/{id}', item_row: /row";
    }
    static std::string watched() {
        return list("item") +
               ", paging: {style: offset, parameter: offset, size_parameter: limit, size: 7}, watermark: {column: "
               "changed, "
               "parameter: since, overlap: 60s}";
    }

    static std::string json(const std::pair<const std::int64_t, Row>& one) {
        char stamp[instant_size];
        char* const end = write_instant(one.second.stamp, stamp);
        return "{\"id\":" + std::to_string(one.first) + ",\"text\":\"" + one.second.text + "\",\"changed\":\"" +
               std::string(stamp, end) + "\"}";
    }

    http::test::ListServer::Reply answer(const std::string& path, const http::test::ListServer::Query& query) {
        if (path == "/forbidden") return {403, "{}"};
        if (path == "/broken") return {500, "an exception at " + secret};
        if (path == "/absent" || path.size() < 2) return {404, "{}"};
        if (path == "/endless") {
            for (int i = 0; i < 100 && !ending_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
            return {};
        }
        const std::lock_guard lock(mutex_);
        const auto number = [&](const char* name, std::int64_t otherwise) {
            return query.contains(name) ? std::stoll(query.at(name)) : otherwise;
        };
        if (const auto slash = path.find('/', 1); slash != std::string::npos) {
            const auto& list = lists_[path.substr(1, slash - 1)];
            const auto found = list.find(std::stoll(path.substr(slash + 1)));
            if (found == list.end()) return {404, "{}"};
            return {200, "{\"row\":" + json(*found) + "}"};
        }
        std::int64_t skip = number("offset", number("page", 0) * number("limit", 0));
        std::int64_t left = number("limit", 1'000'000);
        const std::int64_t after = number("after", 0);
        std::int64_t since = INT64_MIN;
        if (query.contains("since")) since = parse_timestamp(query.at("since"))->micros;
        std::string items;
        std::int64_t last = 0;
        for (const auto& [key, row] : lists_[path.substr(1)]) {
            if (row.stamp < since || key <= after || skip-- > 0 || left-- <= 0) continue;
            items += (items.empty() ? "" : ",") + json({key, row});
            last = key;
        }
        http::test::ListServer::Reply reply{.body = "{\"data\":{\"items\":[" + items + "]}"};
        if (last > 0) {
            const std::string next = "after=" + std::to_string(last) + "&limit=" + std::to_string(number("limit", 3));
            reply.body += ",\"cursor\":" + std::to_string(last) + ",\"next\":\"http://localhost:1/part?" + next + "\"";
            reply.header = "Link: </first>; rel=first, </part?" + next + ">; rel=\"next\"";
        }
        reply.body += "}";
        return reply;
    }

    std::string paging_;
    std::mutex mutex_;
    std::map<std::string, std::map<std::int64_t, Row>> lists_;
    std::int64_t clock_ = wall_clock_now() / second * second - 30 * second;
    std::int64_t keys_ = 0;
    struct Ending {  // a handler that waits ends before the server is
        std::atomic<bool> value = false;
        operator bool() const { return value; }  // NOLINT(google-explicit-constructor)
    } ending_;
    http::test::ListServer server_{[this](const auto& path, const auto& query) { return answer(path, query); }};

  public:
    ~ApiSubject() override { ending_.value = true; }
};

TEST_CASE("http_json conforms, whatever the style of paging", "[http_json][conformance]") {
    const std::string paging =
        GENERATE(std::string(), ", paging: {style: offset, parameter: offset, size_parameter: limit, size: 4}",
                 ", paging: {style: page, parameter: page, size_parameter: limit, size: 20, first: 0}",
                 ", paging: {style: after, parameter: after, size_parameter: limit, size: 4}",
                 ", paging: {style: cursor, parameter: after, size_parameter: limit, size: 4, next: /cursor}",
                 ", paging: {style: link, size_parameter: limit, size: 4, next: /next}",
                 ", paging: {style: header, size_parameter: limit, size: 4}");
    INFO(paging);
    conformance::require_conformance([&] { return std::make_shared<ApiSubject>(paging); });
}

}  // namespace
}  // namespace tributary::http_json
