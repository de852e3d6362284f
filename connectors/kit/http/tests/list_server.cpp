#include "connectors/kit/http/tests/list_server.hpp"

#include <boost/asio/read.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <memory>
#include <set>
#include <vector>

namespace tributary::http::test {
namespace {

namespace beast_http = boost::beast::http;
using boost::asio::ip::tcp;

std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc()) {
            plain += static_cast<char>(byte);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

ListServer::Query query_of(std::string_view text) {
    ListServer::Query query;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        const std::size_t is = std::min(pair.find('='), pair.size());
        query[decoded(pair.substr(0, is))] = decoded(pair.substr(std::min(is + 1, pair.size())));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
    }
    return query;
}

}  // namespace

/// One thread accepts, one serves each connection.
struct ListServer::Running {
    Running(const Handler& answer, std::uint16_t port)
        : handler(answer), acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), port}) {
        accepting = std::thread([this] {
            for (;;) {
                auto socket = std::make_shared<tcp::socket>(context);
                boost::system::error_code error;
                acceptor.accept(*socket, error);
                if (error || stopping) return;
                const std::lock_guard lock(mutex);
                sockets.insert(socket);
                serving.emplace_back([this, socket] { serve(*socket); });
            }
        });
    }
    ~Running() {
        stopping = true;
        boost::system::error_code ignored;
        // wakes the one that accepts
        tcp::socket knock(context);
        knock.connect(acceptor.local_endpoint(), ignored);
        accepting.join();
        acceptor.close(ignored);
        for (const auto& socket : sockets) socket->shutdown(tcp::socket::shutdown_both, ignored);
        for (std::thread& one : serving) one.join();
    }
    void serve(tcp::socket& socket) {
        boost::beast::flat_buffer buffer;
        boost::system::error_code error;
        for (;;) {
            beast_http::request<beast_http::string_body> request;
            beast_http::read(socket, buffer, request, error);
            if (error) return;
            const std::string target(request.target());
            const std::size_t mark = std::min(target.find('?'), target.size());
            const Reply reply = handler(target.substr(0, mark),
                                        query_of(std::string_view(target).substr(std::min(mark + 1, target.size()))));
            beast_http::response<beast_http::string_body> response(
                beast_http::int_to_status(static_cast<unsigned>(reply.status)), 11);
            response.set(beast_http::field::content_type, "application/json");
            if (const auto colon = reply.header.find(": "); colon != std::string::npos)
                response.set(reply.header.substr(0, colon), reply.header.substr(colon + 2));
            response.body() = reply.body;
            response.keep_alive(true);
            response.prepare_payload();
            beast_http::write(socket, response, error);
            if (error) return;
        }
    }

    const Handler& handler;
    boost::asio::io_context context;
    tcp::acceptor acceptor;
    std::atomic<bool> stopping = false;
    std::thread accepting;
    std::mutex mutex;
    std::set<std::shared_ptr<tcp::socket>> sockets;
    std::vector<std::thread> serving;
};

ListServer::ListServer(Handler handler)
    : handler_(std::move(handler)), running_(std::make_unique<Running>(handler_, 0)) {
    port_ = running_->acceptor.local_endpoint().port();
}
ListServer::~ListServer() = default;

void ListServer::cut() { running_.reset(); }
void ListServer::restore() { running_ = std::make_unique<Running>(handler_, port_); }

}  // namespace tributary::http::test
