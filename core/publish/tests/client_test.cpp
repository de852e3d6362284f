#include "core/publish/client.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "core/publish/producer.hpp"
#include "core/publish/reader.hpp"

namespace tributary {
namespace {

std::string value_of(const rd_kafka_t* client, const char* name) {
    std::array<char, 256> text{};
    std::size_t size = text.size();
    REQUIRE(rd_kafka_conf_get(rd_kafka_conf(const_cast<rd_kafka_t*>(client)), name, text.data(), &size) ==
            RD_KAFKA_CONF_OK);
    return text.data();
}

KafkaSettings nowhere(std::map<std::string, std::string> properties) {
    KafkaSettings settings;
    settings.brokers = "127.0.0.1:1";
    settings.instance = "one";
    settings.topic_prefix = "p";
    settings.properties = std::move(properties);
    return settings;
}

const TopicTable topics("p", std::vector<std::string>{"product"});

using Expected = std::map<std::string, std::string>;

void produces_with(const KafkaSettings& settings, const Expected& expected) {
    auto producer = Producer::connect(settings, topics, 500'000);
    REQUIRE(producer);
    for (const auto& [name, value] : expected) {
        CAPTURE(name);
        CHECK(value_of((*producer)->client(), name.c_str()) == value);
    }
}

void reads_with(const KafkaSettings& settings, const Expected& expected) {
    auto reader = TopicReader::connect(settings);
    REQUIRE(reader);
    for (const auto& [name, value] : expected) {
        CAPTURE(name);
        CHECK(value_of(reader->client(), name.c_str()) == value);
    }
}

}  // namespace

TEST_CASE("without the user's wishes the clients have ours", "[client]") {
    const auto settings = nowhere({});
    produces_with(settings, {{"linger.ms", "20"}, {"compression.codec", "lz4"}, {"message.max.bytes", "500000"}});
    reads_with(settings, {{"fetch.wait.max.ms", "50"}, {"queued.max.messages.kbytes", "16384"}});
}

TEST_CASE("what the user sets wins over what we would set, under an alias too", "[client]") {
    produces_with(nowhere({{"queue.buffering.max.ms", "3"},
                           {"queue.buffering.max.kbytes", "4096"},
                           {"queue.buffering.max.messages", "5000"},
                           {"compression.type", "gzip"},
                           {"transaction.timeout.ms", "7000"},
                           {"socket.nagle.disable", "false"},
                           {"client.id", "ours"}}),
                  {{"linger.ms", "3"},
                   {"queue.buffering.max.kbytes", "4096"},
                   {"queue.buffering.max.messages", "5000"},
                   {"compression.codec", "gzip"},
                   {"transaction.timeout.ms", "7000"},
                   {"socket.nagle.disable", "false"},
                   {"client.id", "ours"}});
    reads_with(
        nowhere({{"fetch.wait.max.ms", "70"}, {"queued.max.messages.kbytes", "1024"}}),
        {{"fetch.wait.max.ms", "70"}, {"queued.max.messages.kbytes", "1024"}, {"auto.offset.reset", "smallest"}});
}

}  // namespace tributary
