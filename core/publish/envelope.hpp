#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/change/change.hpp"
#include "core/connector/connector.hpp"
#include "core/model/arena.hpp"
#include "core/model/record.hpp"
#include "core/publish/log.hpp"

namespace tributary {

/// Where a change came from: an element of `origin`.
struct Origin {
    std::string_view source;
    std::string_view stream;
    std::string_view key;
    std::string_view position;
    std::int64_t read_at = no_time;
};

/// The body of an event: `{"before", "after", "changed", "origin"}`. Documents are JSON already, empty means null.
/// `before_omitted` replaces `before` where the message would be too large. Lives in `arena`.
std::string_view event_body(std::string_view before, std::string_view after, std::span<const std::string> changed,
                            const Origin& origin, bool before_omitted, Arena& arena);

/// What the headers of an event say, beside its place in the transaction.
struct EventHead {
    std::string_view ce_source;  ///< `/tenant/source/stream`
    std::string_view subject;    ///< Entity id as text.
    std::string_view type;       ///< `sales_order.updated`
    Cause cause = Cause::change;
    std::int64_t time = no_time;  ///< Microseconds UTC.
};

/// Renders CloudEvents headers (binary mode) into buffers of its own: what `of` returns is valid until the next call.
class HeaderWriter {
  public:
    explicit HeaderWriter(std::string_view instance) : id_(instance) { prefix_ = id_.size(); }

    std::span<const Header> of(const EventHead& head, std::uint64_t commit, std::uint64_t index);

  private:
    std::string id_;
    std::size_t prefix_;
    std::array<char, 24> commit_{};
    std::array<char, 24> index_{};
    std::array<char, 32> time_{};
    std::array<Header, 10> headers_{};
};

/// Upper bound of what headers add to a message, for the size check.
constexpr std::size_t header_allowance = 1024;

std::string_view name_of(Cause cause);

/// RFC 3339 with six decimals into `to` (32 bytes at least). A time that cannot be written is the epoch.
std::string_view instant_text(std::int64_t micros, char* to);

}  // namespace tributary
