#include "daemon/signals.hpp"

#include <csignal>
#include <ctime>

#include <unistd.h>

#include <cstring>

#include "core/status/log.hpp"

namespace tributary {

Signals::Signals(std::function<void()> stop, std::function<void()> reload)
    : stop_(std::move(stop)), reload_(std::move(reload)) {
    std::signal(SIGHUP, reload_ ? SIG_DFL : SIG_IGN);  // what is ignored is never waited for
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    if (reload_) sigaddset(&signals_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::jthread([this](const std::stop_token& ended) { wait(ended); });
}

void Signals::wait(const std::stop_token& ended) {
    bool asked = false;
    while (!ended.stop_requested()) {
        const timespec slice{0, 200'000'000};
        siginfo_t from{};
        const int signal = sigtimedwait(&signals_, &from, &slice);
        if (signal <= 0) continue;
        // whoever wonders why it ended finds here who asked
        log_info("run", signal == SIGHUP ? "asked to reload" : "asked to stop",
                 {{"signal", sigabbrev_np(signal)}, {"by_pid", from.si_pid}});
        if (signal == SIGHUP) {
            reload_();
            continue;
        }
        if (asked) ::_exit(128 + signal);
        asked = true;
        stop_();
    }
}

Signals::~Signals() { thread_.request_stop(); }

}  // namespace tributary
