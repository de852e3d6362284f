#include "daemon/signals.hpp"

#include <csignal>
#include <ctime>

#include <unistd.h>

#include <cstring>

#include "core/status/log.hpp"

namespace tributary {

StopSignals::StopSignals(std::function<void(int)> stop) : stop_(std::move(stop)) {
    // a terminal that closes ends no daemon; one that is to end gets SIGTERM
    std::signal(SIGHUP, SIG_IGN);
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::jthread([this](std::stop_token ended) {
        bool asked = false;
        while (!ended.stop_requested()) {
            const timespec slice{0, 200'000'000};
            siginfo_t from{};
            const int signal = sigtimedwait(&signals_, &from, &slice);
            if (signal <= 0) continue;
            // whoever wonders why it ended finds here who asked
            log_info("run", "asked to stop", {{"signal", sigabbrev_np(signal)}, {"by_pid", from.si_pid}});
            if (asked) ::_exit(128 + signal);
            asked = true;
            stop_(signal);
        }
    });
}

StopSignals::~StopSignals() { thread_.request_stop(); }

}  // namespace tributary
