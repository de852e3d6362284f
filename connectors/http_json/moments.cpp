#include "connectors/http_json/moments.hpp"

#include <array>

#include "core/model/time.hpp"
#include "core/model/times.hpp"

namespace tributary::http_json {
namespace {

std::int64_t floor_to(std::int64_t micros, std::int64_t unit) {
    const std::int64_t rest = micros % unit;
    return micros - rest - (rest < 0 ? unit : 0);
}

}  // namespace

std::string Moments::write(std::int64_t micros) const {
    if (format_ == MomentFormat::seconds)
        return std::to_string(floor_to(micros, micros_per_second) / micros_per_second);
    if (format_ == MomentFormat::milliseconds) return std::to_string(floor_to(micros, 1'000) / 1'000);
    if (format_ == MomentFormat::date) {
        std::array<char, day_size> text{};
        const std::int64_t local = zone_ ? zone_->earliest_from(micros) : micros;
        return {text.data(), write_day(floor_to(local, micros_per_day) / micros_per_day, text.data())};
    }
    const bool local = format_ == MomentFormat::local;
    if (local && zone_) micros = zone_->earliest_from(micros);
    if (format_ != MomentFormat::iso) micros = floor_to(micros, micros_per_second);
    std::array<char, instant_size> text{};
    char* const end =
        format_ == MomentFormat::iso ? write_instant(micros, text.data()) : write_short_instant(micros, text.data());
    std::string written(text.data(), end);
    if (!local) return written;
    written.pop_back();  // the Z
    written[day_size] = ' ';
    return written;
}

std::int64_t Moments::read(const Value& value) {
    if (value.kind == Kind::integer) {
        const std::int64_t unit = format_ == MomentFormat::seconds        ? micros_per_second
                                  : format_ == MomentFormat::milliseconds ? 1'000
                                                                          : 0;
        std::int64_t micros = 0;
        return unit == 0 || __builtin_mul_overflow(value.integer, unit, &micros) ? no_time : micros;
    }
    if (value.kind != Kind::text) return no_time;
    const auto stamp = parse_timestamp(value.view());
    if (!stamp) return no_time;
    return stamp->zoned || !zone_ ? stamp->micros : zone_->to_utc(stamp->micros);
}

}  // namespace tributary::http_json
