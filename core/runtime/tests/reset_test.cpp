#include "core/runtime/reset.hpp"

#include <catch2/catch.hpp>

namespace tributary {
namespace {

FeedRecord record_of(const std::vector<std::string>& streams) {
    FeedRecord record{{R"({"v":1})"}, std::nullopt, no_time, {}};
    for (const auto& stream : streams) record.streams[stream] = {"m", "i"};
    return record;
}

const std::map<std::string, FeedRecord> checkpoints = {{"erp/log", record_of({"orders", "parties"})},
                                                       {"shop/customers", record_of({"customers"})}};
const std::vector<std::string> known = {"erp/orders", "erp/parties", "erp/stock", "erpx/orders", "shop/customers"};

std::vector<std::string> feeds_of(const ResetPlan& plan) {
    std::vector<std::string> names;
    for (const auto& feed : plan.feeds) names.push_back(feed.source + "/" + feed.name);
    return names;
}

TEST_CASE("a reset of a stream takes the feed that carries it", "[reset]") {
    const ResetPlan plan = plan_reset("erp/orders", known, checkpoints);
    CHECK(plan.streams == std::vector<std::string>{"erp/orders"});
    REQUIRE(feeds_of(plan) == std::vector<std::string>{"erp/log"});
    CHECK(plan.feeds[0].record.position.json == R"({"v":1})");
}

TEST_CASE("a reset of a source takes its streams and no other source's", "[reset]") {
    const ResetPlan plan = plan_reset("erp", known, checkpoints);
    CHECK(plan.streams == std::vector<std::string>{"erp/orders", "erp/parties", "erp/stock"});
    CHECK(feeds_of(plan) == std::vector<std::string>{"erp/log"});
}

TEST_CASE("a stream that never ran has nothing to go back from", "[reset]") {
    const ResetPlan plan = plan_reset("erp/stock", known, checkpoints);
    CHECK(plan.streams == std::vector<std::string>{"erp/stock"});
    CHECK(plan.feeds.empty());
}

TEST_CASE("a name that is no stream plans nothing", "[reset]") {
    for (const char* name : {"erp/order", "er", "", "shop/customers/1", "/"}) {
        INFO(name);
        CHECK(plan_reset(name, known, checkpoints).streams.empty());
    }
}

TEST_CASE("streams are known from the checkpoints and the cache even when nothing configures them", "[reset]") {
    const Configuration empty;
    CHECK(known_streams(empty, checkpoints, {"shop/gone", "shop/customers"}) ==
          std::vector<std::string>{"erp/orders", "erp/parties", "shop/customers", "shop/gone"});
}

}  // namespace
}  // namespace tributary
