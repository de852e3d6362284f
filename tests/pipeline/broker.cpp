#include "tests/pipeline/broker.hpp"

namespace tributary::simulation {

Broker::Broker(const TopicTable& topics, int partitions) : topics_(topics), logs_(topics.names().size()) {
    for (TopicNo topic = 0; topic < logs_.size(); ++topic)
        logs_[topic].resize(topic == topics.checkpoints() ? 1 : static_cast<std::size_t>(partitions));
}

std::map<std::string, int> Broker::partition_counts() const {
    std::map<std::string, int> counts;
    for (TopicNo topic = 0; topic < logs_.size(); ++topic) counts[topics_.name(topic)] = partitions(topic);
    return counts;
}

std::uint64_t Broker::init() {
    if (open_) close(false, 0);
    return ++epoch_;
}

Broker::Taken Broker::append(std::uint64_t epoch, TopicNo topic, Entry entry) {
    if (away) return Taken::away;
    if (epoch != epoch_) return Taken::fenced;
    if (refused.contains(topic)) return Taken::refused;
    if (!open_) {
        open_ = states_.size();
        states_.push_back(State::open);
    }
    const auto partition = std::hash<std::string>{}(entry.key) % logs_[topic].size();
    auto& log = logs_[topic][partition];
    entry.transaction = *open_;
    open_messages_.push_back({topic, static_cast<int>(partition), log.size()});
    log.push_back(std::move(entry));
    return Taken::yes;
}

Broker::Taken Broker::end(std::uint64_t epoch, bool commit, std::int64_t now) {
    if (away) return Taken::away;
    if (epoch != epoch_) return Taken::fenced;
    if (open_) close(commit, now);
    return Taken::yes;
}

void Broker::close(bool commit, std::int64_t now) {
    std::set<std::pair<TopicNo, int>> touched;
    for (const Place& place : open_messages_) touched.emplace(place.topic, place.partition);
    for (const auto& [topic, partition] : touched) {
        Entry mark;
        mark.transaction = *open_;
        mark.mark = true;
        logs_[topic][static_cast<std::size_t>(partition)].push_back(std::move(mark));
    }
    states_[*open_] = commit ? State::committed : State::aborted;
    if (commit)
        commits_.push_back({now, open_messages_});
    else
        ++aborted_;
    open_messages_.clear();
    open_.reset();
}

}  // namespace tributary::simulation
