#include "core/configuration/kafka_options.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tributary {

namespace {

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_host(std::string_view text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_ip6(std::string_view text) {
    text = text.substr(0, text.find('%'));  // behind it stands an interface
    return text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos && text.contains(':');
}

}  // namespace

std::optional<std::string> broker_address_error(std::string_view text) {
    std::string_view rest = text;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
    const bool bracketed = rest.starts_with('[');
    const auto host_end = bracketed ? rest.find(']') : rest.find(':');
    const std::string_view host =
        bracketed ? rest.substr(1, host_end == std::string_view::npos ? 0 : host_end - 1) : rest.substr(0, host_end);
    const std::string_view tail =
        host_end == std::string_view::npos ? std::string_view() : rest.substr(host_end + (bracketed ? 1 : 0));
    if (!(bracketed ? is_ip6(host) : is_host(host)))
        return fmt::format("'{}' is no broker's address: expected HOST:PORT, such as kafka-1:9093 or [::1]:9092", text);
    if (!tail.empty() && !(tail.front() == ':' && is_port(tail.substr(1))))
        return fmt::format("'{}' is no broker's address: behind the host comes a port from 1 to 65535", text);
    return std::nullopt;
}

void read_brokers(const Settings& kafka, KafkaSettings& out, Diagnostics& diagnostics) {
    const auto brokers = kafka.texts("brokers");
    out.embedded = brokers.size() == 1 && brokers.front() == "embedded";
    const Node* node = kafka.node("brokers");
    for (std::size_t i = 0; i < brokers.size(); ++i) {
        out.brokers += (out.brokers.empty() ? "" : ",") + brokers[i];
        if (out.embedded) continue;
        const bool listed = node != nullptr && node->is_list() && i < node->items.size();
        const Place place = listed ? node->items[i].place : kafka.place("brokers");
        // librdkafka takes several in one text; so do we
        for (std::string_view rest = brokers[i]; !rest.empty();) {
            const auto comma = rest.find(',');
            if (auto wrong = broker_address_error(rest.substr(0, comma))) diagnostics.error(place, std::move(*wrong));
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    if (kafka.has("brokers") && out.brokers.empty())
        diagnostics.error(kafka.place("brokers"), "expected at least one broker as HOST:PORT");
}

void read_kafka_properties(const Node& properties, KafkaSettings& out, Diagnostics& diagnostics) {
    if (!properties.is_map()) {
        diagnostics.error(properties.place, "expected a map of librdkafka properties");
        return;
    }
    bool each_good = true;
    for (const auto& [key, place, value] : properties.entries) {
        if (!value.is_scalar()) {
            diagnostics.error(value.place, fmt::format("expected a text for the property '{}'", key));
            continue;
        }
        if (is_reserved_property(key)) {
            diagnostics.error(place, fmt::format("'{}' belongs to the commit protocol and cannot be set", key));
            continue;
        }
        KafkaSettings alone;
        alone.properties[key] = out.properties[key] = value.scalar;
        const auto conf = kafka_conf(alone, {});
        // named here as well: of an alias librdkafka names the other spelling
        if (!conf) diagnostics.error(place, fmt::format("{}: {}", key, conf.error().what));
        each_good = each_good && conf;
    }
    if (!each_good) return;
    if (auto together = kafka_conf(out, {}); !together)
        diagnostics.error(properties.place, "kafka.properties: " + together.error().what);
}

}  // namespace tributary
