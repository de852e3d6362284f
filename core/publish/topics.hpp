#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/publish/client.hpp"
#include "core/publish/log.hpp"

namespace tributary {

/// The topics of an instance by number: the entities' in the catalogue's order, then records, dead_letter, checkpoints.
class TopicTable {
  public:
    TopicTable(std::string_view prefix, std::span<const std::string> entities);

    const std::vector<std::string>& names() const { return names_; }
    const std::string& name(TopicNo topic) const { return names_[topic]; }
    TopicNo entity(std::size_t entity) const { return static_cast<TopicNo>(entity); }
    std::size_t entities() const { return names_.size() - 3; }
    TopicNo records() const { return static_cast<TopicNo>(names_.size() - 3); }
    TopicNo dead_letter() const { return static_cast<TopicNo>(names_.size() - 2); }
    TopicNo checkpoints() const { return static_cast<TopicNo>(names_.size() - 1); }

  private:
    std::vector<std::string> names_;
};

/// What the broker says about the topics.
struct TopicFacts {
    std::map<std::string, int> partitions;
    std::size_t most_message_bytes = 0;  ///< Smallest `max.message.bytes`.
    std::int64_t delete_retention = 0;  ///< Smallest `delete.retention.ms` of the compacted state topics, microseconds.
};

/// Creates what is missing and checks the settings that the protocol depends on. `topic_setting` (stop) names the topic
/// and the setting that is wrong; the broker being away is a retry.
Result<TopicFacts> ensure_topics(rd_kafka_t* client, const KafkaSettings& settings, const TopicTable& topics);

/// How long the broker lets any transaction stay open (`transaction.max.timeout.ms`), in milliseconds; Kafka's default
/// when it does not say.
std::int64_t longest_transaction_ms(rd_kafka_t* client);

/// Settings of a topic as the broker describes them.
using TopicSettings = std::map<std::string, std::string>;

/// Pure: empty, or what is wrong with them.
std::string wrong_setting(const TopicTable& topics, TopicNo topic, const TopicSettings& settings);

}  // namespace tributary
