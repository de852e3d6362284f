#pragma once

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "connectors/kit/http/row_stream.hpp"
#include "connectors/odoo/answer.hpp"
#include "connectors/odoo/wire.hpp"
#include "core/model/json_text.hpp"

namespace tributary::odoo::test {

/// tests/lab/odoo, a stub of Odoo as a process of its own; it ends with this object. Tests run in the checkout's root.
class Stub {
  public:
    explicit Stub(int version = 19, int orders = 12)
        : settings_("ODOO_VERSION=" + std::to_string(version) + " ODOO_ORDERS=" + std::to_string(orders)) {
        char name[] = "/tmp/tributary-odoo-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        folder_ = name;
        start();
        REQUIRE(env_.contains("ODOO_URL"));
    }
    ~Stub() {
        kill();
        std::filesystem::remove_all(folder_);
    }
    Stub(const Stub&) = delete;
    Stub& operator=(const Stub&) = delete;

    /// After `kill` on the same port, with the same rows.
    void start() { lab("start"); }
    void kill() { lab("kill"); }

    const std::string& operator[](const std::string& name) const { return env_.at(name); }
    const std::string& url() const { return env_.at("ODOO_URL"); }
    /// A source's options; `more` begins with a comma.
    std::string source(const std::string& more = "") const { return source_with(env_.at("ODOO_API_KEY"), more); }
    std::string source_with(const std::string& password, const std::string& more = "") const {
        return "{url: '" + url() + "', database: shop, user: feed, password: " + password + more + "}";
    }

  private:
    void lab(const std::string& action) {
        const std::string command =
            "env -u ODOO_PORT " + settings_ + " tests/lab/odoo " + action + " " + folder_ + "/odoo 2>&1";
        std::FILE* const out = popen(command.c_str(), "r");
        REQUIRE(out != nullptr);
        std::array<char, 1024> line{};
        while (std::fgets(line.data(), static_cast<int>(line.size()), out) != nullptr) {
            std::string text(line.data());
            const auto equals = text.find('=');
            if (equals == std::string::npos) continue;
            text.pop_back();
            env_[text.substr(0, equals)] = text.substr(equals + 1);
        }
        REQUIRE(pclose(out) == 0);
    }

    std::string settings_;
    std::string folder_;
    std::map<std::string, std::string> env_;
};

/// The administrator, whose calls change rows.
class Hand {
  public:
    explicit Hand(const Stub& stub)
        : service_(settings(stub)), connection_(service_), user_{"shop", "admin", "admin"} {}

    /// Its result; null where there is none. Valid until the next call.
    Value call(const std::string& model, const std::string& method,
               const std::vector<std::pair<std::string_view, std::string>>& arguments) {
        http::Request request = request_of({model, method, arguments}, {.user = 2}, user_);
        request.sign = false;
        return answer(request);
    }
    std::int64_t create(const std::string& model, const std::string& values) {
        return call(model, "create", {{"vals_list", values}}).integer;
    }
    void write(const std::string& model, std::int64_t id, const std::string& values) {
        call(model, "write", {{"ids", "[" + std::to_string(id) + "]"}, {"vals", values}});
    }
    void unlink(const std::string& model, std::int64_t id) {
        call(model, "unlink", {{"ids", "[" + std::to_string(id) + "]"}});
    }
    /// Text of a field by id.
    std::map<std::string, std::string> texts(const std::string& model, const std::string& domain,
                                             const std::string& field) {
        http::Request request = request_of(
            {model,
             "search_read",
             {{"domain", domain}, {"fields", "[" + json_text(field) + "]"}, {"context", R"({"active_test":false})"}}},
            {.user = 2}, user_);
        request.sign = false;
        REQUIRE(connection_.open(request, {}));
        http::RowStream stream(connection_, decoder_, {"result"});
        std::vector<Value> rows;
        Arena arena;
        REQUIRE(stream.read(rows, {.rows = SIZE_MAX / 2, .bytes = SIZE_MAX / 2}, arena, {}));
        std::map<std::string, std::string> texts;
        for (const Value& row : rows)
            texts[std::to_string(row.object->values[0].integer)] = row.object->values[1].view();
        return texts;
    }

  private:
    static http::ClientSettings settings(const Stub& stub) {
        http::ClientSettings settings;
        settings.url = *http::parse_url(stub.url());
        return settings;
    }
    Value answer(const http::Request& request) {
        arena_ = std::make_unique<Arena>();
        const auto answered = ask(connection_, request, decoder_, *arena_, {});
        if (!answered) FAIL(answered.error().what);
        if (const Value* const wrong = http::find_in(answered->body, {"error", "data", "message"}); wrong != nullptr)
            FAIL(std::string(wrong->view()));
        const Value* const found = http::find_in(answered->body, {"result"});
        return found == nullptr ? Value::null() : *found;
    }

    http::Service service_;
    http::Connection connection_;
    http::JsonDecoder decoder_;
    Account user_;
    std::unique_ptr<Arena> arena_;
};

}  // namespace tributary::odoo::test
