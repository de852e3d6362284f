#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime/session.hpp"

namespace tributary {

/// What a reset is about.
struct ResetPlan {
    struct Feed {
        std::string source;
        std::string name;
        FeedRecord record;  ///< As the checkpoints have it.
    };
    std::vector<std::string> streams;  ///< "source/stream"
    std::vector<Feed> feeds;           ///< Those that carry one of the streams and have a position.
};

/// Pure. `name` is "source/stream", or "source" for all of its streams; no streams: it names none of `known`.
ResetPlan plan_reset(std::string_view name, const std::vector<std::string>& known,
                     const std::map<std::string, FeedRecord>& checkpoints);

/// Every stream that the configuration, the checkpoints or the cache (by name) know, in order, each once.
std::vector<std::string> known_streams(const Configuration& configuration,
                                       const std::map<std::string, FeedRecord>& checkpoints,
                                       const std::vector<std::string>& stored);

/// Hears what a reset published, and what is in its way.
class ResetObserver final : public CommitObserver {
  public:
    void committed(const Commit& commit) override;
    void unchanged(const Work&) override {}
    void rolled_back(std::uint64_t) override {}
    void outcome_unknown(std::uint64_t, const Error& error) override { trouble_ = error; }
    void broker_failed(const Error& error) override { trouble_ = error; }
    void broker_answered() override { trouble_.reset(); }
    void store_failed(const Error& error) override { trouble_ = error; }
    void store_answered(std::uint64_t) override {}
    void refused(FeedNo, const Error& error, std::uint64_t) override { refused_ = error; }

    std::uint64_t events() const { return events_; }
    /// The last failure that nothing has put right since.
    const std::optional<Error>& trouble() const { return trouble_; }
    const std::optional<Error>& refusal() const { return refused_; }

  private:
    std::uint64_t events_ = 0;
    std::optional<Error> trouble_;
    std::optional<Error> refused_;
};

/// Sends feeds back through a session that has started, in the commit loop's own way. Killed at any moment, a reset
/// leaves feeds that read everything again, or a start that asks for the same reset.
class Reset {
  public:
    Reset(Session& session, const ResetObserver& observer, const Configuration& configuration, Clock clock)
        : session_(session), observer_(observer), configuration_(configuration), clock_(std::move(clock)) {}

    /// The feeds start over at the daemon's next start; states stay, so only differences go out (cause `reread`).
    Result<> rewind(const ResetPlan& plan);
    /// Deletes and tombstones of every entity the streams made, tombstones of their rejects; then their feeds'
    /// positions are forgotten.
    Result<> remove(const ResetPlan& plan);

  private:
    Result<> remove_stream(const std::string& stream);
    Result<> publish(std::unique_ptr<Work> work);
    Result<> settle();
    Result<> refused() const;
    Result<> stopped() const;
    Result<std::unique_ptr<Work>> removal(const StreamInfo& alone, const StreamInfo& shared,
                                          const std::vector<std::string>& keys);
    Result<> publish_position(const ResetPlan::Feed& feed, const FeedRecord& record);

    Session& session_;
    const ResetObserver& observer_;
    const Configuration& configuration_;
    Clock clock_;
};

}  // namespace tributary
