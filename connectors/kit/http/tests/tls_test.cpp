#include <catch2/catch.hpp>
#include <set>

#include "connectors/kit/http/row_stream.hpp"
#include "connectors/kit/http/tests/servers.hpp"

namespace tributary::http {
namespace {

ClientSettings with_certificate(const test::Servers& servers, const std::string& url) {
    ClientSettings settings = servers.client(url);
    settings.tls.certificate = servers.in_folder("client.pem");
    settings.tls.key = servers.in_folder("client.key");
    settings.tls.key_password = "k3ypass";
    settings.secrets = {"k3ypass"};
    return settings;
}

Error failure(const ClientSettings& settings) {
    Service service(settings);
    return test::error_of(service, "/rows");
}

TEST_CASE("HTTP/2 is spoken where the server can, and its connection is kept", "[http][tls]") {
    const test::Servers servers;
    Service service(servers.client(servers.url()));
    Connection connection(service);
    std::set<std::string> connections;
    for (int i = 0; i < 3; ++i) {
        const auto text = connection.text({.target = "/connection"}, 100, {});
        REQUIRE(text);
        CHECK(text->starts_with("HTTP/2.0 "));
        connections.insert(*text);
        REQUIRE(connection.open({.target = "/file"}, {}));  // the next request leaves the rest of it
    }
    CHECK(connections.size() == 1);
    Service plain(servers.client(servers.behind().url()));
    CHECK(test::get(plain, "/rows"));
}

TEST_CASE("over HTTP/2 rows are read in pieces, slower than they could come", "[http][tls]") {
    const test::Servers servers;
    Service service(servers.client(servers.url()));
    Connection connection(service);
    REQUIRE(connection.open({.target = "/file"}, {}));
    std::size_t largest = 0;
    std::size_t whole = 0;
    for (auto piece = connection.read({}); piece && !piece->empty(); piece = connection.read({})) {
        largest = std::max(largest, piece->size());
        whole += piece->size();
    }
    INFO(largest << " of " << whole);
    CHECK(whole == std::filesystem::file_size(servers.in_folder("rows.json")));
    CHECK(largest < whole / 4);

    JsonDecoder decoder;
    const auto answer = connection.open({.target = "/file"}, {});
    if (!answer) FAIL(answer.error().what);
    RowStream stream(connection, decoder, *parse_pointer("/data/items"));
    std::size_t rows = 0;
    for (bool ended = false; !ended;) {
        std::vector<Value> some;
        Arena arena;
        const auto read = stream.read(some, {.rows = 1'000}, arena, {});
        if (!read) FAIL(read.error().what);
        ended = *read;
        CHECK(some.size() <= 1'000);
        rows += some.size();
        connection.rest();
    }
    CHECK(rows == test::Servers::file_rows);
}

TEST_CASE("what a server does wrong over HTTP/2 is judged as over HTTP/1.1", "[http][tls]") {
    const test::Servers servers;
    struct Case {
        std::string path;
        std::string code;
        Verdict verdict;
    };
    const auto cases = std::to_array<Case>({
        {"/401", "bad_credentials", Verdict::retry},
        {"/403", "no_right", Verdict::stop},
        {"/429", "rate_limited", Verdict::retry},
        {"/503", "server_failed", Verdict::retry},
        {"/nothing", "server_failed", Verdict::retry},  // nginx: 502
        {"/long", "connection_lost", Verdict::retry},   // its stream is reset
        {"/bomb", "compression_bomb", Verdict::stop},
        {"/inside", "redirect_refused", Verdict::stop},
    });
    for (const Case& one : cases) {
        Service service(servers.client(servers.url()));
        const Error error = test::error_of(service, one.path);
        INFO(one.path << ": " << error.what);
        CHECK(error.code == one.code);
        CHECK(error.verdict == one.verdict);
        CHECK(error.what.starts_with("GET " + one.path));
    }
}

TEST_CASE("br is undone, and a bomb of it stopped", "[http][tls]") {
    const test::Servers servers;
    Service service(servers.client(servers.url()));
    const auto rows = test::get(service, "/rows");
    REQUIRE(rows);
    Connection connection(service);
    const auto answer = connection.open({.target = "/br/rows"}, {});
    if (!answer) FAIL(answer.error().what);
    CHECK(answer->header("content-encoding") == "br");
    CHECK(connection.text(1'000, {}).value() == *rows);

    const Error bomb = test::error_of(service, "/br/letters");
    INFO(bomb.what);
    CHECK(bomb.code == "compression_bomb");
    CHECK(bomb.verdict == Verdict::stop);
    CHECK(bomb.what.contains("`limits: {ratio: …}`"));
}

TEST_CASE("a client certificate is shown to the configured host, and to no other", "[http][tls]") {
    const test::Servers servers;
    Service service(with_certificate(servers, servers.strict_url()));
    const auto who = test::get(service, "/who");
    if (!who) FAIL(who.error().what);
    CHECK(*who == "CN=client");
    CHECK(test::get(service, "/rows"));

    ClientSettings elsewhere = with_certificate(servers, servers.url());
    elsewhere.allow_hosts = {"localhost"};
    Service redirected(elsewhere);
    CHECK(test::error_of(redirected, "/strict").code == "bad_client_certificate");
}

TEST_CASE("a client certificate that is missing or not taken is named as the cause", "[http][tls]") {
    const test::Servers servers;
    ClientSettings none = servers.client(servers.strict_url());
    ClientSettings stranger = none;
    stranger.tls.certificate = servers.in_folder("stranger.pem");
    stranger.tls.key = servers.in_folder("stranger.key");
    ClientSettings alert = stranger;
    alert.url = *parse_url(servers.alert_url());
    for (const ClientSettings& settings : {none, stranger, alert}) {
        const Error error = failure(settings);
        INFO(error.what);
        CHECK(error.code == "bad_client_certificate");
        CHECK(error.verdict == Verdict::retry);
        CHECK(error.what.contains("`tls.certificate`"));
    }
}

TEST_CASE("a client certificate that is renewed where it lies is taken without a restart", "[http][tls]") {
    const test::Servers servers;
    ClientSettings settings = with_certificate(servers, servers.strict_url());
    settings.tls.certificate = servers.in_folder("mine.pem");
    settings.tls.key = servers.in_folder("mine.key");
    const auto renew = [&](const std::string& from) {
        for (const char* const file : {".pem", ".key"})
            std::filesystem::copy_file(servers.in_folder(from + file), servers.in_folder(std::string("mine") + file),
                                       std::filesystem::copy_options::overwrite_existing);
    };
    Service service(settings);
    Connection connection(service);
    const auto ask = [&] { return connection.text({.target = "/who"}, 1'000, {}); };
    renew("stranger");
    CHECK(ask().error().code == "bad_client_certificate");
    renew("client");
    const auto who = ask();
    if (!who) FAIL(who.error().what);
    CHECK(*who == "CN=client");
}

TEST_CASE("a client certificate that cannot be used says what to look at", "[http][tls]") {
    const test::Servers servers;
    const ClientSettings good = with_certificate(servers, servers.strict_url());
    struct Case {
        std::string what;
        std::string option;
        Tls tls;
    };
    const auto with = [&](const auto& change) {
        Tls tls = good.tls;
        change(tls);
        return tls;
    };
    const auto cases = std::to_array<Case>({
        {"wrong password", "`tls.key_password`", with([](Tls& tls) { tls.key_password = "wr0ng"; })},
        {"no password", "`tls.key_password`", with([](Tls& tls) { tls.key_password.clear(); })},
        {"no key", "`tls.key`", with([](Tls& tls) { tls.key = "/nowhere/client.key"; })},
        {"key left out", "`tls.key`", with([](Tls& tls) { tls.key.clear(); })},
        {"another's key", "`tls.key`", with([&](Tls& tls) { tls.key = servers.in_folder("stranger.key"); })},
        {"no certificate", "`tls.certificate`", with([](Tls& tls) { tls.certificate = "/nowhere/client.pem"; })},
        {"no authority", "`tls.ca`", with([](Tls& tls) { tls.ca = "/nowhere/ca.pem"; })},
    });
    for (const Case& one : cases) {
        ClientSettings settings = good;
        settings.tls = one.tls;
        settings.secrets.emplace_back("wr0ng");
        const Error error = failure(settings);
        INFO(one.what << ": " << error.what);
        CHECK(error.code == "bad_tls_settings");
        CHECK(error.verdict == Verdict::stop);
        CHECK(error.what.contains(one.option));
        CHECK_FALSE(error.what.contains("k3ypass"));
        CHECK_FALSE(error.what.contains("wr0ng"));
    }
}

}  // namespace
}  // namespace tributary::http
