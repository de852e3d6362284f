#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tributary {

/// Which lines were written lately, so that one that comes again at once is counted instead of written. Pure; remembers
/// at most `most_kinds` kinds of line, beyond which every line is written.
class Repeats {
  public:
    static constexpr std::size_t most_kinds = 256;

    /// What makes two lines the same.
    struct Kind {
        std::uint8_t level = 0;
        std::string component = {};
        std::string message = {};
        std::string source = {};
        std::string feed = {};
        std::string stream = {};
        std::string code = {};
        auto operator<=>(const Kind&) const = default;
    };
    struct Held {
        Kind kind;
        std::uint64_t times = 0;
    };

    explicit Repeats(std::int64_t window) : window_(window) {}

    /// True: write it. False: it was written less than a window ago and is counted.
    bool pass(const Kind& kind, std::int64_t now);
    /// Forgets the kinds whose window is over; returns those of which lines were held back.
    std::vector<Held> expire(std::int64_t now);
    /// Forgets everything.
    std::vector<Held> expire_all();

  private:
    struct Entry {
        std::int64_t written = 0;
        std::uint64_t held = 0;
    };

    std::int64_t window_;
    std::map<Kind, Entry> kinds_;
};

}  // namespace tributary
