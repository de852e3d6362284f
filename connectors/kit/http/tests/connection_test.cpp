#include "connectors/kit/http/connection.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "connectors/kit/http/row_stream.hpp"
#include "connectors/kit/http/tests/misbehaving.hpp"

namespace tributary::http {
namespace {

using namespace std::chrono_literals;

ClientSettings client(const std::string& url) {
    ClientSettings settings;
    settings.url = *parse_url(url);
    settings.proxy = "";
    settings.user = "crmfeed";
    settings.password = "t0k3n";
    settings.secrets = {"t0k3n"};
    settings.caps = {.body = 20'000'000, .ratio = 50, .depth = 64, .row = 1'000'000};
    settings.timeout = 1500ms;
    return settings;
}

struct Outcome {
    std::size_t rows = 0;
    std::optional<Error> error;
};

/// Asks for the rows at /data/items.
Outcome ask(Service& service, const std::string& path) {
    Connection connection(service);
    JsonDecoder decoder;
    const auto answer = connection.open({.target = path, .query = {{"key", "t0k3n"}}}, {});
    if (!answer) return {0, answer.error()};
    RowStream stream(connection, decoder, *parse_pointer("/data/items"));
    std::vector<Value> rows;
    Arena arena;
    const auto ended = stream.read(rows, {}, arena, {});
    if (!ended) return {rows.size(), ended.error()};
    if (!stream.found()) return {rows.size(), stream.rows_not_found()};
    return {rows.size(), std::nullopt};
}

TEST_CASE("what a server does wrong has a code, a verdict, a path and no secret", "[http]") {
    const test::Misbehaving server;
    struct Case {
        std::string path;
        std::string code;
        Verdict verdict;
    };
    const auto cases = std::to_array<Case>({
        {"/401", "bad_credentials", Verdict::retry},
        {"/403", "no_right", Verdict::stop},
        {"/404", "not_found", Verdict::stop},
        {"/422", "bad_request", Verdict::stop},
        {"/429", "rate_limited", Verdict::retry},
        {"/500", "server_failed", Verdict::retry},
        {"/html", "not_json", Verdict::retry},
        {"/half", "truncated", Verdict::retry},
        {"/long", "truncated", Verdict::retry},
        {"/broken", "bad_json", Verdict::retry},
        {"/nothing", "connection_lost", Verdict::retry},
        {"/junk", "not_http", Verdict::retry},
        {"/headers", "answer_too_large", Verdict::retry},
        {"/slow", "timed_out", Verdict::retry},
        {"/silent", "timed_out", Verdict::retry},
        {"/bomb", "compression_bomb", Verdict::stop},
        {"/zstdbomb", "compression_bomb", Verdict::stop},
        {"/badgzip", "bad_encoding", Verdict::retry},
        {"/badbr", "bad_encoding", Verdict::retry},
        {"/badzstd", "bad_encoding", Verdict::retry},
        {"/halfgzip", "truncated", Verdict::retry},
        {"/halfzstd", "truncated", Verdict::retry},
        {"/deep", "too_deep", Verdict::stop},
        {"/deeparound", "too_deep", Verdict::stop},
        {"/around", "rows_not_found", Verdict::stop},
        {"/echo", "rows_not_found", Verdict::stop},
        {"/bigrow", "row_too_large", Verdict::stop},
        {"/inside", "redirect_refused", Verdict::stop},
        {"/elsewhere", "redirect_refused", Verdict::stop},
        {"/circle", "bad_redirect", Verdict::stop},
        {"/file", "bad_redirect", Verdict::stop},
    });
    for (const Case& one : cases) {
        INFO(one.path);
        Service service(client(server.url()));  // a pause the server asked for is for all of a service's requests
        const Outcome outcome = ask(service, one.path);
        REQUIRE(outcome.error);
        INFO(outcome.error->what);
        CHECK(outcome.error->code == one.code);
        CHECK(outcome.error->verdict == one.verdict);
        CHECK(outcome.error->what.find("GET " + one.path) == 0);
        CHECK(outcome.error->what.find("t0k3n") == std::string::npos);
        CHECK(outcome.error->what.find("secret name") == std::string::npos);
    }
}

TEST_CASE("a small answer is read whole, or says what is wrong with it", "[http]") {
    const test::Misbehaving server;
    Service service(client(server.url()));
    Connection connection(service);
    JsonDecoder decoder;
    Arena arena;
    const auto read = [&](const std::string& path) {
        REQUIRE(connection.open({.target = path}, {}));
        return read_value(connection, decoder, arena, {});
    };
    CHECK(text_in(read("/rows").value(), {"data", "items", "0", "name"}) == "secret name");
    for (const auto& [path, code] : {std::pair("/html", "not_json"),
                                     {"/half", "truncated"},
                                     {"/broken", "bad_json"},
                                     {"/deeparound", "too_deep"},
                                     {"/around", "rows_not_found"}}) {
        INFO(path);
        const auto failed = read(path);
        REQUIRE_FALSE(failed);
        CHECK(failed.error().code == code);
    }
}

TEST_CASE("compressed answers are read, and redirects on the same host followed", "[http]") {
    const test::Misbehaving server;
    Service service(client(server.url()));
    for (const char* const path : {"/rows", "/gzip", "/deflated", "/zstd", "/moved"}) {
        INFO(path);
        const Outcome outcome = ask(service, path);
        if (outcome.error) FAIL(outcome.error->what);
        CHECK(outcome.rows == 2);
    }
}

TEST_CASE("credentials go to the configured host alone", "[http]") {
    const test::Misbehaving server;
    ClientSettings settings = client(server.url());
    settings.headers = {{"X-Api-Key", "k3y"}};
    settings.allow_hosts = {"localhost"};
    Service service(settings);
    CHECK(ask(service, "/elsewhere").rows == 2);
    Connection connection(service);
    const auto seen = connection.text({.target = "/requests"}, 100'000, {});
    REQUIRE(seen);
    // to the server itself: asked with the key; through its other name, without
    CHECK(seen->find(R"("/elsewhere?key=t0k3n", {"host": "127.0.0.1:)") != std::string::npos);
    const auto other = seen->find(R"("host": "localhost:)");
    REQUIRE(other != std::string::npos);
    CHECK(seen->find("authorization") < other);
    const std::string elsewhere = seen->substr(other, seen->find('}', other) - other);
    CHECK(elsewhere.find("k3y") == std::string::npos);
    CHECK(elsewhere.find("authorization") == std::string::npos);
}

TEST_CASE("a paging link to another host is taken for the configured one", "[http]") {
    ClientSettings settings = client("https://erp.example:8443/api");
    settings.allow_hosts = {"files.example"};
    const Service service(settings);
    const Url from = *parse_url("https://erp.example:8443/api/orders?page=1");
    const auto link = [&](const char* text) { return service.link(text, from).value(); };
    CHECK(link("http://localhost:4004/api/orders?page=2") == "https://erp.example:8443/api/orders?page=2");
    CHECK(link("http://169.254.169.254/latest") == "https://erp.example:8443/latest");
    CHECK(link("?page=2") == "https://erp.example:8443/api/orders?page=2");
    CHECK(link("//other.example/x") == "https://erp.example:8443/x");
    CHECK(link("https://files.example/x") == "https://files.example/x");
    CHECK(link("http://files.example/x") == "https://erp.example:8443/x");
    CHECK_FALSE(service.link("ftp://files.example/x", from));
    CHECK_FALSE(service.link("https://user:secret@erp.example/x", from));
}

TEST_CASE("an own authority is trusted, and nothing but what it signed for this host", "[http]") {
    const test::Misbehaving server(true);
    ClientSettings settings = client(server.tls_url());
    settings.tls.ca = server.ca();
    Service trusted(settings);
    CHECK(ask(trusted, "/rows").rows == 2);
    settings.tls.ca.clear();
    Service unknown(settings);
    settings.tls.ca = server.ca();
    settings.url = *parse_url(server.wrong_url());
    Service other(settings);
    for (Service* const service : {&unknown, &other}) {
        const Outcome outcome = ask(*service, "/rows");
        REQUIRE(outcome.error);
        INFO(outcome.error->what);
        CHECK(outcome.error->code == "bad_certificate");
        CHECK(outcome.error->verdict == Verdict::stop);
    }
    settings.tls.verify = false;
    Service unchecked(settings);
    CHECK(ask(unchecked, "/rows").rows == 2);
    settings.tls.ca = "/nowhere/ca.pem";
    settings.tls.verify = true;
    Service missing(settings);
    CHECK(ask(missing, "/rows").error->code == "bad_tls_settings");
}

TEST_CASE("OAuth 2 client credentials are asked for once, and once more when they are refused", "[http]") {
    const test::Misbehaving server;
    ClientSettings settings = client(server.url());
    settings.user.clear();
    settings.oauth2 = OAuth2{.token_url = *parse_url(server.url() + "/token"),
                             .client_id = "id",
                             .client_secret = "s3cr/t",
                             .parameters = {{"scope", "read all"}}};
    Service service(settings);
    CHECK(ask(service, "/session").rows == 2);  // the first token is refused
    CHECK(ask(service, "/session").rows == 2);
    Connection connection(service);
    const auto seen = connection.text({.target = "/requests"}, 100'000, {});
    REQUIRE(seen);
    std::size_t tokens = 0;
    for (auto at = seen->find("\"/token\""); at != std::string::npos; at = seen->find("\"/token\"", at + 1)) ++tokens;
    CHECK(tokens == 2);
    CHECK(service.redact("with t0k3n-2 in it") == "with *** in it");
    settings.oauth2->client_secret = "wrong";
    Service refused(settings);
    const Outcome outcome = ask(refused, "/session");
    REQUIRE(outcome.error);
    CHECK(outcome.error->code == "bad_credentials");
    CHECK(outcome.error->verdict == Verdict::retry);
}

TEST_CASE("a log-in that does not help is tried once more, and no more", "[http]") {
    const test::Misbehaving server;
    int logins = 0;
    Service service(client(server.url()), [&](Connection& via, std::stop_token stop) -> Result<Login> {
        ++logins;
        const auto answer = via.text({.method = "POST", .target = "/echo", .body = "{}", .sign = false}, 10'000, stop);
        if (!answer) return std::unexpected(answer.error());
        if (answer->find("authorization") != std::string::npos)
            return fail(Verdict::stop, "signed", "a log-in is not signed");
        return Login{.headers = {{"Cookie", "session_id=abcdef"}}};
    });
    const Outcome outcome = ask(service, "/401");
    CHECK(outcome.error->code == "bad_credentials");
    CHECK(logins == 2);
    Connection connection(service);
    const auto echo = connection.text({.target = "/echo"}, 10'000, {});
    REQUIRE(echo);
    CHECK(echo->find("session_id=abcdef") != std::string::npos);
    CHECK(logins == 3);
}

TEST_CASE("a patient log-in tries no refused password again for as long as it is to wait", "[http]") {
    const test::Misbehaving server;
    int logins = 0;
    Error error{Verdict::retry, "bad_credentials", "no", 60'000'000};
    const auto refuse = [&](Connection&, std::stop_token) -> Result<Login> {
        ++logins;
        return std::unexpected(error);
    };
    Service asked_to_wait(client(server.url()), patient(refuse));
    CHECK(ask(asked_to_wait, "/rows").error->retry_after == 60'000'000);
    const std::int64_t left = ask(asked_to_wait, "/rows").error->retry_after;
    CHECK(left < 60'000'000);
    CHECK(left > 30'000'000);
    CHECK(logins == 1);
    error.retry_after = 0;
    Service at_least(client(server.url()), patient(refuse, 1min));
    for (int i = 0; i < 2; ++i) CHECK(ask(at_least, "/rows").error->retry_after == 0);
    CHECK(logins == 2);
    Service told_nothing(client(server.url()), patient(refuse));
    for (int i = 0; i < 2; ++i) CHECK(ask(told_nothing, "/rows").error->code == "bad_credentials");
    CHECK(logins == 4);
    error.code = "server_failed";
    Service another_failure(client(server.url()), patient(refuse, 1min));
    for (int i = 0; i < 2; ++i) CHECK(ask(another_failure, "/rows").error->code == "server_failed");
    CHECK(logins == 6);
}

TEST_CASE("what a server asks to wait is told to the core and to the source's other streams", "[http]") {
    const test::Misbehaving server;
    Service service(client(server.url()));
    const Outcome refused = ask(service, "/429");
    CHECK(refused.error->retry_after == 7'000'000);
    const Outcome other = ask(service, "/rows");
    REQUIRE(other.error);
    CHECK(other.error->code == "rate_limited");
    CHECK(other.error->retry_after > 5'000'000);
}

TEST_CASE("a stop request ends a request that waits", "[http]") {
    const test::Misbehaving server;
    ClientSettings settings = client(server.url());
    settings.timeout = 60s;
    Service service(settings);
    Connection connection(service);
    std::stop_source stop;
    const auto began = std::chrono::steady_clock::now();
    std::jthread stopper([&] {
        std::this_thread::sleep_for(100ms);  // so that it waits already; sooner would do as well
        stop.request_stop();
    });
    const auto answer = connection.open({.target = "/silent"}, stop.get_token());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == "stopped");
    CHECK(std::chrono::steady_clock::now() - began < 1s);
}

TEST_CASE("a source's clock is the one of its answer", "[http]") {
    const test::Misbehaving server;
    Service service(client(server.url()));
    Connection connection(service);
    const auto answer = connection.open({.target = "/rows"}, {});
    REQUIRE(answer);
    constexpr std::int64_t date = 1'769'853'600'000'000;  // Sat, 31 Jan 2026 10:00:00 GMT
    CHECK(answer->clock <= date);
    CHECK(answer->clock > date - 1'500'000);
    CHECK(answer->header("content-type") == "application/json");
}

TEST_CASE("requests wait for their turn and for a place", "[http]") {
    Gate paced({.interval = 50ms});
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) CHECK(paced.enter({}));
    CHECK(std::chrono::steady_clock::now() - began >= 100ms);

    Gate slow({.interval = 3'600s});
    CHECK(slow.enter({}));
    const auto later = slow.enter({});
    REQUIRE_FALSE(later);
    CHECK(later.error().code == "rate_limited");
    CHECK(later.error().retry_after > 3'500'000'000);

    Gate narrow({.parallel = 1, .most_wait = 50ms});
    auto pass = narrow.enter({});
    REQUIRE(pass);
    CHECK(narrow.enter({}).error().code == "source_busy");
    *pass = {};
    CHECK(narrow.enter({}));
}

}  // namespace
}  // namespace tributary::http
