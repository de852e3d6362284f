#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/model/time.hpp"

namespace spdlog::sinks {
class sink;
}

namespace tributary {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };
enum class LogFormat : std::uint8_t { text, json };

std::string_view name_of(LogLevel level);
std::optional<LogLevel> log_level_of(std::string_view name);

/// `name=value` of a log line. Holds a view: only to be built in the call.
struct LogField {
    using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

    template <std::integral T>
    LogField(std::string_view field, T number) : name(field), value(of(number)) {}
    LogField(std::string_view field, double number) : name(field), value(number) {}
    LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
    LogField(std::string_view field, const std::string& text) : name(field), value(std::string_view(text)) {}
    LogField(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}

    std::string_view name;  ///< `lower_snake_case`
    Value value;

  private:
    template <std::integral T>
    static Value of(T number) {
        if constexpr (std::same_as<T, bool>)
            return number;
        else if constexpr (std::signed_integral<T>)
            return static_cast<std::int64_t>(number);
        else
            return static_cast<std::uint64_t>(number);
    }
};

using LogFields = std::initializer_list<LogField>;

struct LogSettings {
    LogFormat format = LogFormat::text;
    LogLevel level = LogLevel::info;
    /// Sees the message and every text value before they are escaped, and takes secrets out.
    std::function<void(std::string&)> redact = {};
    Clock clock = wall_clock();
    std::shared_ptr<spdlog::sinks::sink> sink = {};  ///< Empty: standard error, coloured on a terminal.
    std::int64_t repeat_window = 10'000'000;         ///< A warning or error that repeats within it is only counted.
};

/// Sets the log up; before it is called, lines of `info` and above go to standard error as text. Not while other
/// threads log.
void start_log(LogSettings settings);
/// Writes what was only counted so far, and flushes. Before the process ends.
void flush_log();
void set_log_level(LogLevel level);

/// Writes one line, from any thread. Warnings and errors that are identical (level, component, message and the fields
/// `source`, `feed`, `stream` and `code`) within the repeat window are counted; the count is written with the next line
/// after it. Rules: no content of rows at `info` and above, `message` is a fixed text, whatever varies is a field.
///
///     log_info("commit", "transaction committed", {{"number", number}, {"events", events}});
///     log_warning("pull", "source failed", {{"source", name}, {"code", error.code}, {"reason", error.what}});
void write_log(LogLevel level, std::string_view component, std::string_view message, LogFields fields);

namespace detail {
inline std::atomic<LogLevel> least_level{LogLevel::info};
}

inline bool logs(LogLevel level) { return level >= detail::least_level.load(std::memory_order_relaxed); }

inline void log_debug(std::string_view component, std::string_view message, LogFields fields = {}) {
    if (logs(LogLevel::debug)) write_log(LogLevel::debug, component, message, fields);
}
inline void log_info(std::string_view component, std::string_view message, LogFields fields = {}) {
    if (logs(LogLevel::info)) write_log(LogLevel::info, component, message, fields);
}
inline void log_warning(std::string_view component, std::string_view message, LogFields fields = {}) {
    if (logs(LogLevel::warning)) write_log(LogLevel::warning, component, message, fields);
}
inline void log_error(std::string_view component, std::string_view message, LogFields fields = {}) {
    if (logs(LogLevel::error)) write_log(LogLevel::error, component, message, fields);
}

}  // namespace tributary
