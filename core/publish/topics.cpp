#include "core/publish/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace tributary {

namespace {

constexpr int settling_tries = 30;
constexpr int settling_pause_ms = 100;
constexpr int admin_timeout_ms = 15'000;
constexpr std::int64_t least_delete_retention_ms = 7LL * 24 * 3600 * 1000;
constexpr std::int64_t most_checkpoint_segment = 16 * 1024 * 1024;
/// Below it a position (64 KB, quoted), or a dead letter that says anything, would not fit.
constexpr std::int64_t least_message_bytes = 256 * 1024;
constexpr std::size_t default_message_bytes = 1'000'000;
constexpr std::int64_t default_longest_transaction_ms = 15 * 60 * 1000;

struct AdminDeleter {
    void operator()(rd_kafka_NewTopic_t* t) const { rd_kafka_NewTopic_destroy(t); }
    void operator()(rd_kafka_ConfigResource_t* r) const { rd_kafka_ConfigResource_destroy(r); }
    void operator()(rd_kafka_event_t* e) const { rd_kafka_event_destroy(e); }
    void operator()(rd_kafka_AdminOptions_t* o) const { rd_kafka_AdminOptions_destroy(o); }
};
template <typename T>
using Admin = std::unique_ptr<T, AdminDeleter>;

std::int64_t number_in(const TopicSettings& settings, const std::string& name, std::int64_t fallback) {
    auto found = settings.find(name);
    if (found == settings.end()) return fallback;
    std::int64_t value = fallback;
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
    return value;
}

Result<std::map<std::string, int>> partition_counts(rd_kafka_t* client, const TopicTable& topics) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client, 1, nullptr, &raw, admin_timeout_ms);
    Kafka<const rd_kafka_metadata_t> metadata(raw);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, "cannot reach the broker"));
    std::map<std::string, int> counts;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (std::ranges::find(topics.names(), topic.topic) != topics.names().end() &&
            topic.err == RD_KAFKA_RESP_ERR_NO_ERROR)
            counts[topic.topic] = topic.partition_cnt;
    }
    return counts;
}

Result<Admin<rd_kafka_event_t>> result_of(rd_kafka_queue_t* queue, std::string_view doing) {
    Admin<rd_kafka_event_t> event(rd_kafka_queue_poll(queue, admin_timeout_ms + 1'000));
    if (!event) return fail(Verdict::retry, "broker_away", fmt::format("{}: no answer", doing));
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(kafka_error(code, doing, rd_kafka_event_error_string(event.get())));
    return event;
}

Result<> create(rd_kafka_t* client, const KafkaSettings& settings, const TopicTable& topics,
                const std::vector<TopicNo>& missing) {
    std::vector<Admin<rd_kafka_NewTopic_t>> owned;
    std::vector<rd_kafka_NewTopic_t*> list;
    for (const TopicNo number : missing) {
        std::array<char, 256> why{};
        const bool checkpoints = number == topics.checkpoints();
        auto& topic = owned.emplace_back(rd_kafka_NewTopic_new(
            topics.name(number).c_str(), checkpoints ? 1 : settings.partitions, -1, why.data(), why.size()));
        if (!topic) return fail(Verdict::stop, "topic_name", fmt::format("{}: {}", topics.name(number), why.data()));
        rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "compact");
        rd_kafka_NewTopic_set_config(topic.get(), "delete.retention.ms",
                                     std::to_string(least_delete_retention_ms).c_str());
        if (checkpoints)
            rd_kafka_NewTopic_set_config(topic.get(), "segment.bytes", std::to_string(most_checkpoint_segment).c_str());
        list.push_back(topic.get());
    }
    Admin<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), admin_timeout_ms, why.data(), why.size());
    Kafka<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
    rd_kafka_CreateTopics(client, list.data(), list.size(), options.get(), queue.get());
    auto event = result_of(queue.get(), "cannot create the topics");
    if (!event) return std::unexpected(event.error());
    std::size_t count = 0;
    const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return std::unexpected(kafka_error(
                code, fmt::format("cannot create topic {}", rd_kafka_topic_result_name(results[i])),
                rd_kafka_topic_result_error_string(results[i]) ? rd_kafka_topic_result_error_string(results[i]) : ""));
    }
    return {};
}

TopicSettings settings_of(const rd_kafka_ConfigResource_t* resource) {
    TopicSettings settings;
    std::size_t entries = 0;
    const auto* configs = rd_kafka_ConfigResource_configs(resource, &entries);
    for (std::size_t e = 0; e < entries; ++e)
        if (const char* value = rd_kafka_ConfigEntry_value(configs[e]))
            settings[rd_kafka_ConfigEntry_name(configs[e])] = value;
    return settings;
}

Result<std::vector<TopicSettings>> describe(rd_kafka_t* client, const TopicTable& topics) {
    std::vector<Admin<rd_kafka_ConfigResource_t>> owned;
    std::vector<rd_kafka_ConfigResource_t*> list;
    for (const auto& name : topics.names())
        list.push_back(owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str())).get());
    Kafka<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
    rd_kafka_DescribeConfigs(client, list.data(), list.size(), nullptr, queue.get());
    auto event = result_of(queue.get(), "cannot read the topics' settings");
    if (!event) return std::unexpected(event.error());
    std::size_t count = 0;
    const auto* resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
    std::map<std::string, TopicSettings> by_name;
    for (std::size_t i = 0; i < count; ++i) {
        const char* name = rd_kafka_ConfigResource_name(resources[i]);
        if (const auto code = rd_kafka_ConfigResource_error(resources[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return std::unexpected(kafka_error(code, fmt::format("cannot read the settings of {}", name)));
        by_name[name] = settings_of(resources[i]);
    }
    std::vector<TopicSettings> result;
    for (const auto& name : topics.names()) result.push_back(by_name[name]);
    return result;
}

/// The id of any broker; none when nobody answers.
std::optional<std::string> some_broker(rd_kafka_t* client) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client, 0, nullptr, &raw, admin_timeout_ms);
    Kafka<const rd_kafka_metadata_t> metadata(raw);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->broker_cnt == 0) return std::nullopt;
    return std::to_string(metadata->brokers[0].id);
}

}  // namespace

std::int64_t longest_transaction_ms(rd_kafka_t* client) {
    const auto broker = some_broker(client);
    if (!broker) return default_longest_transaction_ms;
    Admin<rd_kafka_ConfigResource_t> resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, broker->c_str()));
    rd_kafka_ConfigResource_t* list[] = {resource.get()};
    Kafka<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
    rd_kafka_DescribeConfigs(client, list, 1, nullptr, queue.get());
    auto event = result_of(queue.get(), "cannot read the broker's settings");
    if (!event) return default_longest_transaction_ms;
    std::size_t count = 0;
    const auto* resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
    if (count != 1) return default_longest_transaction_ms;
    return number_in(settings_of(resources[0]), "transaction.max.timeout.ms", default_longest_transaction_ms);
}

TopicTable::TopicTable(std::string_view prefix, std::span<const std::string> entities) {
    for (const auto& entity : entities) names_.push_back(fmt::format("{}.{}", prefix, entity));
    for (const char* other : {"records", "dead_letter", "checkpoints"})
        names_.push_back(fmt::format("{}.{}", prefix, other));
}

std::string wrong_setting(const TopicTable& topics, TopicNo topic, const TopicSettings& settings) {
    const auto policy = settings.find("cleanup.policy");
    if (policy == settings.end() || policy->second != "compact")
        return fmt::format("topic {}: cleanup.policy is '{}', it has to be exactly 'compact'", topics.name(topic),
                           policy == settings.end() ? "" : policy->second);
    const auto message = number_in(settings, "max.message.bytes", default_message_bytes);
    if (message < least_message_bytes)
        return fmt::format("topic {}: max.message.bytes is {}, it has to be at least {}", topics.name(topic), message,
                           least_message_bytes);
    if (topic == topics.checkpoints()) {
        const auto segment = number_in(settings, "segment.bytes", 0);
        if (segment > most_checkpoint_segment)
            return fmt::format(
                "topic {}: segment.bytes is {}, it has to be at most {}, or starting slows down with age",
                topics.name(topic), segment, most_checkpoint_segment);
        return {};
    }
    const auto retention = number_in(settings, "delete.retention.ms", 0);
    if (retention < least_delete_retention_ms)
        return fmt::format("topic {}: delete.retention.ms is {}, it has to be at least {} (7 days)", topics.name(topic),
                           retention, least_delete_retention_ms);
    return {};
}

Result<TopicFacts> ensure_topics(rd_kafka_t* client, const KafkaSettings& settings, const TopicTable& topics) {
    auto counts = partition_counts(client, topics);
    if (!counts) return std::unexpected(counts.error());
    std::vector<TopicNo> missing;
    for (TopicNo topic = 0; topic < topics.names().size(); ++topic)
        if (!counts->contains(topics.name(topic))) missing.push_back(topic);
    if (!missing.empty() && !settings.embedded) {
        if (auto created = create(client, settings, topics, missing); !created) return std::unexpected(created.error());
        for (const TopicNo topic : missing)
            (*counts)[topics.name(topic)] = topic == topics.checkpoints() ? 1 : settings.partitions;
    }
    if ((*counts)[topics.name(topics.checkpoints())] != 1)
        return fail(Verdict::stop, "topic_setting",
                    fmt::format("topic {} has {} partitions, it has to have 1", topics.name(topics.checkpoints()),
                                (*counts)[topics.name(topics.checkpoints())]));
    TopicFacts facts{std::move(*counts), default_message_bytes, least_delete_retention_ms * 1000};
    if (settings.embedded) return facts;  // librdkafka's mock cluster keeps no topic settings
    auto described = describe(client, topics);
    // a topic that was made just now may not have come round yet
    for (int tries = 0; !described && !missing.empty() && tries < settling_tries; ++tries) {
        rd_kafka_poll(client, settling_pause_ms);
        described = describe(client, topics);
    }
    if (!described) return std::unexpected(described.error());
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::int64_t retention = std::numeric_limits<std::int64_t>::max();
    for (TopicNo topic = 0; topic < described->size(); ++topic) {
        const TopicSettings& found = (*described)[topic];
        if (auto wrong = wrong_setting(topics, topic, found); !wrong.empty())
            return fail(Verdict::stop, "topic_setting", std::move(wrong));
        most = std::min(most, number_in(found, "max.message.bytes", default_message_bytes));
        if (topic != topics.checkpoints())
            retention = std::min(retention, number_in(found, "delete.retention.ms", least_delete_retention_ms));
    }
    facts.most_message_bytes = static_cast<std::size_t>(most);
    facts.delete_retention = retention * 1000;
    return facts;
}

}  // namespace tributary
