#pragma once

#include <memory>
#include <string>

#include "core/publish/client.hpp"
#include "core/publish/topics.hpp"

struct rd_kafka_mock_cluster_s;

namespace tributary {

/// librdkafka's mock cluster, to try things out without a broker. It forgets everything with the process, keeps 5 MiB
/// or 100,000 messages a partition and does not fence: good for a demo, no proof of anything.
class EmbeddedBroker {
  public:
    static Result<std::unique_ptr<EmbeddedBroker>> start(const TopicTable& topics, int partitions);
    ~EmbeddedBroker();

    /// `host:port`, for this machine's other programs too.
    const std::string& address() const { return address_; }

  private:
    EmbeddedBroker() = default;
    Kafka<rd_kafka_t> owner_;
    rd_kafka_mock_cluster_s* cluster_ = nullptr;
    std::string address_;
};

}  // namespace tributary
