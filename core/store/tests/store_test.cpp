#include "core/store/store.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <random>

#include "core/settings/tests/temporary_directory.hpp"
#include "core/store/state_directory.hpp"

namespace tributary {
namespace {

using Model = std::map<std::pair<StreamNo, std::string>, std::string>;

std::string key_of(std::mt19937& random) {
    const auto number = std::to_string(random() % 60);
    return random() % 4 == 0 ? "k" + number : number;
}

StateWrite state(StreamNo stream, const std::string& key, const std::string& document) {
    return {stream, key, false, false, {0, {1, 2}, document}};
}

std::string found(Store& store, StreamNo stream, const std::string& key) {
    Arena arena;
    const auto state = store.find(stream, key, arena);
    REQUIRE(state);
    return *state ? std::string((*state)->document) : std::string();
}

std::unique_ptr<Store> open(const TemporaryDirectory& directory) {
    auto store = Store::open(directory.path() / "state.db", {});
    REQUIRE(store);
    return std::move(*store);
}

/// No file of this process may grow beyond `bytes`, as if the disk were full.
class SmallDisk {
  public:
    explicit SmallDisk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit small{bytes, before_.rlim_max};
        REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    }
    ~SmallDisk() {
        (void)setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, signal_);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

  private:
    rlimit before_{};
    void (*signal_)(int);
};

TEST_CASE("a transaction that lost rows while it was read is not committed", "[store]") {
    const TemporaryDirectory directory;
    auto store = open(directory);
    REQUIRE(store->write(state(1, "1", "{}")));
    REQUIRE(store->commit({1, 1, {}}));
    const std::string large(8192, 'x');
    bool lost = false;
    {
        // SQLite keeps some 32 MB in memory and then writes what is not committed yet into its log
        const SmallDisk disk(rlim_t{4} << 20);
        for (int key = 2; key < 20'000 && !lost; ++key) {
            REQUIRE(store->write(state(1, std::to_string(key), large)));
            Arena arena;
            lost = !store->find(1, std::to_string(key), arena);
        }
    }
    REQUIRE(lost);
    CHECK_FALSE(store->commit({2, 1, {}}));
    CHECK(store->commit_number() == 1);
    store->rollback();
    REQUIRE(store->write(state(1, "2", "{\"again\":1}")));
    REQUIRE(store->commit({2, 1, {}}));
    store = nullptr;
    store = open(directory);
    CHECK(store->commit_number() == 2);
    CHECK(found(*store, 1, "1") == "{}");
    CHECK(found(*store, 1, "2") == "{\"again\":1}");
    CHECK(found(*store, 1, "3").empty());
}

TEST_CASE("the cache is its owner's alone, as customers are in it", "[store]") {
    const TemporaryDirectory parent;
    const auto directory = parent.path() / "made" / "state";
    const auto held = StateDirectory::lock(directory);
    REQUIRE(held);
    auto store = Store::open(directory / "state.db", {});
    REQUIRE(store);
    const auto rights = [](const std::filesystem::path& path) { return std::filesystem::status(path).permissions(); };
    using std::filesystem::perms;
    CHECK(rights(directory) == perms::owner_all);
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        INFO(file.path());
        CHECK((rights(file.path()) & (perms::group_all | perms::others_all)) == perms::none);
        ++files;
    }
    CHECK(files > 1);
}

TEST_CASE("what was written is found at once, whatever is still on its way into SQLite", "[store]") {
    std::mt19937 random(7);
    for (int schedule = 0; schedule < 20; ++schedule) {
        const TemporaryDirectory directory;
        auto store = open(directory);
        Model now;
        Model committed;
        for (int step = 0; step < 600; ++step) {
            const auto stream = static_cast<StreamNo>(1 + random() % 2);
            const std::string key = key_of(random);
            const auto model = now.find({stream, key});
            CAPTURE(schedule, step, stream, key);
            switch (random() % 16) {
                case 0:
                    REQUIRE(store->write(StateWrite{stream, key, true, false, {0, {1, 2}, ""}}));
                    now.erase({stream, key});
                    break;
                case 1:
                    REQUIRE(store->commit({static_cast<std::uint64_t>(step), 1, {}}));
                    committed = now;
                    break;
                case 2:
                    store->rollback();
                    now = committed;
                    break;
                case 3:
                    if (!store->rejects()) store = nullptr, store = open(directory), now = committed;
                    break;
                case 4:
                    CHECK(store->known(stream, key, 0) == (model == now.end() ? Known::no : Known::yes));
                    break;
                case 5:
                case 6:
                    CHECK(found(*store, stream, key) == (model == now.end() ? "" : model->second));
                    break;
                default: {
                    const std::string document = "{\"step\":" + std::to_string(step) + "}";
                    REQUIRE(store->write(state(stream, key, document)));
                    now[{stream, key}] = document;
                }
            }
        }
        for (const auto& [name, document] : now) CHECK(found(*store, name.first, name.second) == document);
        const auto keys = store->keys_after(1, "", 1000);
        REQUIRE(keys);
        CHECK(keys->size() == static_cast<std::size_t>(std::count_if(
                                  now.begin(), now.end(), [](const auto& entry) { return entry.first.first == 1; })));
    }
}

}  // namespace
}  // namespace tributary
