#include "core/runtime/cache_questions.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace tributary {

namespace {

using Page = KnownKeys::Page;

Error busy() { return {Verdict::retry, "cache_busy", "the cache does not answer now"}; }

/// A row of several parts is known in a version when one of them is: they are made together.
Result<Known> known_to(Store& store, std::span<const StreamNo> stream, const std::string& key, RowVersion version) {
    Known all = Known::no;
    for (const StreamNo no : stream) {
        const auto known = store.known(no, key, version);
        if (!known || *known == Known::yes) return known;
        all = std::max(all, *known);
    }
    return all;
}

/// Whether a list before this one names the key as well.
Result<bool> named_before(Store& store, const StreamNos& stream, std::size_t list, const std::string& key) {
    const auto known = known_to(store, std::span(stream).first(list / 2), key, 0);
    if (!known) return std::unexpected(known.error());
    if (*known != Known::no) return true;
    if (list % 2 == 0) return false;
    Arena arena;
    const auto state = store.find(stream[list / 2], key, arena);
    if (!state) return std::unexpected(state.error());
    return state->has_value();
}

/// A page of one list: of states, or of rejects, where one without a key of its own names no row.
Result<Page> page_of(Store& store, const StreamNos& stream, const KnownKeys::Place& from, std::size_t most) {
    const bool rejects = from.list % 2 == 1;
    const StreamNo no = stream[from.list / 2];
    auto keys = rejects ? store.aside_keys_after(no, from.after, most) : store.keys_after(no, from.after, most);
    if (!keys) return std::unexpected(keys.error());
    Page page;
    page.next = from;
    if (!keys->empty()) page.next.after = keys->back();
    if (keys->size() < most) {
        page.next = {from.list + 1, {}};
        page.end = page.next.list == 2 * stream.size();
    }
    for (std::string& key : *keys) {
        if (rejects && key.starts_with('#')) continue;
        const auto named = from.list == 0 ? Result<bool>(false) : named_before(store, stream, from.list, key);
        if (!named) return std::unexpected(named.error());
        if (!*named) page.keys.push_back(std::move(key));
    }
    return page;
}

Result<std::vector<ListedKey>> news_of(Store& store, const StreamNos& stream, const std::vector<ListedKey>& keys) {
    std::vector<ListedKey> news;
    for (const ListedKey& one : keys) {
        const auto known = known_to(store, stream, one.key, one.version);
        if (!known) return std::unexpected(known.error());
        if (*known != Known::yes) news.push_back(one);
    }
    return news;
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

Result<Page> CacheQuestions::keys(const StreamNos& stream, const Place& from, std::size_t most) {
    auto answer = std::make_shared<Result<Page>>(std::unexpected(busy()));
    auto question = std::make_shared<Question>();
    question->ask = [=](Store& store) { *answer = page_of(store, stream, from, most); };
    if (!put(question)) return std::unexpected(busy());
    return std::move(*answer);
}

Result<std::vector<ListedKey>> CacheQuestions::news(const StreamNos& stream, const std::vector<ListedKey>& keys) {
    auto answer = std::make_shared<Result<std::vector<ListedKey>>>(std::unexpected(busy()));
    auto question = std::make_shared<Question>();
    question->ask = [=](Store& store) { *answer = news_of(store, stream, keys); };
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
