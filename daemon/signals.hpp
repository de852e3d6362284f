#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace tributary {

/// Signals as calls: the first SIGTERM or SIGINT asks to stop, a second ends the process at once; SIGHUP asks to
/// reload. Made before any other thread starts, so that every thread inherits the blocked signals; the waiting thread
/// takes them, so what is called must not wait.
class Signals {
  public:
    /// Without `reload` SIGHUP does nothing: a terminal that closes ends no daemon; one that is to end gets SIGTERM.
    explicit Signals(std::function<void()> stop, std::function<void()> reload = {});
    ~Signals();

  private:
    void wait(const std::stop_token& ended);

    std::function<void()> stop_;
    std::function<void()> reload_;
    sigset_t signals_{};
    std::jthread thread_;
};

}  // namespace tributary
