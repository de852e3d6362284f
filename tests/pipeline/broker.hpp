#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/publish/topics.hpp"

namespace tributary::simulation {

/// What a partition holds at one offset. Marks end a transaction and are never delivered.
struct Entry {
    std::uint64_t transaction = 0;
    bool mark = false;
    std::string key;
    std::optional<std::string> value;
    std::map<std::string, std::string> headers;
};

struct Place {
    TopicNo topic = 0;
    int partition = 0;
    std::size_t offset = 0;
};

struct CommittedTransaction {
    std::int64_t at = 0;
    std::vector<Place> messages;
};

/// A Kafka cluster with one transactional id: epochs that fence, transactions, logs with marks that take offsets.
class Broker {
  public:
    Broker(const TopicTable& topics, int partitions);

    enum class Taken { yes, away, fenced, refused };

    /// A new epoch; the older one's open transaction is rolled back.
    std::uint64_t init();
    Taken append(std::uint64_t epoch, TopicNo topic, Entry entry);
    Taken end(std::uint64_t epoch, bool commit, std::int64_t now);
    /// The coordinator's transaction time-out: like a rival, but nobody stands behind it.
    void time_out() { (void)init(); }

    bool away = false;
    std::set<TopicNo> refused;

    const TopicTable& topics() const { return topics_; }
    std::map<std::string, int> partition_counts() const;
    int partitions(TopicNo topic) const { return static_cast<int>(logs_[topic].size()); }
    const std::vector<Entry>& log(TopicNo topic, int partition) const {
        return logs_[topic][static_cast<std::size_t>(partition)];
    }
    const Entry& at(const Place& place) const { return log(place.topic, place.partition)[place.offset]; }
    bool is_committed(const Entry& entry) const {
        return !entry.mark && states_[entry.transaction] == State::committed;
    }
    bool is_aborted(const Entry& entry) const { return states_[entry.transaction] == State::aborted; }
    const std::vector<CommittedTransaction>& commits() const { return commits_; }
    std::size_t aborted() const { return aborted_; }

  private:
    enum class State { open, committed, aborted };
    void close(bool commit, std::int64_t now);

    const TopicTable& topics_;
    std::vector<std::vector<std::vector<Entry>>> logs_;  ///< By topic and partition.
    std::vector<State> states_;                          ///< By transaction.
    std::vector<CommittedTransaction> commits_;
    std::uint64_t epoch_ = 0;
    std::optional<std::uint64_t> open_;
    std::vector<Place> open_messages_;
    std::size_t aborted_ = 0;
};

}  // namespace tributary::simulation
