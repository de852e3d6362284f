#include "core/publish/producer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace tributary {

namespace {

constexpr int transaction_timeout_ms = 60'000;
constexpr int init_slice_ms = 1'000;
constexpr int queue_full_patience_ms = 60'000;
constexpr std::size_t most_librdkafka_takes = 1'000'000'000;
/// librdkafka 2.0.2 keeps at most five requests of an idempotent producer on their way to a broker, and while a sixth
/// waits its thread turns without rest: 5 of 18 CPU-seconds per million rows. So no more is handed over at once than
/// fits into requests of 1 MB for four partitions.
constexpr std::size_t wave_bytes = 3'500'000;
constexpr int wave_patience_ms = 1'000;
constexpr int probe_patience_ms = 30'000;

bool is_fenced(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

bool refuses_topic(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::connect(const KafkaSettings& settings, const TopicTable& topics,
                                                    std::size_t most_message_bytes) {
    const KafkaProperties protocol = {
        {"transactional.id", fmt::format("{}/{}", settings.topic_prefix, settings.instance)},
        {"partitioner", "murmur2"},  // Java's default; librdkafka's own is CRC32
        {"message.max.bytes", std::to_string(std::min(most_message_bytes, most_librdkafka_takes))}};
    const KafkaProperties defaults = {
        {"compression.codec", "lz4"},
        {"transaction.timeout.ms", std::to_string(transaction_timeout_ms)},
        // the end of a transaction flushes at once, so waiting for fuller batches costs no latency
        {"linger.ms", "20"},
        {"queue.buffering.max.kbytes", "262144"},
        {"queue.buffering.max.messages", "2000000"}};
    auto conf = kafka_conf(settings, protocol, defaults);
    if (!conf) return std::unexpected(conf.error());
    std::unique_ptr<Producer> producer(new Producer(topics));
    rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
    auto client = kafka_client(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) return std::unexpected(client.error());
    producer->client_ = std::move(*client);
    producer->handles_.resize(topics.names().size());
    producer->deliveries_.next.resize(topics.names().size());
    producer->deliveries_.wanted.resize(topics.names().size());
    return producer;
}

Producer::~Producer() {
    if (!client_) return;
    // what was not delivered belongs to a transaction that is over or lost; its values may be gone already
    (void)rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(client_.get(), 1'000);
    handles_.clear();
}

Result<> Producer::init(int patience_ms, std::stop_token stop) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    for (;;) {
        Kafka<rd_kafka_error_t> error(rd_kafka_init_transactions(client_.get(), init_slice_ms));
        if (!error) return {};
        const auto code = rd_kafka_error_code(error.get());
        if (stop.stop_requested()) return fail(Verdict::retry, "stopped", "stopped while waiting for the broker");
        if (!rd_kafka_error_is_retriable(error.get()) || std::chrono::steady_clock::now() > deadline)
            return std::unexpected(
                kafka_error(code, "cannot start the transactional producer", rd_kafka_error_string(error.get())));
    }
}

Result<> Producer::begin() {
    for (auto& partitions : deliveries_.next) std::ranges::fill(partitions, -1);
    deliveries_.wanted.assign(deliveries_.next.size(), false);
    deliveries_.refused.reset();
    deliveries_.failed.reset();
    in_wave_ = 0;
    Kafka<rd_kafka_error_t> error(rd_kafka_begin_transaction(client_.get()));
    if (!error) return {};
    const auto code = rd_kafka_error_code(error.get());
    return std::unexpected(kafka_error(code, "cannot begin a transaction", rd_kafka_error_string(error.get())));
}

/// Made when it is first needed: librdkafka's thread looks at every partition of every topic it knows of, each time it
/// turns.
rd_kafka_topic_t* Producer::handle(TopicNo topic) {
    auto& handle = handles_[topic];
    if (!handle) handle.reset(rd_kafka_topic_new(client_.get(), topics_.name(topic).c_str(), nullptr));
    return handle.get();
}

/// A broker that does not take the wave in time will meet the next one; what it never takes, the commit will tell.
void Producer::finish_wave(std::size_t bytes) {
    in_wave_ += bytes;
    if (in_wave_ < wave_bytes) return;
    in_wave_ = 0;
    (void)rd_kafka_flush(client_.get(), wave_patience_ms);
}

Result<> Producer::produce(const Message& message) {
    deliveries_.wanted[message.topic] = true;
    std::size_t bytes = message.key.size();
    for (const Header& header : message.headers) bytes += header.value.size() + 16;
    rd_kafka_headers_t* headers = nullptr;
    if (!message.headers.empty()) {
        headers = rd_kafka_headers_new(message.headers.size());
        for (const Header& header : message.headers)
            // librdkafka writes a null pointer as a null value, which is not the same as an empty one to a consumer
            rd_kafka_header_add(headers, header.name, -1, header.value.empty() ? "" : header.value.data(),
                                static_cast<ssize_t>(header.value.size()));
    }
    void* const value = message.value ? const_cast<char*>(message.value->data()) : nullptr;
    const std::size_t size = message.value ? message.value->size() : 0;
    std::array<rd_kafka_vu_t, 6> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = handle(message.topic);
    parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;  // 0: the value is neither copied nor freed
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {value, size};
    parts[3].vtype = RD_KAFKA_VTYPE_KEY;
    parts[3].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
    parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[4].u.ptr = this;
    parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[5].u.headers = headers;
    const std::size_t count = headers != nullptr ? parts.size() : parts.size() - 1;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(queue_full_patience_ms);
    for (;;) {
        Kafka<rd_kafka_error_t> error(rd_kafka_produceva(client_.get(), parts.data(), count));
        const auto code = error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            finish_wave(bytes + size);
            return {};
        }
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && std::chrono::steady_clock::now() < deadline) {
            rd_kafka_poll(client_.get(), 50);
            continue;
        }
        if (headers != nullptr) rd_kafka_headers_destroy(headers);
        std::array<char, 256> why{};
        const auto fatal = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
        return std::unexpected(
            fatal != RD_KAFKA_RESP_ERR_NO_ERROR
                ? kafka_error(fatal, "cannot produce", why.data())
                : kafka_error(code, fmt::format("cannot produce to {}", topics_.name(message.topic))));
    }
}

void Producer::on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*opaque*/) {
    auto* self = static_cast<Producer*>(message->_private);
    const auto handle = std::ranges::find(self->handles_, message->rkt, &Kafka<rd_kafka_topic_t>::get);
    const auto topic = static_cast<std::size_t>(handle - self->handles_.begin());
    if (topic >= self->deliveries_.next.size()) return;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const Error error = kafka_error(message->err, fmt::format("topic {} does not take messages",
                                                                  self->topics_.name(static_cast<TopicNo>(topic))));
        if (refuses_topic(message->err) && !self->deliveries_.refused)
            self->deliveries_.refused = TopicRefused{static_cast<TopicNo>(topic), error};
        if (!self->deliveries_.failed) self->deliveries_.failed = error;
        return;
    }
    auto& partitions = self->deliveries_.next[topic];
    const auto partition = static_cast<std::size_t>(message->partition);
    if (partition >= partitions.size()) partitions.resize(partition + 1, -1);
    partitions[partition] = std::max(partitions[partition], message->offset + 1);
}

Answer Producer::commit() {
    Kafka<rd_kafka_error_t> error(rd_kafka_commit_transaction(client_.get(), -1));
    if (!error) return Committed{offsets()};
    if (deliveries_.refused) return *deliveries_.refused;
    return answer_for(error.get(), "the outcome of a commit is unknown");
}

std::optional<bool> Producer::takes_messages(TopicNo topic) {
    // With a partition in it that is not refused the transaction can be rolled back: an empty one the broker calls
    // invalid, and that costs the producer.
    if (!begin() || !deliver(topics_.checkpoints()).value_or(false)) return std::nullopt;
    const auto takes = deliver(topic);
    if (takes != true) return takes;
    if (!std::holds_alternative<RolledBack>(rollback())) return std::nullopt;
    return true;
}

std::optional<bool> Producer::deliver(TopicNo topic) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(probe_patience_ms);
    const auto& next = deliveries_.next[topic];
    while (std::chrono::steady_clock::now() < deadline) {
        // a transaction that was refused takes no further messages: the only sign there is before its end
        if (!produce({topic, "probe", std::string_view(), {}})) return false;
        rd_kafka_flush(client_.get(), 50);
        if (std::ranges::any_of(next, [](auto offset) { return offset >= 0; })) return true;
        if (deliveries_.failed) return false;
    }
    return std::nullopt;
}

std::vector<TopicNo> Producer::topics_wanted() const {
    std::vector<TopicNo> topics;
    for (std::size_t topic = 0; topic < deliveries_.wanted.size(); ++topic)
        if (deliveries_.wanted[topic]) topics.push_back(static_cast<TopicNo>(topic));
    return topics;
}

Answer Producer::rollback() {
    Kafka<rd_kafka_error_t> error(rd_kafka_abort_transaction(client_.get(), -1));
    if (!error) return RolledBack{};
    return answer_for(error.get(), "cannot roll a transaction back");
}

Answer Producer::answer_for(rd_kafka_error_t* error, std::string_view doing) {
    const auto code = rd_kafka_error_code(error);
    std::array<char, 256> why{};
    const auto fatal = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
    const auto decisive = fatal != RD_KAFKA_RESP_ERR_NO_ERROR ? fatal : code;
    Error ours = kafka_error(decisive, doing, rd_kafka_error_string(error));
    if (deliveries_.failed) ours.what += "; " + deliveries_.failed->what;
    return OutcomeUnknown{std::move(ours), is_fenced(decisive)};
}

std::vector<OffsetHint> Producer::offsets() const {
    std::vector<OffsetHint> hints;
    for (std::size_t topic = 0; topic < deliveries_.next.size(); ++topic)
        for (std::size_t partition = 0; partition < deliveries_.next[topic].size(); ++partition)
            if (deliveries_.next[topic][partition] >= 0)
                hints.push_back({topics_.name(static_cast<TopicNo>(topic)), static_cast<std::int32_t>(partition),
                                 deliveries_.next[topic][partition]});
    return hints;
}

}  // namespace tributary
