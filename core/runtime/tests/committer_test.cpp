#include "core/runtime/committer.hpp"

#include <catch2/catch.hpp>

#include "core/model/entity.hpp"
#include "core/runtime/entities.hpp"
#include "core/runtime/tests/fake_feed.hpp"
#include "core/status/tests/fake_clock.hpp"

namespace tributary {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr OtherTopics others{97, 98, 99};
const Error away{Verdict::retry, "broker_away", "the broker is away"};
const Error wrong_topic{Verdict::stop, "topic_setting", "topic t: cleanup.policy is 'delete'"};
const Error disk_full{Verdict::retry, "disk_full", "the disk is full"};

/// Answers at once, with what the test wants next.
struct FakeLog final : Log {
    std::vector<std::string> keys;  ///< Of the transaction last begun.
    std::size_t begun = 0;
    std::size_t recoveries = 0;
    std::optional<Answer> commit_answer;    ///< Instead of Committed.
    std::optional<Answer> recovery_answer;  ///< Instead of Recovered.
    std::optional<Answer> ready;
    Checkpoints checkpoints{"one"};

    Result<> begin() override {
        ++begun;
        keys.clear();
        return {};
    }
    Result<> produce(const Message& message) override {
        keys.emplace_back(message.key);
        return {};
    }
    void start_commit() override { ready = commit_answer.value_or(Committed{}); }
    void start_rollback() override { ready = RolledBack{}; }
    void start_recovery() override {
        ++recoveries;
        ready = recovery_answer ? *recovery_answer : Answer(Recovered{checkpoints, {}});
    }
    void start_reading() override { ready = CheckpointsRead{checkpoints}; }
    std::optional<Answer> answer() override { return std::exchange(ready, std::nullopt); }
    std::size_t most_message_bytes() const override { return 1'000'000; }
    bool produced(std::string_view key) const { return std::ranges::find(keys, key) != keys.end(); }
};

/// Remembers records only.
struct FakeStore final : StateStore {
    std::map<std::string, std::string, std::less<>> documents;
    EntityId id{};
    EntityNo entity = 0;
    std::uint64_t number = 0;
    bool full = false;

    Result<std::optional<State>> find(StreamNo, std::string_view key, Arena& arena) override {
        const auto found = documents.find(key);
        if (found == documents.end()) return std::nullopt;
        return State{entity, id, arena.copy(found->second)};
    }
    Result<std::optional<Aside>> find_aside(StreamNo, std::string_view) override { return std::nullopt; }
    bool has_aside(StreamNo) const override { return false; }
    Result<std::string_view> find_entity(EntityNo, const EntityId&, Arena&) override { return std::string_view(); }
    Result<std::vector<Member>> members(EntityNo, const EntityId&, Arena&) override { return std::vector<Member>(); }
    bool has_dependents(EntityNo) const override { return false; }
    Result<std::vector<Dependent>> dependents(EntityNo, const EntityId&, const Dependent&, std::size_t,
                                              Arena&) override {
        return std::vector<Dependent>();
    }
    bool has_pending() const override { return false; }
    Result<std::vector<Pending>> pending(std::size_t, Arena&) override { return std::vector<Pending>(); }
    Result<std::optional<Pending>> find_pending(EntityNo, const EntityId&, Arena&) override { return std::nullopt; }
    Result<> write(const StateWrite& write) override {
        documents[std::string(write.key)] = write.state.document;
        id = write.state.id;
        entity = write.state.entity;
        return {};
    }
    Result<> write(const AsideWrite&) override { return {}; }
    Result<> write(const EntityWrite&) override { return {}; }
    Result<> write(const LinkWrite&) override { return {}; }
    Result<> write(const PendingWrite&) override { return {}; }
    Result<> commit(const CommitMark& mark) override {
        if (full) return std::unexpected(disk_full);
        number = mark.number;
        return {};
    }
    void rollback() override {}
    std::uint64_t commit_number() const override { return number; }
};

Committer::Setup settings() {
    Committer::Setup setup;
    setup.instance = "one";
    setup.run = "us";
    setup.topics = others;
    return setup;
}

struct Fixture final : CommitObserver, CacheKeeper {
    FakeClock clock;
    FakeLog log;
    FakeStore store;
    WorkQueue queue{1, {}};
    StreamInfo info{"erp", "products", 0, false, "/acme/erp/products", "erp/products/"};
    std::unique_ptr<Mapping> mapping = product_mapping();
    std::vector<EntityInfo> entities = entity_infos(catalogue());
    Committer committer{settings(), log, queue, *this, clock};
    std::vector<Error> broker_failures;
    std::vector<std::string> committed_positions;
    std::int64_t current_to = 0;

    /// A process that has claimed and compares with its cache.
    void start() {
        pass(second);
        REQUIRE(committer.claimed());
        Preparation::Setup setup;
        setup.instance = "one";
        setup.entities = entities;
        setup.topics = others;
        committer.attach(store, *this, Preparation(std::move(setup), store));
    }
    /// Lets the loop turn for so long, as often as it asks for.
    void pass(std::int64_t span) {
        for (const std::int64_t end = clock() + span; clock() < end;) {
            const std::int64_t next = committer.step();
            clock.pass(log.ready ? 1'000 : std::clamp<std::int64_t>(next - clock(), 1'000, end - clock()));
        }
    }
    /// A poll read this product.
    void poll(const std::string& position, std::string_view name) {
        auto work = std::make_unique<Work>();
        work->batch = product_batch(position, 1, name);
        work->batch.current_to = clock();
        work->streams = {&info};
        for (const Row& row : work->batch.rows) work->rows.push_back(mapping->map(row, work->batch.arena));
        work->checkpoint_key = "feed";
        work->checkpoint = position;
        REQUIRE(queue.offer(work, clock()));
    }
    void claimed_by(const std::string& run) {
        (void)log.checkpoints.add_committed(checkpoint::claim_key("one"),
                                            checkpoint::encode(ClaimRecord{run, "there", 7, clock(), "test"}));
    }

    void committed(const Commit& commit) override {
        for (const auto& work : commit.work) committed_positions.push_back(work->batch.next.json);
    }
    void unchanged(const Work& work) override { current_to = work.batch.current_to; }
    void rolled_back(std::uint64_t) override {}
    void outcome_unknown(std::uint64_t, const Error&) override {}
    void broker_failed(const Error& error) override { broker_failures.push_back(error); }
    void broker_answered() override {}
    void store_failed(const Error&) override {}
    void store_answered(std::uint64_t) override {}
    void refused(FeedNo, const Error&, std::uint64_t) override {}
    Result<StateStore*> catch_up(const Error&) override {
        if (store.full) return std::unexpected(disk_full);
        return &store;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a wrong topic setting refuses the start", "[committer]") {
    Fixture f;
    f.log.recovery_answer = StillAway{wrong_topic};
    f.pass(second);
    REQUIRE(f.committer.ended());
    CHECK(f.committer.ended()->exit_code == 78);
    CHECK(f.committer.ended()->reason == wrong_topic.what);
}

TEST_CASE("a topic setting that changes while the process runs is an outage until it is mended", "[committer]") {
    Fixture f;
    f.start();
    f.log.commit_answer = OutcomeUnknown{away, false};
    f.log.recovery_answer = StillAway{wrong_topic};
    f.pass(120 * second);
    CHECK_FALSE(f.committer.ended());
    REQUIRE_FALSE(f.broker_failures.empty());
    CHECK(f.broker_failures.back().code == "topic_setting");
    CHECK(f.log.recoveries > 3);

    f.log.commit_answer.reset();
    f.log.recovery_answer.reset();
    f.claimed_by("us");
    f.poll("p1", "anvil");
    f.pass(65 * second);  // the longest pause before the recovery, and again before the next transaction
    CHECK(f.committed_positions == Texts{"p1"});
}

TEST_CASE("while the disk is full the heart beats on, and work waits", "[committer]") {
    Fixture f;
    f.start();
    f.store.full = true;
    f.poll("p1", "anvil");
    f.pass(2 * second);
    f.poll("p2", "hammer");
    const std::size_t begun = f.log.begun;
    f.pass(35 * second);
    CHECK(f.log.begun >= begun + 3);
    CHECK(f.committed_positions == Texts{"p1"});
    f.store.full = false;
    f.pass(31 * second);
    CHECK(f.committed_positions == Texts{"p1", "p2"});
}

TEST_CASE("while the disk is full a rival is noticed", "[committer]") {
    Fixture f;
    f.start();
    f.store.full = true;
    f.poll("p1", "anvil");
    f.pass(2 * second);
    f.log.commit_answer = OutcomeUnknown{{Verdict::retry, "fenced", "fenced"}, true};
    f.claimed_by("rival");
    f.pass(15 * second);
    REQUIRE(f.committer.ended());
    CHECK(f.committer.ended()->exit_code == 79);
}

TEST_CASE("polls that find no difference commit nothing, and their position with the next heartbeat", "[committer]") {
    Fixture f;
    f.start();
    f.poll("p1", "anvil");
    f.pass(second);
    REQUIRE(f.committed_positions == Texts{"p1"});
    const std::size_t begun = f.log.begun;
    for (int i = 2; i < 50; ++i) {
        f.poll("p" + std::to_string(i), "anvil");
        f.pass(100'000);
    }
    CHECK(f.log.begun == begun);
    CHECK(f.committed_positions == Texts{"p1"});
    CHECK(f.queue.bytes() == 0);
    CHECK(f.clock() - f.current_to < second);  // what was read is in, and so the lag does not grow
    f.pass(10 * second);
    CHECK(f.log.begun == begun + 1);
    CHECK(f.log.produced("feed"));
    CHECK(f.committed_positions == Texts{"p1", "p49"});
}

TEST_CASE("a poll that finds a difference takes the quiet ones' position along", "[committer]") {
    Fixture f;
    f.start();
    f.poll("p1", "anvil");
    f.pass(second);
    f.poll("p2", "anvil");
    f.pass(second);
    f.poll("p3", "hammer");
    f.pass(second);
    CHECK(f.committed_positions == Texts{"p1", "p2", "p3"});
}

TEST_CASE("quiet positions of a feed that has to read again are forgotten", "[committer]") {
    Fixture f;
    f.start();
    f.poll("p1", "anvil");
    f.pass(second);
    f.poll("p2", "anvil");
    f.pass(second);
    (void)f.queue.rewind(0);
    f.pass(11 * second);
    CHECK(f.committed_positions == Texts{"p1"});
}

}  // namespace tributary
