#include "core/publish/cache.hpp"

#include <fmt/format.h>

#include <system_error>

namespace tributary {

namespace {

constexpr const char* file_name = "state.db";
constexpr const char* new_file_name = "state.db.new";

void remove_database(const std::filesystem::path& file) {
    std::error_code ignored;  // what is not there need not be removed
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        std::filesystem::remove(std::filesystem::path(file.string() + suffix), ignored);
}

}  // namespace

Cache::Cache(Setup setup, const KafkaSettings& kafka, const TopicTable& topics,
             const std::map<std::string, int>& partitions, std::stop_token stop)
    : setup_(std::move(setup)), kafka_(kafka), topics_(topics), partitions_(partitions), stop_(std::move(stop)) {}

Result<> Cache::open_file() {
    auto store = Store::open(setup_.directory / file_name, setup_.owner);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    return {};
}

Result<StateStore*> Cache::open(std::uint64_t number) {
    if (store_) numbers_ = store_->streams();
    store_.reset();
    std::string why;
    if (auto opened = open_file(); !opened) {
        const auto& code = opened.error().code;
        if (code != "state_corrupt" && code != "state_of_another") return std::unexpected(opened.error());
        why = opened.error().what;
    } else if (store_->commit_number() > number) {
        why = fmt::format("the cache reflects commit {}, the topics end at {}", store_->commit_number(), number);
    } else if (store_->committed_at() != 0 && setup_.clock() - store_->committed_at() > setup_.delete_retention / 2) {
        why = "the cache is older than half of delete.retention.ms: deletes may be compacted away";
    }
    if (why.empty() && store_->commit_number() < number) {
        const bool from_start = store_->commit_number() == 0;
        if (auto replayed = replay(*store_, from_start, number); !replayed) {
            if (replayed.error().code != "offset_out_of_range" && replayed.error().code != "state_corrupt")
                return std::unexpected(replayed.error());
            why = replayed.error().what;
        }
    }
    if (!why.empty())
        if (auto rebuilt = rebuild(number, why); !rebuilt) return std::unexpected(rebuilt.error());
    return store_.get();
}

Result<StateStore*> Cache::catch_up(const Error& why) {
    auto number = committed_number();
    if (!number) return std::unexpected(number.error());
    if (why.code != "state_corrupt") return open(*number);
    if (auto rebuilt = rebuild(*number, why.what); !rebuilt) return std::unexpected(rebuilt.error());
    return store_.get();
}

Result<> Cache::replay(Store& store, bool from_start, std::uint64_t number) {
    auto reader = TopicReader::connect(kafka_);
    if (!reader) return std::unexpected(reader.error());
    auto hints = store.offsets();
    if (!hints) return std::unexpected(hints.error());
    TopicReader::Request request;
    for (const auto& topic : topics_.names()) {
        if (topic == topics_.name(topics_.checkpoints())) continue;
        const auto count = partitions_.find(topic);
        for (int p = 0; count != partitions_.end() && p < count->second; ++p) {
            PartitionOffset from{topic, p, 0};
            for (const OffsetHint& hint : *hints)
                if (!from_start && hint.topic == topic && hint.partition == p) from.offset = hint.offset;
            request.from.push_back(from);
        }
    }
    Restore restore(store, topics_, setup_.entities, setup_.keeping);
    request.on_message = [&](const ReadMessage& message) { return restore.apply(message); };
    request.on_progress = [&](std::int64_t messages) {
        if (setup_.progress) setup_.progress(from_start ? "rebuilding the cache" : "catching the cache up", messages);
    };
    request.on_waiting = setup_.waiting;
    auto next = reader->read_to_end(request, stop_);
    if (!next) {
        store.rollback();
        return std::unexpected(next.error());
    }
    CommitMark mark{number, setup_.clock(), {}};
    for (const auto& partition : *next)
        mark.offsets.push_back({partition.topic, partition.partition, partition.offset});
    if (auto done = store.commit(mark); !done) return done;
    if (auto done = store.drop_id_index(); !done) return done;
    if (setup_.progress) setup_.progress("the cache is caught up", static_cast<std::int64_t>(restore.applied()));
    return {};
}

/// Into a new file that is swapped in when it is whole: a rebuild that is cut short leaves nothing half done behind.
Result<> Cache::rebuild(std::uint64_t number, std::string_view why) {
    if (setup_.rebuilt) setup_.rebuilt(why);
    const auto fresh = setup_.directory / new_file_name;
    if (store_) numbers_ = store_->streams();
    store_.reset();
    remove_database(fresh);
    {
        auto store = Store::open(fresh, setup_.owner);
        if (!store) return std::unexpected(store.error());
        if (auto adopted = (*store)->adopt(numbers_); !adopted) return adopted;
        if (auto replayed = replay(**store, true, number); !replayed) return replayed;
        if (auto closed = (*store)->close(); !closed) return closed;
    }
    remove_database(setup_.directory / file_name);
    std::error_code error;
    std::filesystem::rename(fresh, setup_.directory / file_name, error);
    if (error)
        return fail(Verdict::retry, "state_io", fmt::format("cannot swap the rebuilt cache in: {}", error.message()));
    return open_file();
}

Result<std::uint64_t> Cache::committed_number() {
    auto reader = TopicReader::connect(kafka_);
    if (!reader) return std::unexpected(reader.error());
    Checkpoints checkpoints(kafka_.instance);
    TopicReader::Request request;
    request.from = {{topics_.name(topics_.checkpoints()), 0, 0}};
    request.on_message = [&](const ReadMessage& m) { return checkpoints.add_committed(m.key, m.value); };
    request.on_waiting = setup_.waiting;
    if (auto read = reader->read_to_end(request, stop_); !read) return std::unexpected(read.error());
    return checkpoints.last_commit() ? checkpoints.last_commit()->number : 0;
}

}  // namespace tributary
