#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/publish/cache.hpp"
#include "core/publish/embedded_broker.hpp"
#include "core/publish/publisher.hpp"
#include "core/runtime/cache_questions.hpp"
#include "core/runtime/committer.hpp"
#include "core/runtime/stream_roles.hpp"
#include "core/runtime/stream_table.hpp"
#include "core/runtime/work_queue.hpp"
#include "core/status/board.hpp"
#include "core/status/metrics.hpp"
#include "core/store/state_directory.hpp"

namespace tributary {

/// A process's hold on an instance: the producer, the commit loop, the locked state directory and the cache. Whoever
/// publishes starts with one, so that of two there is always only one that goes on:
///
///     claim          step the committer until the checkpoints are read and a claim is committed
///     lock           the state directory; a holder that was fenced by our claim lets go within seconds
///     open           the cache, caught up to the last commit; from then on work in the queue is published
///
/// Used by one thread, which becomes the commit loop; `stop` and `wake` may be called from any.
class Session {
  public:
    struct Setup {
        std::string version;
        std::string host;
        std::string run;  ///< Random id of this process.
        std::uint64_t seed = 1;
        std::int64_t lock_patience = 30'000'000;
        std::size_t feeds = 0;  ///< Whose work comes through the queue.
    };
    Session(Configuration& configuration, Setup setup, CommitObserver& observer, StatusBoard& board, Metrics& metrics,
            Clock clock);
    ~Session();

    struct Refusal {
        int exit_code = 78;
        std::string why;
    };
    /// Nothing: it stands, unless `stopping` or the committer has ended meanwhile.
    std::optional<Refusal> start();
    /// The commit loop. True once `done`; false when stopped, or when the committer has ended.
    bool step_until(const std::function<bool()>& done);
    /// Commits or rolls back what is in flight and closes the cache. False: the next start has to settle it.
    bool finish(std::int64_t deadline);

    void stop();
    void wake();
    bool stopping() const { return stopping_.stop_requested(); }

    /// Set once another run owns the instance, or it cannot go on.
    std::optional<Committer::End> ended() const;
    /// After `finish`: the log is not busy for us, so that no thread is left waiting for a broker.
    bool settled() const { return !committer_ || (committer_->settled() && !committer_->ended()); }
    const KafkaSettings& kafka() const { return publisher_->settings(); }

    /// After `start`.
    const StreamRoles& roles() const { return roles_; }
    const Checkpoints& checkpoints() const { return committer_->checkpoints(); }
    Store& store() { return *cache_->store(); }
    const StreamTable& streams() const { return *streams_; }
    WorkQueue& queue() { return *queue_; }
    /// For the feeds' threads: answered while `step_until` runs.
    CacheQuestions& questions() { return questions_; }
    const std::filesystem::path& state_directory() const {
        return state_->path();  // NOLINT(bugprone-unchecked-optional-access): there after `start`
    }

  private:
    Result<> prepare_broker();
    Committer::Setup committer_setup() const;
    Result<> lock_state();
    Cache::Setup cache_setup();
    Result<> open_cache();
    Result<> attach();
    void tell_partitions() const;
    OtherTopics other_topics() const;

    Configuration& configuration_;
    Setup setup_;
    CommitObserver& observer_;
    StatusBoard& board_;
    Metrics& metrics_;
    Clock clock_;
    LoopStatus* loop_ = nullptr;
    std::stop_source stopping_;

    std::mutex mutex_;  ///< Guards `woken_`.
    std::condition_variable woken_up_;
    bool woken_ = false;

    CacheQuestions questions_;
    std::unique_ptr<EmbeddedBroker> embedded_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<WorkQueue> queue_;
    StreamRoles roles_;
    std::unique_ptr<StreamTable> streams_;
    std::unique_ptr<Committer> committer_;
    std::optional<StateDirectory> state_;
    std::unique_ptr<Cache> cache_;
};

}  // namespace tributary
