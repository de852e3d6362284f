#include "core/runtime/cache_questions.hpp"

#include <catch2/catch.hpp>

#include "core/settings/tests/temporary_directory.hpp"

namespace tributary {
namespace {

std::vector<std::string> all_keys(CacheQuestions& questions, const StreamNos& stream, std::size_t most) {
    std::vector<std::string> all;
    KnownKeys::Place from;
    for (;;) {
        const auto page = questions.keys(stream, from, most);
        REQUIRE(page);
        all.insert(all.end(), page->keys.begin(), page->keys.end());
        if (page->end) return all;
        from = page->next;
    }
}

TEST_CASE("a row that makes several entities is known once, by whichever of them there is", "[comparison]") {
    const TemporaryDirectory directory;
    const auto opened = Store::open(directory.path() / "state.db", {});
    REQUIRE(opened);
    Store& store = **opened;
    constexpr StreamNo whole = 1, first = 2, second = 3, other = 4;
    const auto state = [&](StreamNo stream, std::string_view key) {
        REQUIRE(store.write(StateWrite{stream, key, false, false, {0, {1, 2}, "{}"}}));
    };
    const auto reject = [&](StreamNo stream, std::string_view key) {
        REQUIRE(store.write(AsideWrite{stream, key, false, {7}}));
    };
    for (const char* const key : {"1", "2", "x"}) state(first, key);
    for (const char* const key : {"2", "3", "x"}) state(second, key);
    for (const char* const key : {"1", "4", "#hash"}) reject(whole, key);
    for (const char* const key : {"3", "5"}) reject(second, key);
    state(other, "6");

    CacheQuestions questions;
    questions.on_question([&] { questions.answer(store); });
    for (const std::size_t most : {1, 2, 100})
        CHECK(all_keys(questions, {whole, first, second}, most) ==
              std::vector<std::string>{"1", "4", "2", "x", "3", "5"});
    CHECK(all_keys(questions, {first}, 2) == std::vector<std::string>{"1", "2", "x"});
}

TEST_CASE("a listed row is news when its key or its version is not known", "[cache]") {
    const TemporaryDirectory directory;
    const auto opened = Store::open(directory.path() / "state.db", {});
    REQUIRE(opened);
    Store& store = **opened;
    constexpr StreamNo whole = 1, part = 2;
    const RowVersion old = row_version("2026-01-01"), recent = row_version("2026-01-02");
    const auto state = [&](StreamNo stream, std::string_view key, RowVersion version) {
        REQUIRE(store.write(StateWrite{stream, key, false, false, {0, {1, 2}, "{}", version}}));
    };
    state(whole, "1", old);
    state(whole, "x", old);
    state(whole, "3", 0);
    state(part, "4", recent);
    // rejected in its newer version, and one that says nothing
    state(whole, "5", old);
    REQUIRE(store.write(AsideWrite{whole, "5", false, {7, recent}}));
    REQUIRE(store.write(AsideWrite{whole, "6", false, {Aside::says_nothing, recent}}));
    CHECK(store.rejects(whole) == 1);

    CacheQuestions questions;
    questions.on_question([&] { questions.answer(store); });
    const auto news = [&](const std::vector<ListedKey>& listed) {
        std::string keys;
        const auto found = questions.news({whole, part}, listed);
        REQUIRE(found);
        for (const ListedKey& one : *found) keys += one.key;
        return keys;
    };
    CHECK(news({{"1", old}, {"x", old}, {"4", recent}, {"5", recent}, {"6", recent}}).empty());
    CHECK(news({{"1", recent}, {"x", recent}, {"3", recent}, {"4", old}, {"5", old}, {"6", old}}) == "1x3456");
    CHECK(news({{"1", 0}, {"3", 0}, {"5", 0}, {"7", 0}, {"y", old}}) == "7y");
}

}  // namespace
}  // namespace tributary
