#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/change/fold.hpp"
#include "core/configuration/configuration.hpp"
#include "core/publish/cache.hpp"
#include "core/publish/embedded_broker.hpp"
#include "core/publish/publisher.hpp"
#include "core/runtime/committer.hpp"
#include "core/runtime/feed_pool.hpp"
#include "core/runtime/journal.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/status/board.hpp"
#include "core/status/metrics.hpp"
#include "core/store/state_directory.hpp"

namespace tributary {

/// A running daemon without its process: everything between a checked configuration and the topics. `run` blocks on the
/// calling thread, which becomes the commit loop; `stop` may be called from any thread.
///
///     claim          step the committer until the checkpoints are read and a claim is committed
///     lock           the state directory; a holder that was fenced by our claim lets go within seconds
///     open           the cache, caught up to the last commit
///     run            feeds pull on their threads, the commit loop steps, until stopped or taken over
///     stop           feeds end, what is in flight is settled, the cache is closed
class Instance {
  public:
    struct Setup {
        std::string version;
        std::string host;
        std::string run;  ///< Random id of this process.
        std::uint64_t seed = 1;
        std::int64_t lock_patience = 30'000'000;
        std::function<void(const EventView&)> on_event;
        std::function<void(std::size_t)> on_reject;
    };
    Instance(Configuration& configuration, Setup setup, StatusBoard& board, Metrics& metrics, Clock clock);
    ~Instance();

    /// Exit code: 0 after `stop`, 78 refuses to start, 79 another process has taken over.
    int run();
    void stop();
    /// After `run`: no thread is left waiting for somebody else.
    bool settled() const { return settled_; }

    /// Address of the embedded broker, once it runs; for the demo.
    const std::string& brokers() const { return publisher_->settings().brokers; }

  private:
    struct FeedParts;
    Result<> prepare_broker();
    bool step_until(const std::function<bool()>& done);
    Result<> lock_state();
    Result<> open_cache();
    Result<> make_pipelines();
    Pipeline::Setup pipeline_setup(std::size_t index, SourceConfiguration& source, const FeedInfo& info,
                                   FeedRecord record, FeedStatus& status);
    std::optional<std::string> refused_definitions() const;
    int end(int code, const std::string& why);
    int shut_down();
    void wake();

    Configuration& configuration_;
    Setup setup_;
    StatusBoard& board_;
    Metrics& metrics_;
    Clock clock_;
    std::stop_source stopping_;

    std::mutex mutex_;  ///< Guards `woken_`.
    std::condition_variable woken_up_;
    bool woken_ = false;

    std::unique_ptr<EmbeddedBroker> embedded_;
    std::unique_ptr<Publisher> publisher_;
    std::vector<EntityInfo> entities_;
    std::vector<FoldRules> fold_rules_;
    std::map<std::string, bool> shared_;  ///< By "source/stream".
    std::map<StreamNo, std::uint32_t> precedence_;
    std::vector<std::unique_ptr<StreamInfo>> streams_;
    Journal journal_;
    std::unique_ptr<WorkQueue> queue_;
    std::unique_ptr<Committer> committer_;
    std::optional<StateDirectory> state_;
    std::unique_ptr<Cache> cache_;
    std::vector<FeedStatus*> statuses_;
    std::vector<std::unique_ptr<Pipeline>> pipelines_;
    std::unique_ptr<FeedPool> pool_;
    LoopStatus* loop_ = nullptr;
    bool settled_ = true;
};

}  // namespace tributary
