#include "core/runtime/cache_questions.hpp"

#include <chrono>
#include <utility>

namespace tributary {

namespace {

using Page = KnownKeys::Page;

Error busy() { return {Verdict::retry, "cache_busy", "the cache does not answer now"}; }

/// Keys of states, then those of rejects that have no state; a reject without a key of its own names no row.
Result<Page> page_of(Store& store, StreamNo stream, const KnownKeys::Place& from, std::size_t most) {
    auto keys =
        from.rejects ? store.reject_keys_after(stream, from.after, most) : store.keys_after(stream, from.after, most);
    if (!keys) return std::unexpected(keys.error());
    Page page;
    page.next = from;
    if (!keys->empty()) page.next.after = keys->back();
    if (keys->size() < most) {
        page.end = from.rejects;
        page.next = {true, {}};
    }
    if (!from.rejects) {
        page.keys = std::move(*keys);
        return page;
    }
    Arena arena;
    for (std::string& key : *keys) {
        if (key.starts_with('#')) continue;
        auto state = store.find(stream, key, arena);
        if (!state) return std::unexpected(state.error());
        if (!*state) page.keys.push_back(std::move(key));
    }
    return page;
}

Result<std::vector<std::string>> unknown_of(Store& store, StreamNo stream, const std::vector<std::string>& keys) {
    std::vector<std::string> unknown;
    for (const std::string& key : keys) {
        auto known = store.knows(stream, key);
        if (!known) return std::unexpected(known.error());
        if (!*known) unknown.push_back(key);
    }
    return unknown;
}

}  // namespace

bool CacheQuestions::put(const std::shared_ptr<Question>& question) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(question);
    lock.unlock();
    if (wake_) wake_();
    lock.lock();
    answered_.wait_for(lock, std::chrono::microseconds(patience_), [&] { return question->answered; });
    question->given_up = !question->answered;
    return question->answered;
}

Result<Page> CacheQuestions::keys(StreamNo stream, const Place& from, std::size_t most) {
    auto answer = std::make_shared<Result<Page>>(std::unexpected(busy()));
    auto question = std::make_shared<Question>();
    question->ask = [=](Store& store) { *answer = page_of(store, stream, from, most); };
    if (!put(question)) return std::unexpected(busy());
    return std::move(*answer);
}

Result<std::vector<std::string>> CacheQuestions::unknown(StreamNo stream, const std::vector<std::string>& keys) {
    auto answer = std::make_shared<Result<std::vector<std::string>>>(std::unexpected(busy()));
    auto question = std::make_shared<Question>();
    question->ask = [=](Store& store) { *answer = unknown_of(store, stream, keys); };
    if (!put(question)) return std::unexpected(busy());
    return std::move(*answer);
}

void CacheQuestions::answer(Store& store) {
    std::unique_lock lock(mutex_);
    const auto asked = std::exchange(waiting_, {});
    for (const auto& question : asked) {
        if (question->given_up) continue;
        lock.unlock();
        question->ask(store);
        lock.lock();
        question->answered = true;
    }
    if (!asked.empty()) answered_.notify_all();
}

}  // namespace tributary
