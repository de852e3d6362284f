#include "core/publish/topics.hpp"

#include <catch2/catch.hpp>

namespace tributary {
namespace {

const std::vector<std::string> entities = {"customer"};
const TopicTable topics("acme", entities);
constexpr TopicNo customer = 0;

TopicSettings good() {
    return {{"cleanup.policy", "compact"},
            {"delete.retention.ms", "604800000"},
            {"segment.bytes", "16777216"},
            {"max.message.bytes", "262144"}};
}

std::string with(TopicNo topic, const std::string& name, const std::string& value) {
    TopicSettings settings = good();
    settings[name] = value;
    return wrong_setting(topics, topic, settings);
}

TEST_CASE("topics as they are made at the first start are right", "[topics]") {
    for (TopicNo topic = 0; topic < topics.names().size(); ++topic) CHECK(wrong_setting(topics, topic, good()).empty());
}

TEST_CASE("a wrong setting of a topic is named with what it has to be", "[topics]") {
    CHECK(with(customer, "cleanup.policy", "delete") ==
          "topic acme.customer: cleanup.policy is 'delete', it has to be exactly 'compact'");
    CHECK(with(customer, "cleanup.policy", "compact,delete").find("exactly 'compact'") != std::string::npos);
    CHECK(with(customer, "delete.retention.ms", "604799999").find("at least 604800000") != std::string::npos);
    CHECK(with(topics.checkpoints(), "segment.bytes", "1073741824").find("at most 16777216") != std::string::npos);
    CHECK(with(topics.dead_letter(), "max.message.bytes", "262143") ==
          "topic acme.dead_letter: max.message.bytes is 262143, it has to be at least 262144");
}

}  // namespace
}  // namespace tributary
