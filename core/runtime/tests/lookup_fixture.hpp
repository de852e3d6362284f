#pragma once

#include <catch2/catch.hpp>
#include <deque>

#include "core/runtime/lookup.hpp"
#include "core/runtime/tests/fake_feed.hpp"
#include "core/status/tests/fake_clock.hpp"

namespace tributary {

constexpr std::int64_t second = 1'000'000;

/// Products that look their name up by their id: as it is, or by what an operator makes of it.
inline std::unique_ptr<Mapping> naming_mapping(bool computed) {
    static Diagnostics diagnostics;
    static YamlFiles files;
    static const auto parsed = [](const char* yaml) {
        return files.parse(yaml, "test.yaml", process_environment(), diagnostics);
    };
    static const Node source = parsed("{lookups: {names: {table: names, key: [id]}}}");
    static const Node plain =
        parsed("{entity: product, key: [id], fields: {sku: id, name: {lookup: names, from: id, take: name}}}");
    static const Node made = parsed(
        "{entity: product, key: [id], fields: {sku: id, name: {lookup: names, from: {lua: row.id}, take: name}}}");
    return Mapping::compile({"acme", "erp", "products", computed ? &made : &plain, &source}, diagnostics);
}

inline FeedRecord record_of(const Work& work) { return *checkpoint::decode_feed(work.checkpoint); }

/// A stream of two products and its look-up of names. `polled` and `reread` are its feed and the one that reads again,
/// a row a page.
struct LookupFixture {
    FakeClock clock;
    StatusBoard board{{}, clock};
    FeedStatus& status = board.feed({.source = "erp", .feed = "products", .streams = {"products"}, .every = second});
    WorkQueue queue{1, {}};
    StreamInfo info;
    std::string name = "anvil";
    std::optional<Error> away;
    std::vector<std::string> reread_from;  ///< Positions that were read again.
    FakeFeed::Script names, polled, reread;
    std::vector<std::unique_ptr<Lookup>> lookups;
    std::unique_ptr<Pipeline> pipeline;

    LookupsInUse* pipeline_lookups = nullptr;
    bool computed = true;

    explicit LookupFixture(bool from_computed = true) : computed(from_computed) {
        names.pull = [this](const Position&, std::stop_token) -> Result<Batch> {
            if (away) return std::unexpected(*away);
            Batch batch = product_batch("n", 1, name);
            Batch other = product_batch("n", 2, "bolt");
            batch.rows.push_back(other.rows.front());
            kept.push_back(std::move(other));
            return batch;
        };
        polled.pull = [](const Position& after, std::stop_token) {
            Batch batch = product_batch("2", 1, "");
            if (after.empty()) batch.cause = Cause::load;
            if (!after.empty()) batch.rows.clear();
            batch.more = after.empty();
            return batch;
        };
        reread.pull = [this](const Position& after, std::stop_token) {
            reread_from.push_back(after.json);
            Batch batch = product_batch(after.empty() ? "r1" : "r2", after.empty() ? 1 : 2, "");
            batch.cause = Cause::load;
            batch.more = after.empty();
            return batch;
        };
        Lookup::Setup setup;
        setup.source = "erp";
        setup.asked = {.name = "names", .key = {"id"}, .most_bytes = 1024 * 1024};
        setup.every = second;
        lookups.push_back(std::make_unique<Lookup>(std::move(setup), std::make_unique<FakeFeed>(names), clock));
        start({});
    }
    void start(FeedRecord record) {
        Pipeline::Setup setup = product_pipeline(info, status);
        setup.streams[0].mapping = naming_mapping(computed);
        REQUIRE(setup.streams[0].mapping);
        setup.lookups = std::make_unique<LookupsInUse>(
            std::vector<LookupsInUse::Stream>{{"products", setup.streams[0].mapping.get()}}, lookups);
        pipeline_lookups = setup.lookups.get();
        setup.reopen = [this] { return std::make_unique<FakeFeed>(reread); };
        setup.record = std::move(record);
        pipeline = std::make_unique<Pipeline>(std::move(setup), std::make_unique<FakeFeed>(polled), queue, clock);
    }
    /// The work of so many steps.
    std::vector<std::unique_ptr<Work>> steps(int count) {
        std::vector<std::unique_ptr<Work>> work;
        while (count-- > 0) {
            const auto next = pipeline->step({});
            if (next.at > clock()) clock.pass(next.at - clock());
            for (auto& one : queue.take(1000, 1'000'000)) {
                queue.done(*one);
                work.push_back(std::move(one));
            }
        }
        return work;
    }
    /// Of a feed that is there, and has seen what the look-up says.
    FeedRecord record_at(std::string position) {
        (void)steps(3);
        FeedRecord record{{std::move(position)}, {}, no_time, {}};
        record.lookups = pipeline_lookups->contents();
        return record;
    }
    void read_names() {
        clock.pass(70 * second);
        lookups[0]->step({});
    }
    FeedSnapshot shown() const { return board.snapshot().feeds.at(0); }

  private:
    std::deque<Batch> kept;
};

inline std::vector<std::unique_ptr<Work>> rereads(std::vector<std::unique_ptr<Work>> all) {
    std::erase_if(all, [](const auto& work) { return work->batch.cause != Cause::reread || work->rows.empty(); });
    return all;
}

}  // namespace tributary
