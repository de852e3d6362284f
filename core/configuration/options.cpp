#include "core/configuration/configuration.hpp"

namespace tributary {

namespace {

constexpr Option state_options[] = {
    {.name = "directory",
     .type = OptionType::text,
     .help = "Where the cache lives; lost, it is rebuilt from the topics.",
     .fallback = "/var/lib/tributary"},
};

constexpr Option kafka_options[] = {
    {.name = "brokers",
     .type = OptionType::texts,
     .help = "Addresses as host:port, or `embedded` to try things out with a throw-away broker.",
     .required = true,
     .example = "[kafka-1:9093]"},
    {.name = "topic_prefix",
     .type = OptionType::text,
     .help = "Every topic is called <prefix>.<name>.",
     .required = true,
     .example = "acme.crm"},
    {.name = "partitions",
     .type = OptionType::integer,
     .help = "For topics made at the first start; it cannot change later.",
     .fallback = "6",
     .at_least = 1,
     .at_most = 10'000},
    {.name = "properties",
     .type = OptionType::any,
     .help = "Any librdkafka property, such as security.protocol and sasl.password; what the commit protocol sets is "
             "refused.",
     .example = "{security.protocol: SASL_SSL}"},
};

constexpr Option http_options[] = {
    {.name = "listen",
     .type = OptionType::text,
     .help = "Address of health, metrics and status; `off` for none.",
     .fallback = "127.0.0.1:8480"},
};

constexpr Option commit_options[] = {
    {.name = "events",
     .type = OptionType::integer,
     .help = "A transaction ends with that many rows.",
     .fallback = "10000",
     .at_least = 1,
     .at_most = 1'000'000},
    {.name = "bytes",
     .type = OptionType::bytes,
     .help = "A transaction ends with that many bytes.",
     .fallback = "8MB",
     .at_least = 1024,
     .at_most = 256LL * 1024 * 1024},
    {.name = "load",
     .type = OptionType::duration,
     .help = "Longest wait for a fuller transaction while a first load runs.",
     .fallback = "100ms",
     .at_most = 60'000},
    {.name = "trickle",
     .type = OptionType::duration,
     .help = "Longest wait for a fuller transaction otherwise.",
     .fallback = "10ms",
     .at_most = 60'000},
};

constexpr Option options[] = {
    {.name = "tenant",
     .type = OptionType::text,
     .help = "Goes into every id; never change it.",
     .required = true,
     .example = "acme"},
    {.name = "instance",
     .type = OptionType::text,
     .help = "Name of this daemon; one per topic prefix.",
     .required = true,
     .example = "acme-east"},
    {.name = "state", .type = OptionType::section, .help = "The cache.", .fields = state_options},
    {.name = "kafka", .type = OptionType::section, .help = "The cluster.", .required = true, .fields = kafka_options},
    {.name = "http", .type = OptionType::section, .help = "Health, metrics and status.", .fields = http_options},
    {.name = "commit", .type = OptionType::section, .help = "Size of transactions.", .fields = commit_options},
    {.name = "stop_within",
     .type = OptionType::duration,
     .help = "SIGTERM ends the process within that time, work in flight committed or rolled back.",
     .fallback = "10s",
     .at_least = 100,
     .at_most = 3'600'000},
    {.name = "sources", .type = OptionType::any, .help = "Where rows come from, by name.", .required = true},
    {.name = "retired",
     .type = OptionType::texts,
     .help = "Sources, or streams as source/stream, that are gone on purpose while their entities stay; their "
             "checkpoints no longer stop the start."},
    {.name = "customer_stream",
     .type = OptionType::boolean,
     .help = "One topic with every event that concerns a customer.",
     .not_yet = "the customer stream"},
};

}  // namespace

std::span<const Option> top_level_options() { return options; }

}  // namespace tributary
