#include "core/publish/embedded_broker.hpp"

#include <librdkafka/rdkafka_mock.h>

namespace tributary {

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start(const TopicTable& topics, int partitions) {
    Kafka<rd_kafka_conf_t> conf(rd_kafka_conf_new());
    // the client that owns the cluster never connects; its warning about that would only puzzle
    rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
    auto owner = kafka_client(RD_KAFKA_PRODUCER, std::move(conf));
    if (!owner) return std::unexpected(owner.error());
    std::unique_ptr<EmbeddedBroker> broker(new EmbeddedBroker);
    broker->owner_ = std::move(*owner);
    broker->cluster_ = rd_kafka_mock_cluster_new(broker->owner_.get(), 1);
    if (broker->cluster_ == nullptr)
        return fail(Verdict::stop, "embedded_broker", "the embedded broker does not start");
    broker->address_ = rd_kafka_mock_cluster_bootstraps(broker->cluster_);
    for (TopicNo topic = 0; topic < topics.names().size(); ++topic) {
        const int count = topic == topics.checkpoints() ? 1 : partitions;
        const auto code = rd_kafka_mock_topic_create(broker->cluster_, topics.name(topic).c_str(), count, 1);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, "the embedded broker"));
    }
    return broker;
}

EmbeddedBroker::~EmbeddedBroker() {
    if (cluster_ != nullptr) rd_kafka_mock_cluster_destroy(cluster_);
}

}  // namespace tributary
