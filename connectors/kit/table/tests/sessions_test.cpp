#include "connectors/kit/table/sessions.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <thread>

namespace tributary::table {
namespace {

/// A server that counts its sessions; what a session does is said here.
struct Server {
    std::atomic<int> open = 0;
    std::atomic<int> most_open = 0;
    std::atomic<int> opened = 0;
    std::atomic<bool> away = false;
};

struct FakeSession {
    explicit FakeSession(Server& its_server) : server(its_server), number(++its_server.opened) {
        const int now = ++server.open;
        for (int seen = server.most_open; seen < now && !server.most_open.compare_exchange_weak(seen, now);) {
        }
    }
    FakeSession(const FakeSession&) = delete;
    FakeSession& operator=(const FakeSession&) = delete;
    ~FakeSession() { --server.open; }

    bool usable() const { return !broken; }
    bool alive() const { return !broken && !ended; }

    Server& server;
    int number;
    bool broken = false;
    bool ended = false;  ///< By the server, while nobody used it.
};

using Pool = Sessions<FakeSession>;

struct Fixture {
    Server server;
    Pool::Clock::time_point now = {};

    std::shared_ptr<Pool> pool(std::size_t most) {
        const auto open = [this](std::stop_token) -> Result<std::unique_ptr<FakeSession>> {
            if (server.away) return fail(Verdict::retry, "cannot_connect", "nobody listens");
            return std::make_unique<FakeSession>(server);
        };
        return std::make_shared<Pool>(most, open, [this] { return now; });
    }
};

Pool::Lease taken(const std::shared_ptr<Pool>& pool) {
    auto lease = pool->take({});
    REQUIRE(lease);
    return std::move(*lease);
}

void until_waiting(const Turns& turns, std::size_t count) {
    while (turns.waiting() != count) std::this_thread::yield();
}

}  // namespace

TEST_CASE("turns are taken in the order in which they were asked for", "[sessions]") {
    Turns turns(1);
    REQUIRE(turns.take({}));
    std::vector<int> order;  // written by whoever has the turn
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            CHECK(turns.take({}));
            order.push_back(i);
            turns.give();
        });
        until_waiting(turns, static_cast<std::size_t>(i) + 1);
    }
    turns.give();
    threads.clear();
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
    CHECK(turns.take({}));
}

TEST_CASE("who is stopped while waiting leaves the queue to the others", "[sessions]") {
    Turns turns(1);
    REQUIRE(turns.take({}));
    std::atomic<bool> first = true;
    std::atomic<bool> second = false;
    std::jthread stopped([&](std::stop_token stop) { first = turns.take(std::move(stop)); });
    until_waiting(turns, 1);
    std::jthread patient([&] { second = turns.take({}); });
    until_waiting(turns, 2);
    stopped.request_stop();
    stopped.join();
    CHECK_FALSE(first);
    CHECK(turns.waiting() == 1);
    turns.give();
    patient.join();
    CHECK(second);
}

TEST_CASE("however many ask, no more sessions are open than allowed and none is lent twice", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(3);
    std::array<std::atomic<int>, 10'000> users{};
    {
        std::vector<std::jthread> streams;
        for (unsigned seed = 0; seed < 20; ++seed)
            streams.emplace_back([&, seed] {
                std::mt19937 random(seed);
                for (int call = 0; call < 200; ++call) {
                    auto lease = pool->take({});
                    CHECK(lease);
                    std::atomic<int>& used = users.at(static_cast<std::size_t>((*lease)->number));
                    CHECK(++used == 1);
                    if (random() % 3 == 0) std::this_thread::yield();
                    (*lease)->broken = random() % 10 == 0;
                    --used;
                }
            });
    }
    CHECK(f.server.most_open == 3);
    CHECK(f.server.opened > 100);
    CHECK(f.server.open <= 3);
}

TEST_CASE("sessions are opened when they are wanted, and lent again", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(4);
    CHECK(f.server.opened == 0);
    for (int i = 0; i < 100; ++i) CHECK(taken(pool)->number == 1);
    const auto first = taken(pool);
    const auto second = taken(pool);
    CHECK(second.number() == 2);
    CHECK(pool->opened() == 2);
}

TEST_CASE("a session that broke ends with its user", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(2);
    auto broken = taken(pool);
    auto good = taken(pool);
    broken->broken = true;
    broken.reset();
    CHECK(f.server.open == 1);
    good.reset();
    CHECK(taken(pool)->number == 2);
}

TEST_CASE("a session that the server ended while it lay idle hurts nobody", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(2);
    {
        const auto one = taken(pool);
        const auto two = taken(pool);
        one->ended = two->ended = true;
    }
    CHECK(taken(pool)->number == 3);
    CHECK(f.server.open == 1);
}

TEST_CASE("a session that cannot be opened leaves its place to the next", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(1);
    f.server.away = true;
    for (int i = 0; i < 3; ++i) CHECK(pool->take({}).error().code == "cannot_connect");
    f.server.away = false;
    CHECK(taken(pool)->number == 1);
}

TEST_CASE("sessions that are too many are closed after a while, those in use are not", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(4);
    {
        const auto one = taken(pool);
        const auto two = taken(pool);
        const auto three = taken(pool);
    }
    CHECK(f.server.open == 3);
    f.now += Pool::most_idle - std::chrono::seconds(1);
    taken(pool).reset();
    CHECK(f.server.open == 3);
    f.now += std::chrono::seconds(1);
    taken(pool).reset();
    CHECK(f.server.open == 1);
    f.now += Pool::most_idle * 10;
    taken(pool).reset();
    CHECK(f.server.open == 1);
}

TEST_CASE("when nobody can ask any more all sessions are closed", "[sessions]") {
    Fixture f;
    auto pool = f.pool(2);
    auto lease = taken(pool);
    taken(pool).reset();
    pool.reset();
    CHECK(f.server.open == 2);
    lease.reset();
    CHECK(f.server.open == 0);
}

TEST_CASE("who wants a spare session leaves one, and waits for nobody", "[sessions]") {
    Fixture f;
    const auto pool = f.pool(3);
    const auto own = taken(pool);
    auto spare = pool->take_spare({});
    REQUIRE(spare);
    CHECK(pool->take_spare({}).error().code == "no_spare");
    const auto last = taken(pool);
    CHECK(pool->take_spare({}).error().code == "no_spare");
}

}  // namespace tributary::table
