#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace tributary {

/// SIGTERM and SIGINT as a call: the first asks to stop, a second ends the process at once. Made before any other
/// thread starts, so that every thread inherits the blocked signals; the waiting thread takes them.
class StopSignals {
  public:
    explicit StopSignals(std::function<void(int signal)> stop);
    ~StopSignals();

  private:
    std::function<void(int)> stop_;
    sigset_t signals_{};
    std::jthread thread_;
};

}  // namespace tributary
