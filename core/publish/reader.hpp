#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/publish/client.hpp"

namespace tributary {

/// A message as a reader sees it; views live until the handler returns.
struct ReadMessage {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string_view key;
    std::optional<std::string_view> value;  ///< Empty: a tombstone.
    const rd_kafka_message_t* raw = nullptr;

    /// The last header of that name, or empty.
    std::string_view header(const char* name) const;
};

struct PartitionOffset {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};

/// Reads topics from given offsets to their end, the way DESIGN.md defines the end: the high watermark as a
/// `read_uncommitted` client sees it, reached by a `read_committed` one. A hanging transaction therefore delays the
/// answer, and never hides a commit. Used by one thread at a time.
class TopicReader {
  public:
    static Result<TopicReader> connect(const KafkaSettings& settings);

    const rd_kafka_t* client() const { return committed_.get(); }
    Result<int> partitions(const std::string& topic, int timeout_ms = 10'000);
    /// One past the last message, aborted ones and control records included.
    Result<std::int64_t> high_watermark(const std::string& topic, std::int32_t partition);

    struct Request {
        std::vector<PartitionOffset> from;
        bool committed = true;  ///< False: aborted messages are delivered too.
        std::function<Result<>(const ReadMessage&)> on_message;
        std::function<void(std::int64_t messages)> on_progress;
        /// Called about every second in which nothing comes, with the partition that hangs and how long that can last.
        std::function<void(std::string_view what)> on_waiting;
    };
    /// Where the next read of each partition starts. `offset_out_of_range` when a start lies beyond the end;
    /// `topic_end_not_reached` when nothing comes for longer than any transaction can last, `broker_away` when the
    /// broker does not answer meanwhile.
    Result<std::vector<PartitionOffset>> read_to_end(const Request& request, std::stop_token stop);

  private:
    struct Run;
    struct Silence;
    Result<> wait(const Run& run, Silence& silence, const Request& request);
    std::int64_t longest_transaction_ms();

    const KafkaSettings* settings_ = nullptr;
    Kafka<rd_kafka_t> committed_;
    Kafka<rd_kafka_t> uncommitted_;
    std::optional<std::int64_t> longest_transaction_ms_;  ///< Asked when something hangs.
};

}  // namespace tributary
