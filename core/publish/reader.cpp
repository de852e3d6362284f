#include "core/publish/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/publish/topics.hpp"

namespace tributary {

namespace {

constexpr int query_timeout_ms = 10'000;
constexpr int alive_timeout_ms = 2'000;
constexpr auto quiet = std::chrono::seconds(1);  ///< A pause that says nothing yet.
constexpr auto broker_patience = std::chrono::seconds(60);
constexpr std::int64_t coordinator_slack_ms = 30'000;  ///< It looks for transactions to end every 10 s.

Result<Kafka<rd_kafka_t>> consumer(const KafkaSettings& settings, const char* isolation) {
    auto conf = kafka_conf(settings,
                           {{"isolation.level", isolation},
                            {"enable.partition.eof", "true"},
                            {"enable.auto.commit", "false"},
                            {"auto.offset.reset", "earliest"}},
                           {{"fetch.wait.max.ms", "50"}, {"queued.max.messages.kbytes", "16384"}});
    if (!conf) return std::unexpected(conf.error());
    return kafka_client(RD_KAFKA_CONSUMER, std::move(*conf));
}

ReadMessage view_of(const rd_kafka_message_t* m) {
    ReadMessage message;
    message.topic = rd_kafka_topic_name(m->rkt);
    message.partition = m->partition;
    message.offset = m->offset;
    message.key = {static_cast<const char*>(m->key), m->key_len};
    if (m->payload != nullptr) message.value = std::string_view(static_cast<const char*>(m->payload), m->len);
    message.raw = m;
    return message;
}

}  // namespace

std::string_view ReadMessage::header(const char* name) const {
    rd_kafka_headers_t* headers = nullptr;
    if (raw == nullptr || rd_kafka_message_headers(raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const void* found = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_last(headers, name, &found, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return {static_cast<const char*>(found), size};
}

Result<TopicReader> TopicReader::connect(const KafkaSettings& settings) {
    TopicReader reader;
    reader.settings_ = &settings;
    auto committed = consumer(settings, "read_committed");
    if (!committed) return std::unexpected(committed.error());
    auto uncommitted = consumer(settings, "read_uncommitted");
    if (!uncommitted) return std::unexpected(uncommitted.error());
    reader.committed_ = std::move(*committed);
    reader.uncommitted_ = std::move(*uncommitted);
    return reader;
}

Result<int> TopicReader::partitions(const std::string& topic, int timeout_ms) {
    Kafka<rd_kafka_topic_t> handle(rd_kafka_topic_new(uncommitted_.get(), topic.c_str(), nullptr));
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(uncommitted_.get(), 0, handle.get(), &raw, timeout_ms);
    Kafka<const rd_kafka_metadata_t> metadata(raw);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(kafka_error(code, fmt::format("cannot read the metadata of {}", topic)));
    if (metadata->topic_cnt != 1 || metadata->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return 0;
    if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(kafka_error(metadata->topics[0].err, fmt::format("cannot see topic {}", topic)));
    return metadata->topics[0].partition_cnt;
}

Result<std::int64_t> TopicReader::high_watermark(const std::string& topic, std::int32_t partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto code =
        rd_kafka_query_watermark_offsets(uncommitted_.get(), topic.c_str(), partition, &low, &high, query_timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(kafka_error(code, fmt::format("cannot find the end of {}/{}", topic, partition)));
    return high;
}

/// One reading: which partitions are open, how far each has come.
struct TopicReader::Run {
    struct Partition {
        PartitionOffset next;
        std::int64_t end = 0;
        bool done = false;
        Kafka<rd_kafka_topic_t> topic;
    };

    std::vector<Partition> partitions;
    Kafka<rd_kafka_queue_t> queue;
    std::size_t open = 0;
    std::int64_t messages = 0;

    ~Run() {
        for (auto& p : partitions)
            if (p.topic) (void)rd_kafka_consume_stop(p.topic.get(), p.next.partition);
    }

    Partition* find(std::string_view topic, std::int32_t partition) {
        for (auto& p : partitions)
            if (p.next.partition == partition && p.next.topic == topic) return &p;
        return nullptr;
    }

    void reached(Partition& p, std::int64_t offset) {
        p.next.offset = std::max(p.next.offset, offset);
        if (p.done || p.next.offset < p.end) return;
        p.done = true;
        --open;
    }

    const Partition& hanging() const {
        return *std::ranges::find_if(partitions, [](const auto& p) { return !p.done; });
    }
};

/// How long nothing has come.
struct TopicReader::Silence {
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point asked = since;
    std::chrono::steady_clock::time_point broker_answered = since;

    void ends() { *this = {}; }
};

std::int64_t TopicReader::longest_transaction_ms() {
    if (!longest_transaction_ms_) longest_transaction_ms_ = tributary::longest_transaction_ms(uncommitted_.get());
    return *longest_transaction_ms_;
}

/// Nothing came. A broker that is away is told from a transaction that hangs by asking it something.
Result<> TopicReader::wait(const Run& run, Silence& silence, const Request& request) {
    const auto now = std::chrono::steady_clock::now();
    if (now - silence.asked < quiet) return {};
    silence.asked = now;
    const auto& p = run.hanging();
    const std::string where =
        fmt::format("{}/{} stands at offset {} of {}", p.next.topic, p.next.partition, p.next.offset, p.end);
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto code = rd_kafka_query_watermark_offsets(uncommitted_.get(), p.next.topic.c_str(), p.next.partition, &low,
                                                       &high, alive_timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (request.on_waiting) request.on_waiting(fmt::format("{}: the broker does not answer", where));
        if (now - silence.broker_answered < broker_patience) return {};
        return std::unexpected(kafka_error(code, where));
    }
    silence.broker_answered = now;
    const std::int64_t longest = longest_transaction_ms();
    if (request.on_waiting)
        request.on_waiting(
            fmt::format("{}: a transaction hangs there, the broker ends it after at most {} s", where, longest / 1000));
    if (now - silence.since < std::chrono::milliseconds(longest + coordinator_slack_ms)) return {};
    return fail(Verdict::retry, "topic_end_not_reached", fmt::format("a transaction hangs: {}", where));
}

Result<std::vector<PartitionOffset>> TopicReader::read_to_end(const Request& request, std::stop_token stop) {
    rd_kafka_t* client = request.committed ? committed_.get() : uncommitted_.get();
    Run run;
    run.queue.reset(rd_kafka_queue_new(client));
    for (const PartitionOffset& from : request.from) {
        auto high = high_watermark(from.topic, from.partition);
        if (!high) return std::unexpected(high.error());
        if (from.offset > *high)
            return fail(Verdict::retry, "offset_out_of_range",
                        fmt::format("{}/{} ends at {}, before {}", from.topic, from.partition, *high, from.offset));
        auto& p = run.partitions.emplace_back(Run::Partition{from, *high, from.offset >= *high, nullptr});
        if (p.done) continue;
        ++run.open;
        p.topic.reset(rd_kafka_topic_new(client, from.topic.c_str(), nullptr));
        // an offset that compaction or retention has passed starts at what is left, which is what a table needs
        if (rd_kafka_consume_start_queue(p.topic.get(), from.partition, from.offset, run.queue.get()) != 0)
            return std::unexpected(kafka_error(rd_kafka_last_error(), fmt::format("cannot read {}", from.topic)));
    }
    Silence silence;
    while (run.open > 0) {
        if (stop.stop_requested()) return fail(Verdict::retry, "stopped", "stopped while reading the topics");
        std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> m(
            rd_kafka_consume_queue(run.queue.get(), 100), rd_kafka_message_destroy);
        if (!m) {
            if (auto waited = wait(run, silence, request); !waited) return std::unexpected(waited.error());
            continue;
        }
        auto* p = m->rkt ? run.find(rd_kafka_topic_name(m->rkt), m->partition) : nullptr;
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (p != nullptr) run.reached(*p, m->offset);
            continue;
        }
        if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (m->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || m->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
                return std::unexpected(kafka_error(m->err, "cannot read a topic", rd_kafka_message_errstr(m.get())));
            // a broker that comes back is met again
            if (auto waited = wait(run, silence, request); !waited) return std::unexpected(waited.error());
            continue;
        }
        silence.ends();
        if (auto handled = request.on_message(view_of(m.get())); !handled) return std::unexpected(handled.error());
        if (p != nullptr) run.reached(*p, m->offset + 1);
        if (++run.messages % 10'000 == 0 && request.on_progress) request.on_progress(run.messages);
    }
    std::vector<PartitionOffset> next;
    for (const auto& p : run.partitions) next.push_back(p.next);
    return next;
}

}  // namespace tributary
