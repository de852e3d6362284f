#include "connectors/erpnext/stamps.hpp"

#include <algorithm>
#include <array>

#include "core/model/times.hpp"

namespace tributary::erpnext {

std::string stamp_text(std::int64_t local) {
    constexpr std::int64_t first = first_day * micros_per_day;
    constexpr std::int64_t last = (last_day + 1) * micros_per_day - 1;
    std::array<char, instant_size> text{};
    char* const end = write_instant(std::clamp(local, first, last), text.data());
    std::string stamp(text.data(), end - 1);  // without the Z
    stamp[day_size] = ' ';
    return stamp;
}

std::optional<std::int64_t> read_stamp(std::string_view text) {
    const auto stamp = parse_timestamp(text);
    if (!stamp || stamp->zoned) return std::nullopt;
    return stamp->micros;
}

}  // namespace tributary::erpnext
