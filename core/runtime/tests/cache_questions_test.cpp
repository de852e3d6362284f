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
        REQUIRE(store.write(RejectWrite{stream, key, false, 7}));
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
    const auto unknown = questions.unknown({whole, first, second}, {"1", "3", "4", "5", "6", "y"});
    REQUIRE(unknown);
    CHECK(*unknown == std::vector<std::string>{"6", "y"});
}

}  // namespace
}  // namespace tributary
