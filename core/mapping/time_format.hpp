#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::mapping {

/// How a source spells its dates and times, in strptime's letters:
///
///     %Y year, 4 digits     %m month   %d day         %y year, 2 digits: 69-99 are 19xx, 00-68 are 20xx (POSIX)
///     %H hour 00-23         %M minute  %S second      %I hour 01-12 with %p (AM, PM)
///     %f fraction of a second, 1 to 9 digits (cut after 6)
///     %z offset: Z, +02, +0200, +02:00
///     %b month's English name, three letters          %s seconds, %Q milliseconds since 1970-01-01 UTC
///     %% a percent sign; a blank fits any number of blanks; everything else stands for itself
///
/// %m, %d, %H, %I, %M and %S take one or two digits unless another number follows directly.
class TimeFormat {
  public:
    /// The error is a phrase for a message.
    static std::expected<TimeFormat, std::string> compile(std::string_view format);

    struct Reading {
        std::int64_t micros = 0;  ///< UTC when `zoned`, else as the wall clock shows it.
        bool zoned = false;
        bool has_clock = false;
    };
    /// Nothing when `text` does not look so, or names a day that does not exist.
    std::optional<Reading> read(std::string_view text) const;

    bool has_zone() const { return has_zone_; }
    bool has_day() const { return has_day_; }
    bool has_clock() const { return has_clock_; }

  private:
    struct Token {
        char letter = 0;  ///< 0: `literal` stands for itself; ' ': any blanks.
        char literal = 0;
        bool fixed_width = false;
    };
    struct Parts;
    static bool take(const Token& token, std::string_view& text, Parts& parts);
    static bool take_part(char letter, bool fixed_width, std::string_view& text, Parts& parts);

    std::vector<Token> tokens_;
    bool has_zone_ = false;
    bool has_day_ = false;
    bool has_clock_ = false;
};

}  // namespace tributary::mapping
