#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector/connector.hpp"

namespace tributary::simulation {

struct World;

struct StreamDefinition {
    std::string source;
    std::string feed;
    std::string name;
    bool shared = false;  ///< Its rows are records: others speak about the same entities, or `takes`.
    bool takes = false;   ///< Something of other entities (`through`).
};

struct FeedDefinition {
    std::string source;
    std::string name;
    std::vector<std::size_t> streams;  ///< Into Scenario::streams.
    bool is_log = false;               ///< Delivers every change, not the rows as they are now.
};

/// A rule that was broken; tests find a mutant by the rule's name.
struct Violation {
    std::string_view rule;
    std::string what;
};

/// What an instance is configured to pull, and the systems it pulls from. Lives as long as its world, over all
/// processes.
class Scenario {
  public:
    virtual ~Scenario() = default;

    /// In the order of the configuration: the earlier stream decides where records disagree.
    virtual const std::vector<StreamDefinition>& streams() const = 0;
    virtual const std::vector<FeedDefinition>& feeds() const = 0;
    /// What a process is given that starts now. Its feeds are those of `feeds`, in that order.
    virtual std::string configuration() const = 0;
    /// Feeds they open use the world's clock.
    virtual std::span<const Connector* const> connectors() const = 0;

    /// How long it is disturbed, and how much changes meanwhile.
    struct Length {
        std::int64_t micros = 0;
        std::int64_t fewest_changes = 0;
        std::int64_t most_changes = 0;
        std::int64_t call = 10;  ///< What a step of a feed takes at most.
        std::int64_t calm = 0;   ///< Watched after it came to rest: nothing else may come out.
    };
    virtual Length length() const = 0;
    /// Steps of its own at which a process is killed (see Faults::step) that chance would hardly find.
    virtual std::span<const std::string_view> rare_steps() const { return {}; }
    /// One change, in the sources or to the configuration; true: processes have to start anew to see it.
    virtual bool change() = 0;
    /// The faults are over, and nothing changes any more after what is done here.
    virtual void settle() = 0;

    /// Somebody asked for events that repeat what is known.
    virtual bool repeats() const { return false; }
    /// Whether everything that the sources hold is published.
    virtual bool is_at_rest() const = 0;
    /// What is wrong with all that was published.
    virtual std::vector<Violation> audit() const = 0;
};

}  // namespace tributary::simulation
