#include "core/http/server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/http/client.hpp"
#include "core/status/log.hpp"

using namespace tributary;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

HttpResponse echo(const HttpRequest& request) {
    if (request.target == "/throw") throw std::runtime_error("on purpose");
    if (request.target == "/big") return {.type = "text/plain", .body = std::string(8'000'000, 'x')};
    return {.type = "text/plain", .body = std::string(request.method) + " " + std::string(request.target)};
}

std::unique_ptr<HttpServer> serve(HttpServer::Settings settings = {}) {
    settings.listen = {"127.0.0.1", 0};
    auto server = HttpServer::start(settings, echo);
    REQUIRE(server);
    return std::move(*server);
}

/// A client that sends whatever bytes a test wants; every wait has a deadline.
class RawClient {
  public:
    explicit RawClient(const HttpServer& server) {
        socket_.connect({asio::ip::make_address(server.address().host), server.address().port});
    }

    /// False when the server does not take it any more.
    bool send(std::string_view bytes) {
        boost::system::error_code wrong;
        asio::write(socket_, asio::buffer(bytes), wrong);
        return !wrong;
    }
    /// All that comes until the server closes. Fails the test when it does not within 10 s.
    std::string read_to_end() {
        std::string all;
        while (readable()) {
            char chunk[4096];
            const auto got = ::recv(socket_.native_handle(), chunk, sizeof chunk, 0);
            if (got <= 0) return all;
            all.append(chunk, static_cast<std::size_t>(got));
        }
        FAIL("the server neither answered nor closed");
        return all;
    }
    /// Until `end` has come.
    std::string read_until(std::string_view end) {
        std::string all;
        while (!all.ends_with(end) && readable()) {
            char one = 0;
            if (::recv(socket_.native_handle(), &one, 1, 0) <= 0) break;
            all += one;
        }
        return all;
    }

  private:
    bool readable() {
        pollfd waits{socket_.native_handle(), POLLIN, 0};
        return ::poll(&waits, 1, 10'000) == 1;
    }

    asio::io_context context_;
    asio::ip::tcp::socket socket_{context_};
};

std::string answer_to(const HttpServer& server, std::string_view request) {
    RawClient client(server);
    client.send(request);
    return client.read_to_end();
}

bool eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < deadline) {
        if (holds()) return true;
        std::this_thread::yield();
    }
    return false;
}

}  // namespace

TEST_CASE("the server answers the client and reports the port it was given", "[http]") {
    const auto server = serve();
    CHECK(server->address().port != 0);
    const auto reply = http_get(server->address(), "/readyz?verbose", 10s);
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->body == "GET /readyz?verbose");
}

TEST_CASE("a connection serves several requests, also when they come at once", "[http]") {
    const auto server = serve();
    RawClient client(*server);
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.read_until("GET /b").find("GET /a") != std::string::npos);
    client.send("GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(client.read_to_end().ends_with("GET /c"));
}

TEST_CASE("HEAD gets the header of GET and no body", "[http]") {
    const auto server = serve();
    const auto answer = answer_to(*server, "HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("Content-Length: 11\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a client of HTTP/1.0 is answered and let go", "[http]") {
    const auto server = serve();
    CHECK(answer_to(*server, "GET /old HTTP/1.0\r\n\r\n").ends_with("GET /old"));
}

TEST_CASE("what is no HTTP gets 400 and loses its connection", "[http]") {
    const auto server = serve();
    for (const std::string wrong :
         {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n", "\x16\x03\x01\x02\x00\x01",
          "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
        INFO(wrong);
        CHECK(answer_to(*server, wrong).starts_with("HTTP/1.1 400 "));
    }
}

TEST_CASE("a header of a megabyte gets 431, whether it is one line or many", "[http]") {
    const auto server = serve();
    CHECK(answer_to(*server, "GET /" + std::string(1 << 20, 'a') + " HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 431 "));
    std::string many = "GET / HTTP/1.1\r\n";
    while (many.size() < (1 << 20)) many += "X-Filler: " + std::string(100, 'b') + "\r\n";
    CHECK(answer_to(*server, many + "\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_CASE("a request with a body gets 413", "[http]") {
    const auto server = serve();
    CHECK(answer_to(*server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
              .starts_with("HTTP/1.1 413 "));
    CHECK(answer_to(*server, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(answer_to(*server, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a handler that throws costs a 500 and nothing else", "[http]") {
    set_log_level(LogLevel::off);
    const auto server = serve();
    CHECK(http_get(server->address(), "/throw", 10s)->status == 500);
    CHECK(http_get(server->address(), "/again", 10s)->status == 200);
    set_log_level(LogLevel::warning);
}

TEST_CASE("a client that sends too slowly or not at all loses its connection", "[http]") {
    const auto server = serve({.request_time = 100ms});
    RawClient silent(*server);
    CHECK(silent.read_to_end().empty());
    RawClient slow(*server);
    slow.send("GET / HTTP/1.1\r\nX: ");
    CHECK(slow.read_to_end().empty());
}

TEST_CASE("a client that drips bytes does not stretch its time", "[http]") {
    const auto server = serve({.request_time = 200ms});
    RawClient client(*server);
    client.send("GET / HTTP/1.1\r\nX: ");
    CHECK(eventually([&] { return !client.send("a"); }));
}

TEST_CASE("a client that does not read its answer loses its connection", "[http]") {
    set_log_level(LogLevel::off);
    const auto server = serve({.most_connections = 1, .answer_time = 100ms});
    RawClient stubborn(*server);
    stubborn.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(eventually([&] {
        const auto reply = http_get(server->address(), "/next", 10s);
        return reply && reply->status == 200;
    }));
    set_log_level(LogLevel::warning);
}

TEST_CASE("one connection too many is turned away while all are being answered, and there is room when one ends",
          "[http]") {
    set_log_level(LogLevel::off);
    const auto server = serve({.most_connections = 2});
    {
        RawClient first(*server);
        RawClient second(*server);
        for (RawClient* each : {&first, &second}) {
            each->send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
            CHECK(each->read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
        }
        RawClient third(*server);
        const auto answer = third.read_to_end();
        CHECK(answer.starts_with("HTTP/1.1 503 "));
        CHECK(answer.ends_with("}}"));
    }
    CHECK(eventually([&] {
        const auto reply = http_get(server->address(), "/in", 10s);
        return reply && reply->status == 200;
    }));
    set_log_level(LogLevel::warning);
}

TEST_CASE("half-sent requests and idle connections keep nobody out: the oldest makes room", "[http]") {
    const auto server = serve({.most_connections = 3, .request_time = 60s});
    RawClient half(*server);
    half.send("GET /half HTTP/1.1\r\nX: ");
    RawClient idle(*server);
    idle.send("GET /in HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(idle.read_until("GET /in").ends_with("GET /in"));
    RawClient silent(*server);
    for (int i = 0; i < 3; ++i) {
        const auto reply = http_get(server->address(), "/livez", 10s);
        REQUIRE(reply);
        CHECK(reply->status == 200);
    }
    CHECK(half.read_to_end().empty());
}

TEST_CASE("the server says that its loop turns", "[http]") {
    std::atomic<int> turns = 0;
    const auto server = serve({.turned = [&] { ++turns; }});
    CHECK(eventually([&] { return turns >= 2; }));
}

TEST_CASE("stopping ends open connections, may be repeated, and frees the port", "[http]") {
    auto server = serve();
    RawClient open(*server);
    open.send("GET /half");
    const auto address = server->address();
    server->stop();
    server->stop();
    std::thread([&] { server->stop(); }).join();
    server.reset();
    CHECK(open.read_to_end().empty());
    const auto again = HttpServer::start({.listen = address}, echo);
    CHECK(again);
}

TEST_CASE("a port that is taken is a clear refusal", "[http]") {
    const auto first = serve();
    const auto second = HttpServer::start({.listen = first->address()}, echo);
    REQUIRE_FALSE(second);
    CHECK(second.error().verdict == Verdict::stop);
    CHECK(second.error().what.find(first->address().text()) != std::string::npos);
    CHECK(second.error().what.find("http.listen") != std::string::npos);
}

TEST_CASE("a client without a server says what to look at", "[http]") {
    HttpAddress gone;
    {
        const auto server = serve();
        gone = server->address();
    }
    const auto reply = http_get(gone, "/healthz", 10s);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().what.find("is the daemon running") != std::string::npos);
    CHECK_FALSE(fetch_status(gone, 10s));
}

TEST_CASE("a client waits no longer than it was told", "[http]") {
    asio::io_context context;
    asio::ip::tcp::acceptor silent(context, {asio::ip::make_address("127.0.0.1"), 0});
    const auto reply = http_get({"127.0.0.1", silent.local_endpoint().port()}, "/", 100ms);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == "no_answer");
}
