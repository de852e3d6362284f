#include "core/status/failpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace tributary {

namespace detail {

std::atomic<bool> failpoints_armed{false};

namespace {

/// Steps of both loops, in the order they are met.
constexpr std::array<std::string_view, 12> declared = {
    "pull.after_read",      "pull.after_map",     "commit.compared",     "commit.begun",
    "commit.half_produced", "commit.produced",    "kafka.before_commit", "kafka.after_commit",
    "commit.before_store",  "commit.after_store", "commit.after_notify", "kafka.after_init",
};

std::string armed_name;
std::atomic<long> remaining{0};

}  // namespace

void hit_failpoint(std::string_view name) {
    if (name == armed_name && remaining.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace detail

bool arm_failpoints() {
    const char* setting = std::getenv("TRIBUTARY_FAILPOINT");
    if (setting == nullptr || *setting == '\0') return true;
    const std::string_view text(setting);
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (std::ranges::find(detail::declared, name) == detail::declared.end()) return false;
    long count = 1;
    if (colon != std::string_view::npos) {
        const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), count);
        if (error != std::errc{} || end != text.data() + text.size() || count < 1) return false;
    }
    detail::armed_name = name;
    detail::remaining = count;
    detail::failpoints_armed = true;
    return true;
}

}  // namespace tributary
