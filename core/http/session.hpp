#pragma once

// awaitable.hpp of Boost 1.74 uses std::exchange and does not include it
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>

#include "core/http/message.hpp"
#include "core/http/waiting_room.hpp"

namespace tributary {

struct HttpSessionLimits {
    std::size_t header_bytes;
    std::chrono::milliseconds request_time;
    std::chrono::milliseconds answer_time;
};

/// Serves one connection until either side ends it. `handler` and `room` must outlive the coroutine.
boost::asio::awaitable<void> serve_http(boost::beast::tcp_stream stream, HttpSessionLimits limits,
                                        const HttpHandler* handler, HttpWaitingRoom* room);

}  // namespace tributary
