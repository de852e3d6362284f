#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "connectors/kit/http/tests/servers.hpp"

namespace tributary::http {
namespace {

/// Variables of the environment, until this object goes. All that speak of proxies are away meanwhile.
class Variables {
  public:
    explicit Variables(const std::map<std::string, std::string>& set) {
        for (const char* const name :
             {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
            const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
            if (value != nullptr) before_[name] = value;
            unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
            names_.emplace_back(name);
        }
        for (const auto& [name, value] : set) setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    }
    ~Variables() {
        for (const std::string& name : names_) unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        for (const auto& [name, value] : before_)
            setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    }
    Variables(const Variables&) = delete;
    Variables& operator=(const Variables&) = delete;

  private:
    std::vector<std::string> names_;
    std::map<std::string, std::string> before_;
};

/// Without `proxy`: what the environment says.
ClientSettings from_environment(const test::Servers& servers, const std::string& url) {
    ClientSettings settings = servers.client(url);
    settings.proxy.reset();
    return settings;
}

std::string answer(const ClientSettings& settings, const std::string& path) {
    Service service(settings);
    const auto text = test::get(service, path);
    if (!text) FAIL(text.error().what);
    return *text;
}

Error failure(const ClientSettings& settings, const std::string& path = "/rows") {
    Service service(settings);
    return test::error_of(service, path);
}

/// Proxies that forward a request say so in a header.
bool is_forwarded(const std::string& echo) { return echo.contains("tinyproxy"); }

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
    return times;
}

TEST_CASE("requests go through a proxy: http forwarded, https in a tunnel", "[http][proxy]") {
    const test::Servers servers;
    const Variables none({});
    for (const std::string& proxy : {servers.proxy(), "crmfeed:pr0xy@" + servers.asking_proxy()}) {
        ClientSettings settings = servers.client(servers.behind().url());
        settings.proxy = "http://" + proxy;
        CHECK(is_forwarded(answer(settings, "/echo")));
        settings.url = *parse_url(servers.url());
        CHECK(answer(settings, "/connection").starts_with("HTTP/2.0 "));
        CHECK_FALSE(is_forwarded(answer(settings, "/echo")));  // nobody looks into a tunnel
    }
    CHECK(count(servers.proxy_log(), "CONNECT " + servers.url().substr(8)) == 2);
}

TEST_CASE("the environment names the proxy, and whom to reach without", "[http][proxy]") {
    const test::Servers servers;
    const std::string proxy = "http://" + servers.proxy();
    const ClientSettings plain = from_environment(servers, servers.behind().url());
    const ClientSettings tls = from_environment(servers, servers.url());
    const auto tunnels = [&] { return count(servers.proxy_log(), "CONNECT 127.0.0.1"); };
    {
        const Variables set({{"http_proxy", proxy}});
        CHECK(is_forwarded(answer(plain, "/echo")));
        answer(tls, "/echo");
        CHECK(tunnels() == 0);
    }
    for (const char* const name : {"https_proxy", "HTTPS_PROXY", "all_proxy"}) {
        const Variables set({{name, proxy}});
        const std::size_t before = tunnels();
        answer(tls, "/echo");
        CHECK(tunnels() == before + 1);
    }
    const Variables set({{"http_proxy", proxy}, {"https_proxy", proxy}, {"no_proxy", "erp.example,127.0.0.1"}});
    const std::size_t before = tunnels();
    CHECK_FALSE(is_forwarded(answer(plain, "/echo")));
    answer(tls, "/echo");
    CHECK(tunnels() == before);
    const Variables others({{"http_proxy", proxy}, {"no_proxy", "erp.example,10.0.0.0/8"}});
    CHECK(is_forwarded(answer(plain, "/echo")));
}

TEST_CASE("what `proxy` says comes before the environment", "[http][proxy]") {
    const test::Servers servers;
    ClientSettings settings = servers.client(servers.behind().url());
    settings.proxy = "http://" + servers.proxy();
    {
        const Variables set({{"no_proxy", "*"}, {"http_proxy", "http://127.0.0.1:1"}});
        CHECK(is_forwarded(answer(settings, "/echo")));
    }
    const Variables set({{"http_proxy", "http://" + servers.proxy()}});
    settings.proxy = "";  // `none`
    CHECK_FALSE(is_forwarded(answer(settings, "/echo")));
}

TEST_CASE("a proxy that fails is named, without its password", "[http][proxy]") {
    const test::Servers servers;
    struct Case {
        std::string what;
        std::string proxy;
        std::string code;
        std::string name;
    };
    const std::string asking = servers.asking_proxy();
    const std::string no_name = std::string(64, 'p') + ".invalid:3128";  // too long a name to ask anybody for
    const auto cases = std::to_array<Case>({
        {"away", "http://crmfeed:s3cr3t@127.0.0.1:1", "unreachable", "127.0.0.1:1"},
        {"no such host", "http://crmfeed:s3cr3t@" + no_name, "unreachable", no_name},
        {"no tunnels", "http://crmfeed:s3cr3t@" + servers.narrow_proxy(), "proxy_refused", servers.narrow_proxy()},
        {"no password", "http://" + asking, "bad_proxy_credentials", asking},
        {"wrong password", "http://crmfeed:s3cr3t@" + asking, "bad_proxy_credentials", asking},
        {"no proxy", "http://crmfeed:s3cr3t@" + servers.behind().url().substr(7), "proxy_refused",
         servers.behind().url().substr(7)},
        {"nothing known", "magic://crmfeed:s3cr3t@127.0.0.1:1", "unreachable", "127.0.0.1:1"},
        {"no port", "crmfeed:s3cr3t@127.0.0.1:port", "unreachable", "127.0.0.1:port"},
    });
    for (const Case& one : cases) {
        for (const bool by_environment : {false, true}) {
            const Variables set({{"https_proxy", by_environment ? one.proxy : ""}});
            ClientSettings settings = from_environment(servers, servers.url());
            if (!by_environment) settings.proxy = one.proxy;
            const Error error = failure(settings);
            INFO(one.what << ": " << error.what);
            CHECK(error.code == one.code);
            CHECK(error.verdict == Verdict::retry);
            CHECK(error.what.starts_with("GET /rows: "));
            CHECK(error.what.contains(one.name));
            CHECK(error.what.contains(by_environment ? "https_proxy" : "`proxy`"));
            CHECK_FALSE(error.what.contains("s3cr3t"));
        }
    }
}

TEST_CASE("what a proxy answers in place of the source names the proxy", "[http][proxy]") {
    const test::Servers servers;
    const Variables none({});
    ClientSettings settings = servers.client(servers.behind().url());
    settings.proxy = "http://" + servers.asking_proxy();
    const Error refused = failure(settings);
    INFO(refused.what);
    CHECK(refused.code == "bad_proxy_credentials");
    CHECK(refused.verdict == Verdict::retry);
    CHECK(refused.what.contains(servers.asking_proxy()));

    settings.proxy = "http://crmfeed:s3cr3t@" + servers.asking_proxy();
    const Error wrong = failure(settings);
    INFO(wrong.what);
    CHECK(wrong.code == "bad_credentials");  // tinyproxy says 401: whose, nobody can tell
    CHECK(wrong.what.contains(servers.asking_proxy()));
    CHECK_FALSE(wrong.what.contains("s3cr3t"));

    settings.proxy = "http://" + servers.proxy();
    settings.url = *parse_url("http://127.0.0.1:1");
    const Error away = failure(settings);
    INFO(away.what);
    CHECK(away.code == "server_failed");
    CHECK(away.what.contains(servers.proxy()));
}

TEST_CASE("a proxy sees none of a source's secrets in the request for a tunnel", "[http][proxy]") {
    const test::Servers servers;
    const Variables none({});
    ClientSettings settings = servers.client(servers.url());
    settings.user = "crmfeed";
    settings.password = "t0k3n";
    settings.headers = {{"X-Api-Key", "k3y"}};
    settings.proxy = servers.behind().url();  // a stub, which keeps what it is asked
    CHECK(failure(settings).code == "proxy_refused");
    const std::string seen = answer(servers.client(servers.behind().url()), "/requests");
    CHECK(seen.contains("[\"CONNECT\", \"" + servers.url().substr(8) + "\""));
    CHECK_FALSE(seen.contains("authorization"));
    CHECK_FALSE(seen.contains("k3y"));
}

}  // namespace
}  // namespace tributary::http
