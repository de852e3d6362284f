#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "core/http/address.hpp"
#include "core/http/message.hpp"
#include "core/model/result.hpp"

namespace tributary {

/// Answers GET and HEAD over HTTP/1.1 on a thread of its own. Every input is bounded: headers, number of connections,
/// and the time a client may take to send a request, to read an answer, or to stay idle; bodies are refused. A client
/// that does wrong loses its connection and nothing else happens.
///
/// Lifetime: the handler is called on the server's thread until `stop` has returned. `stop` and the destructor may be
/// called more than once and from several threads, but not from the handler.
///
///     auto server = HttpServer::start({.listen = address}, [&](const HttpRequest& r) { return api.answer(r); });
///     if (!server) return server.error();              // the port is taken
///     log_info("http", "listening", {{"address", (*server)->address().text()}});
class HttpServer {
  public:
    struct Settings {
        HttpAddress listen = {};  ///< Port 0: any free one.
        std::size_t most_header_bytes = 8 * 1024;
        /// One more takes the place of the one that has waited longest without a whole request; it is turned away when
        /// all are being answered.
        std::size_t most_connections = 64;
        /// For one request to arrive, idle time before it included; and for one answer to be taken.
        std::chrono::milliseconds request_time{15'000};
        std::chrono::milliseconds answer_time{15'000};
        /// Called about once a second while the loop turns.
        std::function<void()> turned = {};
    };

    static Result<std::unique_ptr<HttpServer>> start(Settings settings, HttpHandler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// With the port the system chose.
    const HttpAddress& address() const;
    /// Closes every connection at once and ends the thread.
    void stop();

  private:
    struct Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tributary
