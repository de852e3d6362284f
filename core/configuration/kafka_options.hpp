#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/publish/client.hpp"
#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"
#include "core/settings/option.hpp"

namespace tributary {

/// Why `text` is no broker's address (`host:port`, `[::1]:9092`, the port may be missing and a `PROTOCOL://` stand
/// before it, as librdkafka reads them); nothing: it is one.
std::optional<std::string> broker_address_error(std::string_view text);

/// `brokers`: each address that is none is an error at its place.
void read_brokers(const Settings& kafka, KafkaSettings& out, Diagnostics& diagnostics);

/// `properties`: librdkafka is asked about each by itself, so that every mistake shows, each at its place.
void read_kafka_properties(const Node& properties, KafkaSettings& out, Diagnostics& diagnostics);

}  // namespace tributary
