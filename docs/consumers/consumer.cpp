// Follows one topic of Tributary from the beginning: keeps the latest state of each entity and prints what changes.
//
//     apt install g++ librdkafka-dev rapidjson-dev
//     g++ -std=c++20 -O2 docs/consumers/consumer.cpp -lrdkafka -o consumer
//     ./consumer localhost:9092 acme.crm.customer [--until-end]
//
// It is an example to copy from. With --until-end it stops at the end of the topic, with status 1 if the events of any
// entity did not come in the order of their commit numbers.

#include <librdkafka/rdkafka.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

template <auto destroy>
struct Destroy {
    void operator()(auto* handle) const { destroy(handle); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;

volatile std::sig_atomic_t stopped = 0;

// (commit, index): grows with every message about an entity, also through its deletion.
struct Number {
    std::uint64_t commit = 0;
    std::uint64_t index = 0;
    auto operator<=>(const Number&) const = default;
};

struct Seen {
    Number last;
    std::string after;  // JSON; empty: deleted
};

void check(rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
}

std::string_view header(const rd_kafka_message_t& message, const char* name) {
    rd_kafka_headers_t* headers = nullptr;
    check(rd_kafka_message_headers(&message, &headers));
    const void* value = nullptr;
    std::size_t size = 0;
    check(rd_kafka_header_get_last(headers, name, &value, &size));
    return {static_cast<const char*>(value), size};
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) throw std::runtime_error("a header is no number");
    return value;
}

// The latest state of each entity, built from the events of one topic.
class Table {
  public:
    void apply(const rd_kafka_message_t& message) {
        ++messages_;
        const std::string key(static_cast<const char*>(message.key), message.key_len);
        const Number at{number(header(message, "ce_commit")), number(header(message, "ce_index"))};
        const auto [entry, is_new] = seen_.try_emplace(key);
        if (!is_new && at <= entry->second.last) {
            // Cannot happen on the topic itself; whoever stores events drops what comes twice by the same test.
            ++out_of_order_;
            std::cout << "out of order: " << key << ' ' << at.commit << ':' << at.index << '\n';
            return;
        }
        entry->second.last = at;
        if (message.payload == nullptr) {  // a tombstone: compaction may now forget the key
            entry->second.after.clear();
            return;
        }
        std::cout << at.commit << ':' << at.index << ' ' << header(message, "ce_type") << ' ' << key
                  << take_event({static_cast<const char*>(message.payload), message.len}, entry->second.after)
                  << std::endl;
    }

    bool in_order() const { return out_of_order_ == 0; }

    void print_summary() const {
        std::size_t entities = 0;
        for (const auto& [key, seen] : seen_) entities += seen.after.empty() ? 0 : 1;
        std::cout << messages_ << " messages, " << entities << " entities, " << out_of_order_ << " out of order\n";
    }

  private:
    // Keeps the event's `after` and returns what changed, for a line of output.
    static std::string take_event(std::string_view value, std::string& after) {
        rapidjson::Document event;
        event.Parse<rapidjson::kParseNumbersAsStringsFlag>(value.data(), value.size());
        if (event.HasParseError() || !event.IsObject()) throw std::runtime_error("an event is no JSON object");
        rapidjson::StringBuffer text;
        rapidjson::Writer<rapidjson::StringBuffer> writer(text);
        if (!event["after"].IsNull()) event["after"].Accept(writer);
        after.assign(text.GetString(), text.GetSize());
        std::string changed;
        for (const auto& pointer : event["changed"].GetArray())
            changed.append(changed.empty() ? " (" : ", ").append(pointer.GetString(), pointer.GetStringLength());
        return changed.empty() ? changed : changed + ")";
    }

    std::unordered_map<std::string, Seen> seen_;
    std::uint64_t messages_ = 0;
    std::uint64_t out_of_order_ = 0;
};

Client open_client(const std::string& brokers) {
    const std::map<std::string, std::string> settings = {
        {"bootstrap.servers", brokers},
        {"group.id", "example"},  // asked for by the library; nothing is stored under it
        {"enable.auto.commit", "false"},
        {"isolation.level", "read_committed"},  // never see what was rolled back
        {"enable.partition.eof", "true"},
    };
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char reason[512];
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) == RD_KAFKA_CONF_OK) continue;
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(reason);
    }
    Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason));
    if (!client) {
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(reason);
    }
    check(rd_kafka_poll_set_consumer(client.get()));
    return client;
}

int count_partitions(rd_kafka_t* client, const std::string& topic) {
    std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>> handle(
        rd_kafka_topic_new(client, topic.c_str(), nullptr));
    if (!handle) check(rd_kafka_last_error());
    const rd_kafka_metadata_t* found = nullptr;
    check(rd_kafka_metadata(client, 0, handle.get(), &found, 30'000));
    std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>> metadata(found);
    check(metadata->topics[0].err);
    return metadata->topics[0].partition_cnt;
}

// The table needs every event, so every partition is read from its beginning at each start.
int assign_all(rd_kafka_t* client, const std::string& topic) {
    const int count = count_partitions(client, topic);
    Partitions partitions(rd_kafka_topic_partition_list_new(count));
    for (int partition = 0; partition < count; ++partition)
        rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), partition)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    check(rd_kafka_assign(client, partitions.get()));
    return count;
}

void follow(rd_kafka_t* client, const std::string& topic, bool until_end, Table& table) {
    const auto partitions = static_cast<std::size_t>(assign_all(client, topic));
    std::set<int> at_end;
    while (stopped == 0 && !(until_end && at_end.size() == partitions)) {
        const Message message(rd_kafka_consumer_poll(client, 500));
        if (!message) continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            at_end.insert(message->partition);
            continue;
        }
        check(message->err);
        table.apply(*message);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const bool until_end = argc == 4 && std::string_view(argv[3]) == "--until-end";
    if (argc != 3 && !until_end) {
        std::cerr << "usage: consumer BROKERS TOPIC [--until-end]\n";
        return 2;
    }
    std::signal(SIGINT, [](int) { stopped = 1; });
    std::signal(SIGTERM, [](int) { stopped = 1; });
    try {
        const Client client = open_client(argv[1]);
        Table table;
        follow(client.get(), argv[2], until_end, table);
        check(rd_kafka_consumer_close(client.get()));
        table.print_summary();
        return table.in_order() ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "consumer: " << error.what() << '\n';
        return 1;
    }
}
