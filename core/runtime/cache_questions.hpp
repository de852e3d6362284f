#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/comparison/known_keys.hpp"
#include "core/store/store.hpp"

namespace tributary {

/// Lets the feeds' threads ask the cache, which only the commit loop may touch: a question waits in a list, the commit
/// loop answers it between two steps. Whoever asks waits for a moment at most; a question that was given up is dropped.
/// Thread-safe.
class CacheQuestions final : public KnownKeys {
  public:
    explicit CacheQuestions(std::int64_t patience_micros = 500'000) : patience_(patience_micros) {}

    Result<Page> keys(const StreamNos& stream, const Place& from, std::size_t most) override;
    Result<std::vector<ListedKey>> news(const StreamNos& stream, const std::vector<ListedKey>& keys) override;

    /// Called, outside the lock, when there is a question.
    void on_question(std::function<void()> wake) { wake_ = std::move(wake); }
    /// By the owner of the store: answers what was asked since the last call.
    void answer(Store& store);

  private:
    struct Question {
        std::function<void(Store&)> ask;
        bool answered = false;
        bool given_up = false;
    };
    bool put(const std::shared_ptr<Question>& question);

    std::int64_t patience_;
    std::function<void()> wake_;
    std::mutex mutex_;  ///< Guards everything below and the questions' flags.
    std::condition_variable answered_;
    std::vector<std::shared_ptr<Question>> waiting_;
};

}  // namespace tributary
