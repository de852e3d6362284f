#include "core/status/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include "core/status/log_line.hpp"
#include "core/status/repeats.hpp"

namespace tributary {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::off:
            return spdlog::level::off;
    }
    return spdlog::level::off;
}

std::unique_ptr<spdlog::logger> make_logger(const LogSettings& settings) {
    auto sink = settings.sink ? settings.sink : std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    auto logger = std::make_unique<spdlog::logger>("tributary", std::move(sink));
    // the level is judged before, so that a line that nobody wants costs one comparison
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::warn);
    if (settings.format == LogFormat::json)
        logger->set_pattern("%v", spdlog::pattern_time_type::utc);
    else
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v", spdlog::pattern_time_type::utc);
    return logger;
}

class Log {
  public:
    void start(LogSettings settings) {
        const std::lock_guard lock(mutex_);
        logger_ = make_logger(settings);
        repeats_ = Repeats(settings.repeat_window);
        settings_ = std::move(settings);
    }

    void write(LogLevel level, std::string_view component, std::string_view message, LogFields fields) {
        const std::lock_guard lock(mutex_);
        const LogLine line{level, settings_.clock(), component, message, {fields.begin(), fields.size()}};
        for (const auto& each : repeats_.expire(line.time)) write_held(each, line.time);
        if (level >= LogLevel::warning && !repeats_.pass(kind_of(line), line.time)) return;
        write(line);
    }

    void flush() {
        const std::lock_guard lock(mutex_);
        const auto now = settings_.clock();
        for (const auto& each : repeats_.expire_all()) write_held(each, now);
        logger_->flush();
    }

  private:
    static Repeats::Kind kind_of(const LogLine& line) {
        Repeats::Kind kind{.level = static_cast<std::uint8_t>(line.level),
                           .component = std::string(line.component),
                           .message = std::string(line.message)};
        for (const LogField& field : line.fields) {
            const auto* text = std::get_if<std::string_view>(&field.value);
            if (text == nullptr) continue;
            if (field.name == "source") kind.source = *text;
            if (field.name == "feed") kind.feed = *text;
            if (field.name == "stream") kind.stream = *text;
            if (field.name == "code") kind.code = *text;
        }
        return kind;
    }

    void write_held(const Repeats::Held& held, std::int64_t now) {
        std::vector<LogField> fields{{"repeated", held.times}};
        if (!held.kind.source.empty()) fields.emplace_back("source", held.kind.source);
        if (!held.kind.feed.empty()) fields.emplace_back("feed", held.kind.feed);
        if (!held.kind.stream.empty()) fields.emplace_back("stream", held.kind.stream);
        if (!held.kind.code.empty()) fields.emplace_back("code", held.kind.code);
        write({static_cast<LogLevel>(held.kind.level), now, held.kind.component, held.kind.message, fields});
    }

    void write(const LogLine& line) {
        const std::string text =
            settings_.format == LogFormat::json ? json_line(line, settings_.redact) : text_line(line, settings_.redact);
        const std::chrono::system_clock::time_point at{std::chrono::microseconds(line.time)};
        logger_->log(at, spdlog::source_loc{}, spdlog_level(line.level), spdlog::string_view_t(text));
    }

    std::mutex mutex_;
    LogSettings settings_;
    Repeats repeats_{settings_.repeat_window};
    std::unique_ptr<spdlog::logger> logger_ = make_logger(settings_);
};

/// Never destroyed: other threads may still log while the process ends.
Log& the_log() {
    static Log& log = *new Log;
    return log;
}

constexpr std::array level_names{"debug", "info", "warning", "error", "off"};

}  // namespace

std::string_view name_of(LogLevel level) { return level_names[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> log_level_of(std::string_view name) {
    const auto found = std::ranges::find(level_names, name);
    if (found == level_names.end()) return std::nullopt;
    return static_cast<LogLevel>(found - level_names.begin());
}

void start_log(LogSettings settings) {
    set_log_level(settings.level);
    the_log().start(std::move(settings));
}

void flush_log() { the_log().flush(); }

void set_log_level(LogLevel level) { detail::least_level.store(level, std::memory_order_relaxed); }

void write_log(LogLevel level, std::string_view component, std::string_view message, LogFields fields) {
    the_log().write(level, component, message, fields);
}

}  // namespace tributary
