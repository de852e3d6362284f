#include <arpa/inet.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>

#include "connectors/odoo/connector.hpp"
#include "connectors/odoo/tests/stub.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::odoo {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

/// Accepts connections, by the kernel alone, and never answers.
class Silence {
  public:
    Silence() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(socket_, any, size) == 0);
        REQUIRE(listen(socket_, 100) == 0);
        REQUIRE(getsockname(socket_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~Silence() { close(socket_); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    int socket_;
    std::uint16_t port_ = 0;
};

/// Two models of one stub that all subjects share; each has rows that bear its own mark.
class OdooSubject : public conformance::Subject {
  public:
    OdooSubject(test::Stub& stub, std::string way) : stub_(stub), hand_(stub), way_(std::move(way)) {
        static int subjects = 0;
        mark_ = "subject " + std::to_string(++subjects);
    }

    const Connector& connector() const override { return odoo::connector(); }
    Configuration configuration() const override {
        return {source(),
                {{"item", watched()}, {"part", "{model: res.partner, key: [id], where: '" + own("ref") + "'}"}}};
    }
    std::string text_column() const override { return "name"; }
    std::vector<std::string> secrets() const override { return {stub_["ODOO_API_KEY"], "c4n4ry"}; }

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        std::string rows;
        for (const std::string& text : texts)
            rows += (rows.empty() ? "" : ",") + ("{\"name\":" + json_text(text)) + ",\"" + marker(stream) +
                    "\":" + json_text(mark_) + "}";
        hand_.call(model(stream), "create", {{"vals_list", "[" + rows + "]"}});
    }
    Rows rows(std::string_view stream) override { return hand_.texts(model(stream), own(marker(stream)), "name"); }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        hand_.write(model(stream), std::stoll(key), "{\"name\":" + json_text(text) + "}");
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        hand_.unlink(model(stream), std::stoll(key));
        return true;
    }
    bool truncate(std::string_view stream) override {
        for (const auto& [key, text] : rows(stream)) remove(stream, key);
        return true;
    }

    bool cut() override {
        stub_.kill();
        return true;
    }
    void restore() override { stub_.start(); }

    std::vector<Refused> refused() const override {
        const auto reading = [&](const std::string& definition) {
            return Configuration{source(), {{"item", definition}}};
        };
        return {
            {"no server",
             {"{url: 'http://127.0.0.1:1', database: shop, user: u, password: c4n4ry}", {{"item", watched()}}},
             Verdict::retry},
            {"a wrong password", {stub_.source_with("c4n4ry"), {{"item", watched()}}}, Verdict::retry},
            {"no such model", reading("{model: res.nope, key: [id]}"), Verdict::stop},
            {"no right", reading("{model: ir.rule, key: [id]}"), Verdict::stop},
            {"no such field in a domain", reading("{model: crm.lead, key: [id], where: '[[\"nope\",\"=\",1]]'}"),
             Verdict::stop},
        };
    }
    Configuration endless() const override {
        return {"{url: '" + silence_.url() + "', database: shop, user: u, password: c4n4ry}", {{"item", watched()}}};
    }

  private:
    static std::string model(std::string_view stream) { return stream == "item" ? "crm.lead" : "res.partner"; }
    static std::string marker(std::string_view stream) { return stream == "item" ? "contact_name" : "ref"; }
    std::string own(const std::string& field) const { return "[[\"" + field + "\",\"=\",\"" + mark_ + "\"]]"; }
    std::string source() const { return stub_.source(way_); }
    std::string watched() const {
        return "{model: crm.lead, key: [id], where: '" + own("contact_name") +
               "', watermark: {column: write_date, overlap: 60s}}";
    }

    test::Stub& stub_;
    test::Hand hand_;
    std::string way_;
    std::string mark_;
    Silence silence_;
};

TEST_CASE("odoo conforms, over either protocol", "[odoo][conformance]") {
    const std::string way = GENERATE(std::string(", page: 7"), ", api: json_rpc");
    INFO(way);
    test::Stub stub;
    conformance::require_conformance([&] { return std::make_shared<OdooSubject>(stub, way); });
}

}  // namespace
}  // namespace tributary::odoo
