#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.hpp"

namespace tributary {

/// How to reach the cluster and what belongs to this instance there.
struct KafkaSettings {
    std::string brokers;  ///< `host:port,host:port`; of the embedded broker once it runs.
    bool embedded = false;
    std::string tenant;
    std::string instance;
    std::string topic_prefix;
    int partitions = 6;                             ///< For topics made at the first start.
    bool partitions_asked = false;                  ///< The number is not the default.
    std::map<std::string, std::string> properties;  ///< Any librdkafka property; secrets already resolved.
    /// librdkafka's own log lines (syslog level, text); called from its threads.
    std::function<void(int level, std::string_view text)> log;
    /// A client lost its brokers or their trust; called from within calls that serve the client, long before they end.
    std::function<void(const Error& error)> trouble;
};

/// Properties the protocol depends on: a configuration may not set them.
bool is_reserved_property(std::string_view name);

/// Properties whose values must not show: passwords, keys, and of `sasl.*` all but the names of users, mechanisms and
/// places that an operator has to read.
bool is_secret_property(std::string_view name);

struct KafkaDeleter {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
    void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
    void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
template <typename T>
using Kafka = std::unique_ptr<T, KafkaDeleter>;

using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

/// What we want where the user says nothing, by whatever spelling; then the user's properties; then the protocol's,
/// which are reserved. `settings` must outlive every client made from it.
Result<Kafka<rd_kafka_conf_t>> kafka_conf(const KafkaSettings& settings, const KafkaProperties& protocol,
                                          const KafkaProperties& defaults = {});

Result<Kafka<rd_kafka_t>> kafka_client(rd_kafka_type_t type, Kafka<rd_kafka_conf_t> conf);

/// One home for "what does this Kafka error mean for us". `doing` starts the message: "cannot commit".
Error kafka_error(rd_kafka_resp_err_t code, std::string_view doing, std::string_view detail = {});

}  // namespace tributary
