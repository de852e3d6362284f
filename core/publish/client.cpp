#include "core/publish/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tributary {

namespace {

/// With their aliases. What a configuration could say of them would be wrong or, worse, silently overridden.
constexpr std::array<std::string_view, 17> reserved = {
    "transactional.id",
    "enable.idempotence",
    "acks",
    "request.required.acks",
    "partitioner",
    "message.max.bytes",  // what the topics take decides
    "delivery.report.only.error",
    "isolation.level",
    "auto.offset.reset",
    "enable.auto.commit",
    "auto.commit.enable",
    "enable.partition.eof",
    "group.id",
    "allow.auto.create.topics",
    "enabled_events",
    "bootstrap.servers",  // brokers
    "metadata.broker.list",
};

constexpr std::array<std::string_view, 6> shown_sasl = {
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.username",
    "sasl.oauthbearer.method",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.token.endpoint.url",
};

void forward_log(const rd_kafka_t* client, int level, const char* /*facility*/, const char* text) {
    const auto* settings = static_cast<const KafkaSettings*>(rd_kafka_opaque(client));
    if (settings != nullptr && settings->log) settings->log(level, text);
}

void forward_error(rd_kafka_t* /*client*/, int code, const char* reason, void* opaque) {
    const auto* settings = static_cast<const KafkaSettings*>(opaque);
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    const bool lost = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                      error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED || error == RD_KAFKA_RESP_ERR__SSL;
    if (lost && settings != nullptr && settings->trouble)
        settings->trouble(kafka_error(error, "no broker can be used",
                                      // librdkafka counts its connections, of which each broker has two
                                      error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? "none answers" : reason));
}

Verdict verdict_of(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
            return Verdict::reject;
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
            return Verdict::stop;
        default:
            return Verdict::retry;  // rights and credentials come back too: an operator grants them while we run
    }
}

std::string code_of(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
            return "broker_away";
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return "broker_refuses_credentials";
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return "broker_refuses_right";
        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            return "fenced";
        default:
            return "kafka_error";
    }
}

}  // namespace

bool is_reserved_property(std::string_view name) { return std::ranges::find(reserved, name) != reserved.end(); }

bool is_secret_property(std::string_view name) {
    if (name.ends_with(".password")) return true;
    // a path, or Kerberos' names: kafka for one, which is half of what a log says
    if (name == "ssl.key.location" || name.starts_with("sasl.kerberos.")) return false;
    if (name.starts_with("sasl.")) return std::ranges::find(shown_sasl, name) == shown_sasl.end();
    return name.starts_with("ssl.key.") || name == "ssl_key";
}

Result<Kafka<rd_kafka_conf_t>> kafka_conf(const KafkaSettings& settings, const KafkaProperties& protocol,
                                          const KafkaProperties& defaults) {
    Kafka<rd_kafka_conf_t> conf(rd_kafka_conf_new());
    std::array<char, 512> why{};
    auto set = [&](const std::string& name, const std::string& value) {
        return rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK;
    };
    // Debian's librdkafka 2.0.2 leaves Nagle on, which costs a transaction of small requests its speed.
    bool good = set("bootstrap.servers", settings.brokers) && set("socket.nagle.disable", "true") &&
                set("client.id", "tributary-" + settings.instance);
    for (const auto& [name, value] : defaults) good = good && set(name, value);
    for (const auto& [name, value] : settings.properties) good = good && set(name, value);
    for (const auto& [name, value] : protocol) good = good && set(name, value);
    if (!good) return fail(Verdict::stop, "kafka_property", why.data());
    rd_kafka_conf_set_opaque(conf.get(), const_cast<KafkaSettings*>(&settings));
    rd_kafka_conf_set_log_cb(conf.get(), forward_log);
    rd_kafka_conf_set_error_cb(conf.get(), forward_error);
    return conf;
}

Result<Kafka<rd_kafka_t>> kafka_client(rd_kafka_type_t type, Kafka<rd_kafka_conf_t> conf) {
    std::array<char, 512> why{};
    rd_kafka_t* client = rd_kafka_new(type, conf.get(), why.data(), why.size());
    if (client == nullptr) return fail(Verdict::stop, "kafka_property", fmt::format("kafka: {}", why.data()));
    (void)conf.release();  // the client owns it now
    return Kafka<rd_kafka_t>(client);
}

Error kafka_error(rd_kafka_resp_err_t code, std::string_view doing, std::string_view detail) {
    std::string what = fmt::format("{}: {}", doing, detail.empty() ? rd_kafka_err2str(code) : detail);
    return {verdict_of(code), code_of(code), std::move(what)};
}

}  // namespace tributary
