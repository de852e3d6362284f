#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>

#include "connectors/erpnext/connector.hpp"
#include "connectors/erpnext/tests/lab_site.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::erpnext {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

/// Listens and never answers.
class Silence {
  public:
    Silence() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(listen(socket_, 128) == 0);
        REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~Silence() { close(socket_); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    int socket_;
    int port_ = 0;
};

/// Item Prices of one site, which all subjects share: each has price lists of its own. They may be written freely, and
/// their names are drawn by the site.
class SiteSubject : public conformance::Subject {
  public:
    explicit SiteSubject(std::shared_ptr<test::LabSite> site)
        : site_(std::move(site)), mark_("lists " + std::to_string(++subjects)) {}
    ~SiteSubject() override {
        if (cut_) site_->restore();
    }

    const Connector& connector() const override { return erpnext::connector(); }
    Configuration configuration() const override {
        return {site_->source(), {{"item", stream("item", true)}, {"part", stream("part", false)}}};
    }
    std::string text_column() const override { return "item_name"; }
    std::vector<std::string> secrets() const override { return {"sync-secret", "token sync-key:sync-secret"}; }

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp stamp) override {
        // a transaction of the site's stamps all it saves with its own start
        if (stamp == Stamp::same && !last_.empty()) site_->clock(last_, true);
        site_->begin();
        for (const std::string& text : texts)
            site_->create("Item Price", R"({"price_list":")" + list(stream) +
                                            R"(","item_code":"SKU-001","item_name":")" + text + R"("})");
        site_->commit();
        site_->clock("");
        last_ = site_->started();
    }
    Rows rows(std::string_view stream) override {
        const auto found =
            site_->call("POST", "/api/method/frappe.client.get_list",
                        R"({"doctype":"Item Price","fields":["name","creation","item_name"],"limit_page_length":0,)"
                        R"("order_by":"name asc","filters":[["price_list","=",")" +
                            list(stream) + R"("]]})");
        Rows rows;
        for (const auto& row : found.GetArray())
            rows[row["name"].GetString() + std::string("/") + row["creation"].GetString()] =
                row["item_name"].GetString();
        return rows;
    }
    bool update(std::string_view, const std::string& key, const std::string& text) override {
        site_->change("Item Price", name_of(key), R"({"item_name":")" + text + R"("})");
        return true;
    }
    bool remove(std::string_view, const std::string& key) override {
        site_->remove("Item Price", name_of(key));
        return true;
    }
    bool touch(std::string_view, const std::string& key) override {
        site_->change("Item Price", name_of(key), "{}");
        return true;
    }

    bool cut() override {
        site_->cut();
        cut_ = true;
        return true;
    }
    void restore() override {
        site_->restore();
        cut_ = false;
    }

    std::vector<Refused> refused() const override {
        const auto reading = [&](const std::string& definition, const std::string& user = "sync") {
            return Configuration{site_->source(user), {{"item", "{key: [name], " + definition + "}"}}};
        };
        return {
            {"no server",
             {"{url: 'http://127.0.0.1:1', user: a, password: b}", {{"item", stream("item", true)}}},
             Verdict::retry},
            {"a wrong secret",
             {"{url: '" + site_->url() + "', user: sync-key, password: wrong}", {{"item", stream("item", true)}}},
             Verdict::retry},
            {"no role", reading("doctype: Item Price", "norole"), Verdict::stop},
            {"an unknown doctype", reading("doctype: Item Prize"), Verdict::stop},
            {"an unknown field in the filters", reading(R"(doctype: Item Price, where: '[["nope", "=", 1]]')"),
             Verdict::stop},
            {"an unknown operator", reading(R"(doctype: Item Price, where: '[["name", "~", 1]]')"), Verdict::stop},
            {"a child table without its parent", reading("doctype: Sales Order Item"), Verdict::stop},
        };
    }
    Configuration endless() const override {
        return {"{url: '" + silence_.url() + "', user: a, password: b}", {{"item", "{doctype: Item, key: [name]}"}}};
    }

  private:
    std::string list(std::string_view stream) const { return mark_ + " " + std::string(stream); }
    std::string stream(const std::string& name, bool watched) const {
        return R"({doctype: Item Price, key: [name, creation], announcements: 0, where: '[["price_list", "=", ")" +
               list(name) + R"("]]')" + (watched ? ", watermark: {column: modified, overlap: 1m}}" : "}");
    }
    static std::string name_of(const std::string& key) { return key.substr(0, key.find('/')); }

    inline static std::atomic<int> subjects = 0;
    std::shared_ptr<test::LabSite> site_;
    std::string mark_;
    std::string last_;
    bool cut_ = false;
    Silence silence_;
};

TEST_CASE("erpnext conforms, against the lab's stub", "[erpnext][conformance]") {
    const auto site = std::make_shared<test::LabSite>();
    conformance::require_conformance([&] { return std::make_shared<SiteSubject>(site); });
}

}  // namespace
}  // namespace tributary::erpnext
