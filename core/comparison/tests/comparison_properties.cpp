#include <catch2/catch.hpp>

#include "core/comparison/tests/model.hpp"
#include "core/settings/tests/temporary_directory.hpp"

namespace tributary::comparison::test {
namespace {

constexpr std::int64_t keys = 120;

Comparison::Setup setup_of(std::uint64_t seed) {
    Comparison::Setup setup;
    setup.name = "shop/orders";
    setup.deletes = true;
    setup.policy = {.every = 1, .at_most = 1, .always = 1000};
    setup.seed = seed;
    setup.key_of = Model::key_of;
    // small enough that every schedule crosses pages and parts
    setup.listed_page = 1 + seed % 17;
    setup.known_page = 1 + seed % 11;
    setup.fetched_page = 1 + seed % 5;
    setup.most_seen = seed % 3 == 0 ? 40 : 1000;
    setup.settle_check = 1;
    return setup;
}

struct Trouble {
    std::size_t false_deletes = 0;
    bool disagrees = false;
};

void write_something(Model& model) {
    const std::int64_t key = 1 + model.below(keys);
    const auto what = model.below(10);
    if (what < 5)
        model.table.erase(key);
    else
        model.put(key, what == 9);
    // the table is never empty: that is the guard's business
    model.put(0);
}

/// Writers between all steps while comparisons run; then one undisturbed comparison.
Trouble run(std::uint64_t seed, bool ask_again = true) {
    const TemporaryDirectory directory;
    const ComparisonNotes notes(directory.path());
    Model model(seed);
    model.busy_one_in = 9;
    model.fetches_nothing = !ask_again;
    Comparison comparison(setup_of(seed), model, notes);
    for (std::int64_t key = 0; key < keys / 2; ++key) model.put(key);
    model.poll();
    model.commit();
    std::int64_t now = 1;
    const auto step = [&] {
        ++now;
        auto outcome = comparison.step(model, {now, model.polls, model.settled()}, {});
        if (outcome) model.hand_over(*outcome);
    };
    for (int turn = 0; turn < 600; ++turn) {
        if (model.below(3) == 0) write_something(model);
        if (model.below(6) == 0) model.poll();
        if (model.below(4) == 0) model.commit(static_cast<std::size_t>(model.below(5)));
        step();
    }
    Trouble trouble{model.false_deletes, false};
    for (int turn = 0; turn < 4000; ++turn) {
        if (turn % 2 == 0) model.poll();
        model.commit();
        step();
    }
    trouble.disagrees = !model.agrees();
    return trouble;
}

TEST_CASE("rows inserted, deleted and inserted again while keys are compared: no false delete, and every true one",
          "[comparison]") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        const Trouble trouble = run(seed);
        REQUIRE(trouble.false_deletes == 0);
        REQUIRE_FALSE(trouble.disagrees);
    }
}

TEST_CASE("the property notices a comparison that does not ask for a missing key once more", "[comparison][mutant]") {
    std::size_t false_deletes = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) false_deletes += run(seed, false).false_deletes;
    CHECK(false_deletes > 0);
}

}  // namespace
}  // namespace tributary::comparison::test
