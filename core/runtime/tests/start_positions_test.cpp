#include "core/runtime/start_positions.hpp"

#include <catch2/catch.hpp>

namespace tributary {
namespace {

FeedRecord stood(const std::string& stream, const std::string& mapping = "m", const std::string& identity = "i") {
    FeedRecord record{{R"({"v":1})"}, std::nullopt, 77, {}};
    record.streams[stream] = {mapping, identity};
    return record;
}

std::string refusal(const std::vector<ConfiguredFeed>& feeds, const std::map<std::string, FeedRecord>& checkpoints,
                    const std::vector<std::string>& retired = {}) {
    const auto starts = start_positions(feeds, checkpoints, retired);
    return starts ? "" : starts.error().code;
}

const ConfiguredFeed orders{"erp", "orders", {{"orders", {"m", "i"}}}};

TEST_CASE("a feed goes on where it stood while its definition is the same", "[start]") {
    const auto starts = start_positions({orders}, {{"erp/orders", stood("orders")}}, {});
    REQUIRE(starts);
    CHECK(starts->front().record.position.json == R"({"v":1})");
    CHECK(starts->front().note.empty());
}

const std::string fields(32, 'm');  // as long as a mapping's fingerprint
const std::string other_fields(32, 'o');

TEST_CASE("changed fields are read again behind the polls, which go on", "[start]") {
    const ConfiguredFeed now{"erp", "orders", {{"orders", {fields + "rows", "i"}}}};
    const auto starts = start_positions({now}, {{"erp/orders", stood("orders", other_fields + "rows")}}, {});
    REQUIRE(starts);
    CHECK(starts->front().record.position.json == R"({"v":1})");
    REQUIRE(starts->front().record.reread);
    CHECK(starts->front().record.reread->empty());
    CHECK(starts->front().record.current_to == 77);
    CHECK(starts->front().note.find("behind the polls") != std::string::npos);
}

TEST_CASE("changed fields that are for new changes only let the feed go on", "[start]") {
    ConfiguredFeed now{"erp", "orders", {{"orders", {fields + "rows", "i"}}}, {"orders"}};
    const auto starts = start_positions({now}, {{"erp/orders", stood("orders", other_fields + "rows")}}, {});
    REQUIRE(starts);
    CHECK(starts->front().record.position.json == R"({"v":1})");
    CHECK_FALSE(starts->front().record.reread);
    CHECK(starts->front().note.find("from now on") != std::string::npos);
    // other rows are another matter
    const auto other = start_positions({now}, {{"erp/orders", stood("orders", fields + "others")}}, {});
    REQUIRE(other);
    CHECK(other->front().record.position.empty());
}

TEST_CASE("other rows start over as a reread and remember up to when everything was in", "[start]") {
    const ConfiguredFeed now{"erp", "orders", {{"orders", {fields + "rows", "i"}}}};
    const auto starts = start_positions({now}, {{"erp/orders", stood("orders", fields + "others")}}, {});
    REQUIRE(starts);
    CHECK(starts->front().record.position.empty());
    CHECK(starts->front().record.first_load_cause == Cause::reread);
    CHECK(starts->front().record.current_to == 77);
    CHECK(starts->front().note.find("erp/orders") != std::string::npos);
}

TEST_CASE("what look-ups said counts for a feed that goes on, and for no other", "[start]") {
    FeedRecord before = stood("orders");
    before.lookups = {{"terms", "abc"}};
    before.reread = Position{"half"};
    const auto record = [](const FeedRecord& stored) {
        return start_positions({orders}, {{"erp/orders", stored}}, {})->front().record;
    };
    CHECK(record(before).lookups == before.lookups);
    CHECK(record(before).reread == before.reread);
    FeedRecord reset = before;
    reset.position = {};
    FeedRecord changed = before;
    changed.streams["orders"].mapping = std::string(40, 'o');
    for (const FeedRecord& over : {reset, changed}) {
        CHECK(record(over).lookups.empty());
        CHECK_FALSE(record(over).reread);
    }
}

TEST_CASE("a mapping that holds from now on takes its look-ups as they are", "[start]") {
    ConfiguredFeed now{"erp", "orders", {{"orders", {fields + "rows", "i"}}}};
    now.forward.insert("orders");
    FeedRecord before = stood("orders", other_fields + "rows");
    before.lookups["names"] = "as they were";
    const auto starts = start_positions({now}, {{"erp/orders", before}}, {});
    REQUIRE(starts);
    CHECK_FALSE(starts->front().record.reread);
    CHECK(starts->front().record.lookups.empty());
}

TEST_CASE("changed ids are refused", "[start]") {
    CHECK(refusal({orders}, {{"erp/orders", stood("orders", "m", "before")}}) == "identity_changed");
}

TEST_CASE("a source or a stream that is gone stops the start until it is retired", "[start]") {
    const std::map<std::string, FeedRecord> source = {{"shop/orders", stood("orders", "m", "x")}};
    CHECK(refusal({orders}, source) == "source_gone");
    CHECK(refusal({orders}, source, {"shop"}).empty());
    const std::map<std::string, FeedRecord> stream = {{"erp/parties", stood("parties", "m", "x")}};
    CHECK(refusal({orders}, stream) == "stream_gone");
    CHECK(refusal({orders}, stream, {"erp/orders"}) == "stream_gone");
    CHECK(refusal({orders}, stream, {"erp/parties"}).empty());
}

TEST_CASE("a renamed stream would publish every entity twice, retired or not", "[start]") {
    const std::map<std::string, FeedRecord> checkpoints = {{"erp/sales", stood("sales")}};
    CHECK(refusal({orders}, checkpoints) == "stream_gone");
    CHECK(refusal({orders}, checkpoints, {"erp/sales"}) == "stream_renamed");
    CHECK(refusal({orders}, {{"erp/sales", stood("sales")}, {"erp/orders", stood("orders")}}, {"erp/sales"}).empty());
}

TEST_CASE("a stream whose entities are folds may make those of a retired one", "[start]") {
    const ConfiguredFeed shared{"erp", "orders", {{"orders", {"m", "i+shared"}}}};
    CHECK(refusal({shared}, {{"erp/sales", stood("sales", "m", "i+shared")}}, {"erp/sales"}).empty());
}

}  // namespace
}  // namespace tributary
