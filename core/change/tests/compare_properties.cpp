#include <catch2/catch.hpp>

#include "core/change/change.hpp"
#include "core/change/tests/documents.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::uint64_t seeds = 1500;

struct Pair {
    Json before;
    Json after;
    std::string before_text;
    std::string after_text;

    explicit Pair(std::uint64_t seed) {
        Random random(seed);
        before = random_object(random, 3);
        after = before;
        for (auto mutations = pick(random, 5); mutations > 0; --mutations) after = mutated(after, random);
        if (pick(random, 20) == 0) after = random_object(random, 3);
        before_text = spelled(before, random);
        after_text = spelled(after, random);
    }
};

template <typename Check>
void for_each_pair(const Check& check) {
    ChangeDetector detector;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Pair pair(seed);
        INFO("seed " << seed << "\nbefore " << pair.before_text << "\nafter  " << pair.after_text);
        Change change;
        const bool differs = detector.compare(pair.before_text, pair.after_text, change);
        check(pair, differs, change);
    }
}

bool leads_into(std::string_view pointer, std::string_view other) {
    return other.starts_with(pointer) && (other.size() == pointer.size() || other[pointer.size()] == '/');
}

}  // namespace

TEST_CASE("Documents are silent exactly when their canonical forms are equal", "[change]") {
    int silent = 0;
    for_each_pair([&](const Pair& pair, bool differs, const Change&) {
        REQUIRE(differs == (canonical(pair.before) != canonical(pair.after)));
        silent += differs ? 0 : 1;
    });
    // the generator must show both sides
    CHECK(silent > static_cast<int>(seeds) / 20);
    CHECK(silent < static_cast<int>(seeds) / 2);
}

TEST_CASE("Every pointer leads somewhere: into after, or into before when the member went", "[change]") {
    int gone = 0;
    for_each_pair([&](Pair& pair, bool differs, const Change& change) {
        if (!differs) return;
        bool only_gone = false;
        for (const auto& pointer : change.changed) {
            CAPTURE(pointer);
            const auto* now = resolve(pair.after, pointer);
            const auto* was = resolve(pair.before, pointer);
            REQUIRE((now != nullptr || was != nullptr));
            if (now != nullptr && was != nullptr) REQUIRE(canonical(*now) != canonical(*was));
            REQUIRE((now == nullptr || !only_gone));
            only_gone = now == nullptr;
            gone += only_gone ? 1 : 0;
        }
    });
    CHECK(gone > 100);
}

TEST_CASE("The named changes, taken from after and put into before, give after", "[change]") {
    for_each_pair([](Pair& pair, bool differs, const Change& change) {
        if (!differs) return;
        auto patched = pair.before;
        for (const auto& pointer : change.changed) apply(pointer, pair.after, patched);
        REQUIRE(canonical(patched) == canonical(pair.after));
    });
}

TEST_CASE("No named change lies within another", "[change]") {
    for_each_pair([](const Pair&, bool differs, const Change& change) {
        if (!differs) return;
        for (std::size_t i = 0; i < change.changed.size(); ++i)
            for (std::size_t j = 0; j < change.changed.size(); ++j)
                if (i != j) REQUIRE_FALSE(leads_into(change.changed[i], change.changed[j]));
    });
}

TEST_CASE("What differs one way differs the other way, and a fresh detector says the same", "[change]") {
    for_each_pair([](const Pair& pair, bool differs, const Change& change) {
        Change back;
        Change again;
        REQUIRE(compare(pair.after_text, pair.before_text, back) == differs);
        REQUIRE(compare(pair.before_text, pair.after_text, again) == differs);
        if (!differs) return;
        REQUIRE(again.changed == change.changed);
        REQUIRE(again.type == change.type);
    });
}

TEST_CASE("A change is a status change exactly when the status differs", "[change]") {
    int status_changes = 0;
    for_each_pair([&](Pair& pair, bool differs, const Change& change) {
        if (!differs) return;
        const auto* was = pair.before.find("status");
        const auto* is = pair.after.find("status");
        const bool changed =
            (was == nullptr) != (is == nullptr) || (is != nullptr && canonical(*was) != canonical(*is));
        REQUIRE(change.type == (changed ? ChangeType::status_changed : ChangeType::updated));
        status_changes += changed ? 1 : 0;
    });
    CHECK(status_changes > 100);
}
