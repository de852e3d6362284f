#include <catch2/catch.hpp>
#include <charconv>
#include <memory>
#include <string>

#include "connectors/tryton/connector.hpp"
#include "connectors/tryton/question.hpp"
#include "connectors/tryton/rpc.hpp"
#include "core/model/json_text.hpp"
#include "tests/conformance/catch.hpp"
#include "tests/system/environment.hpp"
#include "tests/system/relay.hpp"

namespace tributary::tryton {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

std::uint16_t port_of(const http::Url& url) {
    std::uint16_t port = 0;
    std::from_chars(url.port.data(), url.port.data() + url.port.size(), port);
    return port;
}

http::Url server() {
    const auto url = http::parse_url(environment("TRYTON_URL"));
    REQUIRE(url);
    return *url;
}

/// An administrator, whose session all subjects share: a log-in costs the server a tenth of a second.
Rpc& administrator() {
    static api::SourceClock clock;
    static Rpc rpc = [] {
        http::ClientSettings settings;
        settings.url = server();
        return Rpc(std::make_shared<http::Service>(std::move(settings), log_in(environment("TRYTON_ADMIN_USER"),
                                                                               environment("TRYTON_ADMIN_PASSWORD"))),
                   clock);
    }();
    return rpc;
}

/// Two parties whose addresses are the streams, on the server that TRYTON_URL names.
class TrytonSubject : public conformance::Subject {
  public:
    TrytonSubject() : relay_(port_of(server())), silent_(0, true) {
        for (const char* stream : {"item", "part"}) {
            const Value ids = call("party.party.create", R"([{"name":"conformance","addresses":null}])");
            parties_[stream] = std::to_string(ids.items()[0].integer);
            truncate(stream);
        }
    }

    const Connector& connector() const override { return tryton::connector(); }
    Configuration configuration() const override {
        return {source(url(relay_)), {{"item", watched()}, {"part", "{" + model("part") + ", key: [id]}"}}};
    }
    std::string text_column() const override { return "name"; }
    std::vector<std::string> secrets() const override { return {environment("TRYTON_PASSWORD")}; }

    /// A transaction of Tryton's stamps all its rows alike.
    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        std::string rows;
        for (const std::string& text : texts)
            rows += (rows.empty() ? "" : ",") + ("{\"party\":" + party(stream) + ",\"name\":" + json_text(text) + "}");
        call("party.address.create", "[" + rows + "]");
    }
    Rows rows(std::string_view stream) override {
        Rows rows;
        const Value found = call("party.address.search_read",
                                 "[[\"party\",\"=\"," + party(stream) + R"(]],0,null,[["id","ASC"]],["name"])");
        for (const Value& row : found.items()) {
            const Object& object = *row.object;
            const Value& name = object.values[object.shape->find("name")];
            rows[std::to_string(object.values[object.shape->find("id")].integer)] =
                name.is_null() ? std::string() : std::string(name.view());
        }
        return rows;
    }
    bool update(std::string_view, const std::string& key, const std::string& text) override {
        call("party.address.write", "[" + key + "],{\"name\":" + json_text(text) + "}");
        return true;
    }
    bool touch(std::string_view, const std::string& key) override {
        call("party.address.write", "[" + key + "],{\"city\":\"elsewhere\"}");
        return true;
    }
    bool remove(std::string_view, const std::string& key) override {
        call("party.address.delete", "[" + key + "]");
        return true;
    }
    bool truncate(std::string_view stream) override {
        std::string ids;
        for (const auto& [key, text] : rows(stream)) ids += (ids.empty() ? "" : ",") + key;
        if (!ids.empty()) call("party.address.delete", "[" + ids + "]");
        return true;
    }

    bool cut() override {
        relay_.cut();
        return true;
    }
    void restore() override { relay_.restore(); }

    std::vector<Refused> refused() const override {
        const auto reading = [&](const std::string& definition) {
            return Configuration{source(url(relay_)), {{"item", definition}}};
        };
        std::string nowhere = server().text();
        nowhere.replace(nowhere.find(server().path), server().path.size(), "/nowhere/");
        return {
            {"no server", {source("http://127.0.0.1:1/erp"), {{"item", watched()}}}, Verdict::retry},
            {"no database", {source(nowhere), {{"item", watched()}}}, Verdict::stop},
            {"no such user",
             {"{url: '" + url(relay_) + "', user: nobody, password: no1}", {{"item", watched()}}},
             Verdict::retry},
            {"no model", reading("{model: party.adress, key: [id]}"), Verdict::stop},
            {"no key field", reading("{model: party.address, key: [number]}"), Verdict::stop},
            {"no right", reading("{model: account.payment, key: [id]}"), Verdict::stop},
            {"a domain with an unknown field",
             reading(R"({model: party.address, key: [id], where: '[["nosuch", "=", 1]]'})"), Verdict::stop},
        };
    }
    Configuration endless() const override { return {source(url(silent_)), {{"item", watched()}}}; }

  private:
    static std::string url(const Relay& relay) {
        return "http://127.0.0.1:" + std::to_string(relay.port()) + server().path;
    }
    static std::string source(const std::string& url) {
        return "{url: '" + url + "', user: " + environment("TRYTON_USER") +
               ", password: " + environment("TRYTON_PASSWORD") + "}";
    }
    std::string model(std::string_view stream) const {
        return "model: party.address, where: '[[\"party\",\"=\"," + party(stream) + "]]'";
    }
    std::string watched() const {
        return "{" + model("item") + ", key: [id], watermark: {column: write_date, overlap: 5s}}";
    }
    const std::string& party(std::string_view stream) const { return parties_.at(std::string(stream)); }

    /// The answer is valid until the next call.
    Value call(const std::string& method, const std::string& params) {
        arena_ = Arena();
        const auto result =
            administrator().call("model." + method, "[" + params + ",{\"active_test\":false}]", arena_, {});
        if (!result) FAIL(method << " " << params << ": " << result.error().what);
        return *result;
    }

    Relay relay_;
    Relay silent_;
    std::map<std::string, std::string> parties_;
    Arena arena_;
};

TEST_CASE("tryton conforms", "[tryton][conformance]") {
    conformance::require_conformance([] { return std::make_shared<TrytonSubject>(); });
}

}  // namespace
}  // namespace tributary::tryton
