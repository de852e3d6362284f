#include "connectors/kit/table/epoch.hpp"

#include <charconv>
#include <cmath>

#include "core/model/time.hpp"
#include "core/model/times.hpp"

namespace tributary::table {
namespace {

constexpr std::int64_t micros_per_day = 86'400'000'000;

/// Decimals are exact; a time needs no more than a double holds of the current centuries.
double number_of(const Value& count) {
    if (count.kind == Kind::integer) return static_cast<double>(count.integer);
    if (count.kind == Kind::real) return count.real;
    double number = std::nan("");
    if (count.kind == Kind::decimal)
        std::from_chars(count.view().data(), count.view().data() + count.view().size(), number);
    return number;
}

}  // namespace

std::string count_at(std::int64_t micros, std::int64_t unit) {
    return std::to_string(micros / unit - (micros % unit < 0 ? 1 : 0));
}

std::int64_t time_of_count(const Value& count, std::int64_t unit) {
    const double micros = number_of(count) * static_cast<double>(unit);
    const double last = static_cast<double>(last_day + 1) * static_cast<double>(micros_per_day);
    if (!(std::abs(micros) < last)) return no_time;
    return count.kind == Kind::integer ? count.integer * unit : std::llround(micros);
}

}  // namespace tributary::table
