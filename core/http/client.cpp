#include "core/http/client.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <optional>

#include "core/http/status_table.hpp"

namespace tributary {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::uint64_t most_body_bytes = 16 * 1024 * 1024;

/// Throws boost::system::system_error, caught in `http_get`.
asio::awaitable<HttpReply> get(HttpAddress address, std::string target, std::chrono::milliseconds timeout) {
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    stream.expires_after(timeout);
    co_await stream.async_connect({asio::ip::make_address(address.host), address.port}, asio::use_awaitable);
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, address.text());
    request.set(http::field::connection, "close");
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(most_body_bytes);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    auto answer = parser.release();
    co_return HttpReply{static_cast<int>(answer.result_int()), std::move(answer.body())};
}

}  // namespace

Result<HttpReply> http_get(const HttpAddress& address, std::string_view target, std::chrono::milliseconds timeout) {
    asio::io_context context{1};
    HttpReply reply;
    std::exception_ptr failed;
    asio::co_spawn(context, get(address, std::string(target), timeout), [&](std::exception_ptr error, HttpReply got) {
        failed = std::move(error);
        reply = std::move(got);
    });
    try {
        context.run();
        if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& error) {
        return fail(Verdict::retry, "no_answer",
                    fmt::format("no answer from http://{}{}: {}; is the daemon running, and does http.listen say "
                                "this address?",
                                address.text(), target, error.what()));
    }
    return reply;
}

Result<std::string> fetch_status(const HttpAddress& address, std::chrono::milliseconds timeout) {
    const auto summary = http_get(address, "/healthz", timeout);
    if (!summary) return std::unexpected(summary.error());
    const auto sources = http_get(address, "/v1/sources?expand=status", timeout);
    if (!sources) return std::unexpected(sources.error());
    return status_table(summary->body, sources->body);
}

}  // namespace tributary
