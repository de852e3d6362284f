#include "core/publish/publisher.hpp"

#include <fmt/format.h>

#include "core/status/failpoint.hpp"

namespace tributary {

namespace {

constexpr int init_patience_ms = 30'000;
constexpr std::string_view refused_right = "broker_refuses_right";

}  // namespace

Publisher::Publisher(KafkaSettings settings, std::vector<std::string> entities, std::function<void()> wake)
    : settings_(std::move(settings)),
      topics_(settings_.topic_prefix, entities),
      wake_(std::move(wake)),
      worker_([this](std::stop_token stop) { work(stop); }) {}

Publisher::~Publisher() = default;

Result<> Publisher::begin() {
    if (!producer_) return fail(Verdict::retry, "broker_away", "there is no producer");
    return producer_->begin();
}

Result<> Publisher::produce(const Message& message) { return producer_->produce(message); }

void Publisher::start_commit() {
    start([this]() -> Answer {
        failpoint("kafka.before_commit");
        Answer answer = commit();
        failpoint("kafka.after_commit");
        return answer;
    });
}

void Publisher::start_rollback() {
    start([this]() -> Answer { return producer_->rollback(); });
}

void Publisher::start_recovery() {
    start([this] { return recover(); });
}

void Publisher::start_reading() {
    start([this] { return read(); });
}

std::optional<Answer> Publisher::answer() {
    const std::lock_guard lock(mutex_);
    return std::exchange(answer_, std::nullopt);
}

void Publisher::start(std::function<Answer()> task) {
    const std::lock_guard lock(mutex_);
    task_ = std::move(task);
    changed_.notify_one();
}

void Publisher::work(std::stop_token stop) {
    {
        const std::lock_guard lock(mutex_);
        stop_ = stop;
    }
    for (;;) {
        std::function<Answer()> task;
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [&] { return static_cast<bool>(task_); })) return;
            task = std::exchange(task_, nullptr);
        }
        Answer answer = task();
        {
            const std::lock_guard lock(mutex_);
            answer_ = std::move(answer);
        }
        wake_();
    }
}

Answer Publisher::commit() {
    Answer answer = producer_->commit();
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&answer); unknown && unknown->error.code == refused_right)
        if (auto refused = find_refused(unknown->error)) return *refused;
    return answer;
}

/// The coordinator refuses a transaction as a whole (AddPartitionsToTxn) and librdkafka does not say for which topic:
/// a new producer, whose start ends the old one's transaction, tries one after the other.
std::optional<TopicRefused> Publisher::find_refused(const Error& error) {
    const auto topics = producer_->topics_wanted();
    producer_.reset();
    if (!connect() || !producer_->init(init_patience_ms, stop_)) return std::nullopt;
    for (const TopicNo topic : topics) {
        const auto takes = producer_->takes_messages(topic);
        if (!takes) return std::nullopt;
        if (*takes) continue;
        return TopicRefused{topic,
                            {error.verdict, error.code,
                             fmt::format("topic {} does not take messages: the broker refuses the right to write",
                                         topics_.name(topic))}};
    }
    return std::nullopt;
}

Answer Publisher::recover() {
    producer_.reset();
    if (auto connected = connect(); !connected) return StillAway{connected.error()};
    if (auto ready = producer_->init(init_patience_ms, stop_); !ready) {
        producer_.reset();
        return StillAway{ready.error()};
    }
    failpoint("kafka.after_init");
    auto checkpoints = read_checkpoints();
    if (!checkpoints) return StillAway{checkpoints.error()};
    if (auto same = check_partitions(*checkpoints); !same) return StillAway{same.error()};
    return Recovered{std::move(*checkpoints), facts_.partitions};
}

Answer Publisher::read() {
    auto checkpoints = read_checkpoints();
    if (!checkpoints) return StillAway{checkpoints.error()};
    return CheckpointsRead{std::move(*checkpoints)};
}

Result<> Publisher::connect() {
    if (auto checked = check_topics(); !checked) return checked;
    auto producer = Producer::connect(settings_, topics_, facts_.most_message_bytes);
    if (!producer) return std::unexpected(producer.error());
    producer_ = std::move(*producer);
    return {};
}

/// At every recovery: somebody may have changed a topic while the broker was away.
Result<> Publisher::check_topics() {
    // librdkafka answers refused credentials with a broken connection; why it broke comes as an event, only when polled
    std::optional<Error> refused;
    KafkaSettings asking = settings_;
    asking.trouble = [&](const Error& error) {
        if (error.code == "broker_refuses_credentials") refused = error;
    };
    // a consumer: a producer that asks about a topic makes the broker create it, with the broker's settings
    auto conf = kafka_conf(asking, {{"allow.auto.create.topics", "false"}});
    if (!conf) return std::unexpected(conf.error());
    auto client = kafka_client(RD_KAFKA_CONSUMER, std::move(*conf));
    if (!client) return std::unexpected(client.error());
    auto facts = ensure_topics(client->get(), settings_, topics_);
    if (!facts) {
        while (rd_kafka_poll(client->get(), 0) > 0) continue;
        return std::unexpected(refused.value_or(facts.error()));
    }
    facts_ = std::move(*facts);
    if (char* id = rd_kafka_clusterid(client->get(), 5'000)) {
        cluster_id_ = id;
        rd_kafka_mem_free(client->get(), id);
    }

    return {};
}

Result<Checkpoints> Publisher::read_checkpoints() {
    if (!reader_) {
        auto reader = TopicReader::connect(settings_);
        if (!reader) return std::unexpected(reader.error());
        reader_ = std::move(*reader);
    }
    Checkpoints checkpoints(settings_.instance);
    const auto waiting = [this](std::string_view what) {
        if (settings_.trouble) settings_.trouble({Verdict::retry, "topic_end_not_reached", std::string(what)});
    };
    const std::vector<PartitionOffset> from = {{topics_.name(topics_.checkpoints()), 0, 0}};
    auto numbers = reader_->read_to_end({.from = from,
                                         .committed = false,
                                         .on_message = [&](const ReadMessage& m) -> Result<> {
                                             checkpoints.add_any(m.key, m.value);
                                             return {};
                                         },
                                         .on_progress = {},
                                         .on_waiting = waiting},
                                        stop_);
    if (!numbers) return std::unexpected(numbers.error());
    auto values = reader_->read_to_end(
        {.from = from,
         .committed = true,
         .on_message = [&](const ReadMessage& m) { return checkpoints.add_committed(m.key, m.value); },
         .on_progress = {},
         .on_waiting = waiting},
        stop_);
    if (!values) return std::unexpected(values.error());
    return checkpoints;
}

Result<> Publisher::check_partitions(const Checkpoints& checkpoints) const {
    for (const auto& [topic, recorded] : checkpoints.partitions()) {
        auto found = facts_.partitions.find(topic);
        if (found == facts_.partitions.end() || found->second == recorded) continue;
        return fail(Verdict::stop, "topic_partitions",
                    fmt::format("topic {} has {} partitions, it was started with {}: events of one entity would lie in "
                                "two partitions and lose their order",
                                topic, found->second, recorded));
    }
    return {};
}

}  // namespace tributary
