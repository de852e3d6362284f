#include "core/http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>

#include "core/status/log.hpp"

namespace tributary {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Answer = http::response<http::string_body>;

/// How long and how much of a refused request is still read, so that the answer reaches the client before the reset
/// that closing a socket with unread bytes causes (RFC 9112, 9.6).
constexpr std::chrono::seconds linger_time{1};
constexpr std::size_t linger_bytes = 4 * 1024 * 1024;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse call(const HttpHandler& handler, const HttpRequest& request) {
    try {
        return handler(request);
    } catch (const std::exception& error) {
        log_error("http", "request failed", {{"target", request.target}, {"reason", error.what()}});
        return http_error(500, "internal", "the answer could not be made, see the log");
    }
}

/// What a request that cannot be read is answered; status 0: nothing, the connection is gone or timed out.
HttpResponse refusal(error_code wrong) {
    if (wrong == http::error::header_limit || wrong == http::error::buffer_overflow)
        return http_error(431, "header_too_large", "the request's header is too large");
    if (wrong == http::error::body_limit || wrong == http::error::unexpected_body)
        return http_error(413, "no_body", "requests must not have a body");
    const bool closed = wrong == http::error::end_of_stream || wrong == http::error::partial_message;
    if (closed || wrong.category() != make_error_code(http::error::end_of_stream).category()) return {.status = 0};
    return http_error(400, "bad_request", "this is no HTTP/1.1 request");
}

Answer to_wire(HttpResponse from, unsigned version, bool keep_alive) {
    Answer answer{static_cast<http::status>(from.status), version};
    answer.set(http::field::content_type, from.type);
    answer.set(http::field::cache_control, "no-store");
    answer.set("X-Content-Type-Options", "nosniff");
    if (from.status == 405) answer.set(http::field::allow, "GET, HEAD");
    answer.keep_alive(keep_alive);
    answer.body() = std::move(from.body);
    answer.prepare_payload();
    return answer;
}

class Session {
  public:
    Session(beast::tcp_stream stream, HttpSessionLimits limits, const HttpHandler& handler, HttpWaitingRoom& room)
        : stream_(std::move(stream)), limits_(limits), handler_(handler), room_(room) {}

    asio::awaitable<void> run() {
        bool goes_on = true;
        while (goes_on) goes_on = co_await serve_one();
        error_code ignored;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    }

  private:
    asio::awaitable<bool> serve_one() {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
        parser.body_limit(std::uint64_t{0});
        stream_.expires_after(limits_.request_time);
        error_code wrong;
        {
            const HttpWaitingRoom::Place waiting(room_, stream_);
            co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, wrong));
        }
        if (wrong) {
            co_await refuse(wrong);
            co_return false;
        }
        const auto& request = parser.get();
        HttpResponse made = call(handler_, {view(request.method_string()), view(request.target())});
        Answer answer = to_wire(std::move(made), request.version(), request.keep_alive());
        co_return co_await write(answer, request.method() == http::verb::head);
    }

    /// False: the connection is to be closed.
    asio::awaitable<bool> write(Answer& answer, bool head_only) {
        stream_.expires_after(limits_.answer_time);
        error_code wrong;
        http::response_serializer<http::string_body> serializer(answer);
        if (head_only)
            co_await http::async_write_header(stream_, serializer, asio::redirect_error(asio::use_awaitable, wrong));
        else
            co_await http::async_write(stream_, serializer, asio::redirect_error(asio::use_awaitable, wrong));
        co_return !wrong && answer.keep_alive();
    }

    asio::awaitable<void> refuse(error_code wrong) {
        HttpResponse made = refusal(wrong);
        if (made.status == 0) co_return;
        Answer answer = to_wire(std::move(made), 11, false);
        co_await write(answer, false);
        co_await drain();
    }

    asio::awaitable<void> drain() {
        error_code wrong;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, wrong);
        stream_.expires_after(linger_time);
        std::array<char, 16 * 1024> ignored;
        std::size_t drained = 0;
        while (!wrong && drained < linger_bytes)
            drained += co_await stream_.async_read_some(asio::buffer(ignored),
                                                        asio::redirect_error(asio::use_awaitable, wrong));
    }

    beast::tcp_stream stream_;
    HttpSessionLimits limits_;
    const HttpHandler& handler_;
    HttpWaitingRoom& room_;
    beast::flat_buffer buffer_;
};

}  // namespace

asio::awaitable<void> serve_http(beast::tcp_stream stream, HttpSessionLimits limits, const HttpHandler* handler,
                                 HttpWaitingRoom* room) {
    Session session(std::move(stream), limits, *handler, *room);
    co_await session.run();
}

}  // namespace tributary
