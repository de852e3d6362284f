#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/publish/log.hpp"
#include "core/publish/restore.hpp"
#include "core/store/store.hpp"

namespace tributary {

/// Keeps the cache in step with the topics: opens it, catches it up when it is behind, rebuilds it into a new file when
/// it is lost, damaged, too old or somebody else's. Used by the commit loop's thread.
class Cache final : public CacheKeeper {
  public:
    struct Setup {
        std::filesystem::path directory;
        CacheOwner owner;
        std::int64_t delete_retention =
            0;  ///< Microseconds; an older cache could miss deletes that are compacted away.
        std::vector<Restore::Names> entities;
        std::function<Restore::Keeping(std::string_view)> keeping;
        std::function<std::int64_t()> clock;
        /// "rebuilding", messages read so far; for log and status.
        std::function<void(std::string_view doing, std::int64_t messages)> progress;
        /// Nothing comes: which partition hangs. Called about every second.
        std::function<void(std::string_view what)> waiting;
        std::function<void(std::string_view why)> rebuilt;
    };
    Cache(Setup setup, const KafkaSettings& kafka, const TopicTable& topics,
          const std::map<std::string, int>& partitions, std::stop_token stop);

    /// At start: `number` is what the checkpoints say was committed last.
    Result<StateStore*> open(std::uint64_t number);
    Result<StateStore*> catch_up(const Error& why) override;

    Store* store() { return store_.get(); }
    Result<> close() { return store_ ? store_->close() : Result<>{}; }

  private:
    Result<> open_file();
    Result<> replay(Store& store, bool from_start, std::uint64_t number);
    Result<> rebuild(std::uint64_t number, std::string_view why);
    Result<std::uint64_t> committed_number();

    Setup setup_;
    const KafkaSettings& kafka_;
    const TopicTable& topics_;
    const std::map<std::string, int>& partitions_;
    std::stop_token stop_;
    std::unique_ptr<Store> store_;
    std::map<std::string, StreamNo> numbers_;  ///< Of the streams, as the running process knows them.
};

}  // namespace tributary
