#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

namespace tributary {

/// Something of a source that is stepped again and again, by one thread at a time.
class Polled {
  public:
    virtual ~Polled() = default;

    struct Next {
        std::int64_t at = 0;     ///< Microseconds.
        bool when_room = false;  ///< Or as soon as the queue has room again, or a look-up was read.
    };
    virtual Next step(std::stop_token stop) = 0;
    virtual const std::string& source() const = 0;
};

}  // namespace tributary
