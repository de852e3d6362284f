#include "core/http/server.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <mutex>
#include <thread>

#include "core/http/session.hpp"
#include "core/status/log.hpp"

namespace tributary {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds heartbeat{1};
constexpr std::chrono::milliseconds accept_pause{100};

/// A fresh socket's send buffer takes this at once; nobody waits for a client that is one too many.
void turn_away(tcp::socket socket) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    const HttpResponse answer = http_error(503, "too_many_connections", "too many connections are open already");
    const std::string head = fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        answer.type, answer.body.size());
    socket.write_some(std::array{asio::buffer(head), asio::buffer(answer.body)}, ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

struct HttpServer::Impl {
    Impl(Settings given, HttpHandler answers) : settings(std::move(given)), handler(std::move(answers)) {}

    error_code listen() {
        error_code wrong;
        const auto host = asio::ip::make_address(settings.listen.host, wrong);
        if (wrong) return wrong;
        const tcp::endpoint endpoint(host, settings.listen.port);
        acceptor.open(endpoint.protocol(), wrong);
        if (!wrong) acceptor.set_option(tcp::acceptor::reuse_address(true), wrong);
        if (!wrong) acceptor.bind(endpoint, wrong);
        if (!wrong) acceptor.listen(tcp::acceptor::max_listen_connections, wrong);
        if (!wrong) settings.listen.port = acceptor.local_endpoint(wrong).port();
        return wrong;
    }

    asio::awaitable<void> accept() {
        asio::steady_timer pause(context);
        for (;;) {
            error_code wrong;
            tcp::socket socket(context);
            co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, wrong));
            if (wrong) {
                // out of descriptors, most likely: others may close theirs
                log_warning("http", "cannot accept", {{"reason", wrong.message()}});
                pause.expires_after(accept_pause);
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, wrong));
            } else if (open >= settings.most_connections && !room.turn_one_out()) {
                log_warning("http", "too many connections", {{"open", open}});
                turn_away(std::move(socket));
            } else {
                admit(std::move(socket));
            }
        }
    }

    void admit(tcp::socket socket) {
        ++open;
        const HttpSessionLimits limits{settings.most_header_bytes, settings.request_time, settings.answer_time};
        asio::co_spawn(context, serve_http(boost::beast::tcp_stream(std::move(socket)), limits, &handler, &room),
                       [this](std::exception_ptr) { --open; });
    }

    asio::awaitable<void> beat() {
        asio::steady_timer timer(context);
        for (;;) {
            settings.turned();
            error_code wrong;
            timer.expires_after(heartbeat);
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, wrong));
        }
    }

    void run() {
        pthread_setname_np(pthread_self(), "http");
        const auto rethrow = [](const std::exception_ptr& error) {
            if (error) std::rethrow_exception(error);
        };
        asio::co_spawn(context, accept(), rethrow);
        if (settings.turned) asio::co_spawn(context, beat(), rethrow);
        try {
            context.run();
        } catch (const std::exception& error) {
            // readable from outside: the loop's heartbeat stops and so does the answer to /livez
            log_error("http", "server ended", {{"reason", error.what()}});
        }
    }

    Settings settings;
    HttpHandler handler;
    HttpWaitingRoom room;  ///< Before the context: what it destroys at its end leaves the room.
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    std::size_t open = 0;  ///< Connections; the server's thread only.
    std::once_flag stopped;
    std::thread thread;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(Settings settings, HttpHandler handler) {
    auto impl = std::make_unique<Impl>(std::move(settings), std::move(handler));
    if (const error_code wrong = impl->listen())
        return fail(Verdict::stop, "cannot_listen",
                    fmt::format("cannot listen on {}: {}; http.listen says where", impl->settings.listen.text(),
                                wrong.message()));
    try {
        impl->thread = std::thread([raw = impl.get()] { raw->run(); });
    } catch (const std::system_error& error) {
        return fail(Verdict::stop, "no_thread", fmt::format("cannot start the HTTP thread: {}", error.what()));
    }
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { stop(); }

const HttpAddress& HttpServer::address() const { return impl_->settings.listen; }

void HttpServer::stop() {
    std::call_once(impl_->stopped, [this] {
        impl_->context.stop();
        impl_->thread.join();
    });
}

}  // namespace tributary
