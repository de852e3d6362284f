#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tributary::http::test {

/// A stub: an API of lists in memory, on a port of its own. Answers GET with what `answer` gives for path and query.
class ListServer {
  public:
    using Query = std::map<std::string, std::string>;
    struct Reply {
        int status = 200;
        std::string body = {};
        std::string header = {};  ///< One more, as `Link: <…>`.
    };
    using Handler = std::function<Reply(const std::string& path, const Query& query)>;

    explicit ListServer(Handler handler);
    ~ListServer();
    ListServer(const ListServer&) = delete;
    ListServer& operator=(const ListServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// Refuses and cuts connections.
    void cut();
    void restore();

  private:
    struct Running;
    Handler handler_;
    std::uint16_t port_ = 0;
    std::unique_ptr<Running> running_;
};

}  // namespace tributary::http::test
