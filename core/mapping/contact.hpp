#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/arena.hpp"

namespace tributary::mapping {

/// Reads telephone numbers with libphonenumber. Remembers the last few thousand: a read costs microseconds. Not
/// thread-safe.
class PhoneReader {
  public:
    /// ISO 3166-1 alpha-2 of numbers without a country code; empty: such numbers cannot be read.
    explicit PhoneReader(std::string region);
    ~PhoneReader();

    /// E.164, or nothing when it is no valid number, or has an extension, which E.164 cannot say.
    std::optional<std::string_view> read(std::string_view text, Arena& arena);

    static bool is_region(std::string_view code);

  private:
    struct Cache;
    std::string region_;
    std::unique_ptr<Cache> cache_;
};

/// The address with its domain in lower case, or nothing when it is not `local@domain` as nearly all mail systems take
/// it: RFC 5321's dot-string (ASCII, at most 64 bytes), a domain with a dot in it, at most 254 bytes in all.
std::optional<std::string_view> read_email(std::string_view text, Arena& arena);

}  // namespace tributary::mapping
