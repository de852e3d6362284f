#include "daemon/timer.hpp"

#include <condition_variable>
#include <mutex>

namespace tributary {

Timer::Timer(std::chrono::milliseconds wait, std::function<void()> due)
    : thread_([wait, due = std::move(due)](std::stop_token ended) {
          std::mutex own;
          std::unique_lock lock(own);
          std::condition_variable_any never;
          never.wait_for(lock, ended, wait, [] { return false; });
          if (!ended.stop_requested()) due();
      }) {}

}  // namespace tributary
