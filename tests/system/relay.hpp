#pragma once

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tributary {

/// Stands before a server on loopback, so that a test can take the server away without touching it. One thread accepts,
/// two pass on what each connection says.
class Relay {
  public:
    using Tcp = boost::asio::ip::tcp;
    /// `silent`: takes connections and never answers.
    explicit Relay(std::uint16_t to, bool silent = false) : to_(to), silent_(silent), acceptor_(context_, local(0)) {
        accepting_ = std::thread([this] { accept(); });
    }
    ~Relay() {
        ending_ = true;
        cut();
        boost::system::error_code ignored;
        Tcp::socket knock(context_);  // wakes the one that accepts
        knock.connect(acceptor_.local_endpoint(), ignored);
        accepting_.join();
        for (std::thread& one : passing_) one.join();
    }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// Ends what is open and takes nothing new.
    void cut() {
        const std::lock_guard lock(mutex_);
        open_ = false;
        boost::system::error_code ignored;
        for (Tcp::socket& socket : sockets_) socket.shutdown(Tcp::socket::shutdown_both, ignored);
    }
    void restore() {
        const std::lock_guard lock(mutex_);
        open_ = true;
    }

  private:
    static Tcp::endpoint local(std::uint16_t port) { return {boost::asio::ip::make_address("127.0.0.1"), port}; }

    void accept() {
        for (boost::system::error_code error; !error;) {
            Tcp::socket client(context_);
            acceptor_.accept(client, error);
            const std::lock_guard lock(mutex_);
            if (ending_) return;
            if (error || !open_) continue;
            Tcp::socket& near = sockets_.emplace_back(std::move(client));
            if (silent_) continue;
            Tcp::socket& far = sockets_.emplace_back(context_);
            boost::system::error_code refused;
            far.connect(local(to_), refused);
            if (refused) near.shutdown(Tcp::socket::shutdown_both, refused);
            passing_.emplace_back([&near, &far] { pass(near, far); });
            passing_.emplace_back([&near, &far] { pass(far, near); });
        }
    }
    static void pass(Tcp::socket& from, Tcp::socket& to) {
        std::vector<char> bytes(64 * 1024);
        for (boost::system::error_code error; !error;) {
            const std::size_t size = from.read_some(boost::asio::buffer(bytes), error);
            if (!error) boost::asio::write(to, boost::asio::buffer(bytes.data(), size), error);
        }
        boost::system::error_code ignored;
        to.shutdown(Tcp::socket::shutdown_both, ignored);
    }

    std::uint16_t to_;
    bool silent_;
    boost::asio::io_context context_;
    Tcp::acceptor acceptor_;
    std::mutex mutex_;
    bool open_ = true;
    std::list<Tcp::socket> sockets_;  ///< Those of ended connections among them; closed with the relay.
    std::vector<std::thread> passing_;
    std::atomic<bool> ending_ = false;
    std::thread accepting_;
};

}  // namespace tributary
