#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "tests/conformance/trial.hpp"

namespace tributary::conformance {

/// What a consumer holds who has applied a feed's batches in order.
struct Copy {
    std::vector<Rows> streams;
    std::vector<std::set<std::string>> unseen;  ///< By the complete read that is going on.
};

/// A feed, where it was read to and what came of it. Watches every batch for what holds at any time.
///
/// Each pull runs in a thread of its own, so that one that never comes back is a violation and not the end of the
/// test; such a thread is left behind with everything it uses.
class Reader {
  public:
    Reader(Trial& trial, std::shared_ptr<Run> run, std::size_t feed);

    struct Place {
        Position position;
        Copy copy;
    };
    const Place& place() const { return place_; }
    void go_to(Place place) { place_ = std::move(place); }
    Feed& feed() { return *feed_; }
    const FeedInfo& info() const { return info_; }
    void close() { feed_.reset(); }

    /// One pull from here. `patience`: how long it may take before it is asked to stop.
    Result<Batch> pull(const Feed::Limits& limits = {}, std::optional<std::chrono::milliseconds> patience = {});
    /// Takes a batch: rows into the copy, the position to its end as a checkpoint would give it back.
    void take(const Batch& batch);
    /// Pulls until the copy is what the source holds and nothing more is announced; else breaks `rule`. `places` takes
    /// where it stood before each pull.
    bool gets_all(Rule rule, std::string_view when, const Feed::Limits& limits = {},
                  std::vector<Place>* places = nullptr);
    /// One pull that must succeed; false when it changed nothing.
    bool gets_more(const Feed::Limits& limits = {});
    bool complete() const;

    using Versions = std::map<std::string, std::string>;
    /// Version by key, as `keys` lists them in small pages.
    Result<Versions> listed(std::uint32_t stream);

  private:
    std::string difference() const;
    void forget_unlisted();
    void apply(const Row& row);

    Trial* trial_;
    std::shared_ptr<Run> run_;
    FeedInfo info_;
    std::shared_ptr<Feed> feed_;
    Place place_;
    bool more_ = true;
    bool failed_ = false;
};

/// What other checks stand on; who fails here is told so under this name alone.
bool reads_pages(const Report& report);

/// A reader for each feed of a run.
std::vector<Reader> read_feeds(Trial& trial, const std::shared_ptr<Run>& run);
/// `gets_all` of each, until one does not.
bool get_all(std::vector<Reader>& readers, Rule rule, std::string_view when, const Feed::Limits& limits = {});

/// By contract a second; another one for a machine that is busy with other tests.
constexpr std::chrono::seconds stop_limit{2};

}  // namespace tributary::conformance
