#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/runtime/feed_pool.hpp"
#include "core/runtime/journal.hpp"
#include "core/runtime/lookup.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/runtime/session.hpp"
#include "core/runtime/start_positions.hpp"
#include "core/status/board.hpp"
#include "core/status/metrics.hpp"

namespace tributary {

/// A running daemon without its process: everything between a checked configuration and the topics. `run` blocks on the
/// calling thread, which becomes the commit loop; `stop` may be called from any thread.
///
///     start          the session: claim, lock, open the cache
///     run            feeds pull on their threads, the commit loop steps, until stopped or taken over
///     stop           feeds end, what is in flight is settled, the cache is closed
class Instance {
  public:
    struct Setup {
        Session::Setup session;
        std::function<void(const EventView&)> on_event;
        std::function<void(std::size_t)> on_reject;
    };
    Instance(Configuration& configuration, Setup setup, StatusBoard& board, Metrics& metrics, Clock clock);
    ~Instance();

    /// Exit code: 0 after `stop`, 78 refuses to start, 79 another process has taken over.
    int run();
    void stop() { session_.stop(); }
    /// From any thread but `run`'s, for which it waits: what a start with this configuration would make of what is
    /// committed now. Names the feeds (`source/feed`) whose rows it would read all; fails (stop) where it
    /// would refuse to start, and (retry) while nothing can be said.
    Result<std::vector<std::string>> would_start(const Configuration& next);
    /// After `run`: no thread is left waiting for somebody else.
    bool settled() const { return settled_; }

    /// Address of the embedded broker, once it runs; for the demo.
    const std::string& brokers() const { return session_.kafka().brokers; }

  private:
    Result<> make_pipelines();
    std::map<std::string, FeedRecord> committed_feeds() const;
    Pipeline::Setup pipeline_setup(std::size_t index, SourceConfiguration& source, const FeedInfo& info,
                                   FeedRecord record);
    void make_lookups(std::vector<Polled*>& polled);
    void news_of_lookups();
    std::optional<std::string> refused_definitions() const;
    void answer_question();
    void answer_questions(bool from_now_on);
    int end(int code, const std::string& why);
    int shut_down();

    Configuration& configuration_;
    Setup setup_;
    StatusBoard& board_;
    Metrics& metrics_;
    Clock clock_;
    Journal journal_;
    Session session_;
    std::unique_ptr<ComparisonNotes> notes_;
    std::unique_ptr<ResetRequests> resets_;
    std::vector<ConfiguredFeed> configured_;
    std::vector<FeedStatus*> statuses_;
    std::map<std::string, std::vector<std::unique_ptr<Lookup>>> lookups_;  ///< By source.
    std::vector<std::unique_ptr<Pipeline>> pipelines_;
    std::atomic<FeedPool*> shown_pool_ = nullptr;  ///< To the pool's own threads, which run before it is whole.
    std::unique_ptr<FeedPool> pool_;
    bool settled_ = true;

    struct Question {
        std::vector<ConfiguredFeed> feeds;
        std::vector<std::string> retired;
        std::optional<Result<std::vector<std::string>>> answer = {};
    };
    std::mutex question_mutex_;  ///< Guards the three below.
    std::condition_variable answered_;
    Question* question_ = nullptr;
    bool answers_ = false;  ///< The commit loop runs.
};

}  // namespace tributary
