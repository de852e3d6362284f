#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/publish/client.hpp"
#include "core/publish/log.hpp"
#include "core/publish/topics.hpp"

namespace tributary {

/// One transactional producer, from `init_transactions` to the first thing that goes wrong with it. Blocking calls;
/// one thread at a time.
class Producer {
  public:
    /// A client that has not fenced anybody yet: good for asking about topics.
    static Result<std::unique_ptr<Producer>> connect(const KafkaSettings& settings, const TopicTable& topics,
                                                     std::size_t most_message_bytes);
    ~Producer();

    /// Fences every older producer of this instance and ends its transaction. Waits up to `patience_ms`.
    Result<> init(int patience_ms, std::stop_token stop);

    Result<> begin();
    Result<> produce(const Message& message);
    /// Delivers, then commits. Whatever the answer but `Committed` and `TopicRefused`, this producer is done for.
    Answer commit();
    Answer rollback();

    /// Tries a topic in a transaction that is rolled back; when the topic refuses, it stays open for `rollback`. Empty:
    /// nobody answers, this producer is done for.
    std::optional<bool> takes_messages(TopicNo topic);
    /// The topics the last transaction had messages for.
    std::vector<TopicNo> topics_wanted() const;

    rd_kafka_t* client() const { return client_.get(); }

  private:
    /// What the delivery reports of the open transaction said. Filled from within calls of this class only.
    struct Deliveries {
        std::vector<std::vector<std::int64_t>> next;  ///< By topic and partition; -1: nothing delivered.
        std::vector<bool> wanted;                     ///< By topic: the transaction has messages for it.
        std::optional<TopicRefused> refused;
        std::optional<Error> failed;
    };
    static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
    Answer answer_for(rd_kafka_error_t* error, std::string_view doing);
    /// Whether a message without meaning gets through in the open transaction.
    std::optional<bool> deliver(TopicNo topic);
    std::vector<OffsetHint> offsets() const;

    explicit Producer(const TopicTable& topics) : topics_(topics) {}

    const TopicTable& topics_;
    Deliveries deliveries_;
    Kafka<rd_kafka_t> client_;
    rd_kafka_topic_t* handle(TopicNo topic);
    void finish_wave(std::size_t bytes);

    std::vector<Kafka<rd_kafka_topic_t>> handles_;  ///< By topic; null until first needed.
    std::size_t in_wave_ = 0;                       ///< Bytes handed over since the last wait.
};

}  // namespace tributary
