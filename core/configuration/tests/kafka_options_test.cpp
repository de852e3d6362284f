#include "core/configuration/kafka_options.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "core/configuration/configuration.hpp"

namespace tributary {
namespace {

std::string findings(const std::string& kafka) {
    Diagnostics diagnostics;
    const auto none = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    const std::string text = "tenant: a\ninstance: b\nsources: {}\nkafka:\n  topic_prefix: p\n" + kafka;
    const auto configuration = Configuration::parse(text, "c.yaml", {}, none, diagnostics);
    return diagnostics.text();
}

}  // namespace

TEST_CASE("every spelling of a broker's address that librdkafka takes is one") {
    for (const char* good : {"kafka-1:9093", "kafka", "10.0.0.1:9092", "[::1]:9092", "[fe80::1%eth0]:9092",
                             "SASL_SSL://kafka_1.example:9093", "b:1", "b:65535"}) {
        CAPTURE(good);
        CHECK_FALSE(broker_address_error(good));
    }
}

TEST_CASE("a broker's address with a mistake is found before anything connects") {
    for (const char* bad : {"", "kafka:", "kafka:0", "kafka:65536", "kafka:9092x", "kafka 1:9092", ":9092", "::1:9092",
                            "[::1:9092", "[::1]9092", "http//kafka:1", "kafka:9092/"}) {
        CAPTURE(bad);
        CHECK(broker_address_error(bad));
    }
}

TEST_CASE("each wrong broker and each wrong property is an error at its own place") {
    CHECK(findings("  brokers: [a:1, b:x, 'c:1,d:0']\n"
                   "  properties:\n    compresion.codec: lz4\n    linger.ms: soon\n    group.id: x\n") ==
          "c.yaml:6:18: error: 'b:x' is no broker's address: behind the host comes a port from 1 to 65535\n"
          "c.yaml:6:23: error: 'd:0' is no broker's address: behind the host comes a port from 1 to 65535\n"
          "c.yaml:8:5: error: compresion.codec: No such configuration property: \"compresion.codec\"\n"
          "c.yaml:9:5: error: linger.ms: Invalid value for configuration property \"queue.buffering.max.ms\"\n"
          "c.yaml:10:5: error: 'group.id' belongs to the commit protocol and cannot be set\n");
}

TEST_CASE("a property that the commit protocol sets is refused, by whatever name") {
    for (const char* name : {"message.max.bytes", "auto.offset.reset", "acks", "request.required.acks",
                             "auto.commit.enable", "delivery.report.only.error", "metadata.broker.list"}) {
        CAPTURE(name);
        CHECK(findings(std::string("  brokers: [a:1]\n  properties:\n    ") + name + ": 1\n") ==
              std::string("c.yaml:8:5: error: '") + name + "' belongs to the commit protocol and cannot be set\n");
    }
}

}  // namespace tributary
