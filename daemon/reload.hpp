#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/status/board.hpp"
#include "daemon/commands.hpp"

namespace tributary {

/// Takes a new configuration over while the daemon runs, or keeps the old one and says why. Everything that would
/// refuse a start is found out before: what lint finds, what contradicts the checkpoints, and columns of streams that
/// are to be read from their beginning. Works on a thread of its own.
class Reload {
  public:
    struct Setup {
        ConfigurationOptions configuration;
        bool watch = false;  ///< Also by itself, when the files change.
        /// As Instance::would_start.
        std::function<Result<std::vector<std::string>>(const Configuration&)> would_start;
        std::function<void()> take_over;
    };
    Reload(Setup setup, StatusBoard& board);
    ~Reload();

    void request();

  private:
    void work(const std::stop_token& stop);
    bool changed();
    void reload(const std::stop_token& stop);
    Result<> judge(const std::stop_token& stop) const;
    void refused(const std::string& why);

    Setup setup_;
    StatusBoard& board_;
    std::string read_;  ///< The files' text when they were read last.
    std::string seen_;  ///< When they were last looked at.

    std::mutex mutex_;  ///< Guards `asked_`.
    std::condition_variable_any woken_;
    bool asked_ = false;
    std::jthread thread_;
};

}  // namespace tributary
