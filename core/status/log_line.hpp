#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/status/log.hpp"

namespace tributary {

struct LogLine {
    LogLevel level = LogLevel::info;
    std::int64_t time = 0;
    std::string_view component;
    std::string_view message;
    std::span<const LogField> fields;
};

/// `transaction committed number=5 events=17`, without what stands in front (time and level, which the sink colours).
std::string text_line(const LogLine& line, const std::function<void(std::string&)>& redact);
/// `{"time":"…Z","level":"info","component":"commit","message":"transaction committed","number":5}`
std::string json_line(const LogLine& line, const std::function<void(std::string&)>& redact);

}  // namespace tributary
