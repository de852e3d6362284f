#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/publish/log.hpp"
#include "core/publish/producer.hpp"
#include "core/publish/reader.hpp"
#include "core/publish/topics.hpp"

namespace tributary {

/// The real log: transactions on a Kafka cluster. Called by one thread (the commit loop); what blocks runs on a worker
/// of its own, and `wake` is called from there when an answer is ready. Destruction stops the worker; a transaction
/// that is open then is ended by the next start, or by the coordinator's time-out.
class Publisher final : public Log {
  public:
    Publisher(KafkaSettings settings, std::vector<std::string> entities, std::function<void()> wake);
    ~Publisher() override;

    Result<> begin() override;
    Result<> produce(const Message& message) override;
    void start_commit() override;
    void start_rollback() override;
    void start_recovery() override;
    void start_reading() override;
    std::optional<Answer> answer() override;
    std::size_t most_message_bytes() const override { return facts_.most_message_bytes; }

    const TopicTable& topics() const { return topics_; }
    const KafkaSettings& settings() const { return settings_; }
    /// Valid once a recovery has answered.
    const TopicFacts& facts() const { return facts_; }
    const std::string& cluster_id() const { return cluster_id_; }

  private:
    void start(std::function<Answer()> task);
    void work(std::stop_token stop);
    Answer commit();
    std::optional<TopicRefused> find_refused(const Error& error);
    Answer recover();
    Answer read();
    Result<> connect();
    Result<> check_topics();
    Result<Checkpoints> read_checkpoints();
    Result<> check_partitions(const Checkpoints& checkpoints) const;

    KafkaSettings settings_;
    TopicTable topics_;
    TopicFacts facts_;
    std::string cluster_id_;
    std::function<void()> wake_;
    std::unique_ptr<Producer> producer_;  ///< Handed between the two threads: never used while a task runs.
    std::optional<TopicReader> reader_;   ///< Worker only.

    std::mutex mutex_;  ///< Guards the two below.
    std::condition_variable_any changed_;
    std::function<Answer()> task_;
    std::optional<Answer> answer_;
    std::stop_token stop_;
    std::jthread worker_;  ///< Last member: stops before anything it uses is gone.
};

}  // namespace tributary
