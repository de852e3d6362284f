#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/status/health.hpp"
#include "core/status/snapshot.hpp"

namespace tributary {

/// The state of things as JSON documents: what HTTP answers. Pure. Everything people wrote (reasons, conditions) passes
/// the redactor; positions hold no secrets.
class StatusJson {
  public:
    using Redact = std::function<void(std::string&)>;

    StatusJson(const Snapshot& snapshot, const HealthLimits& limits, const Redact& redact)
        : shot_(snapshot), limits_(limits), redact_(redact), health_(judge(snapshot, limits)) {}

    const Health& health() const { return health_; }

    /// `{"live", "reasons": []}`
    std::string live() const;
    /// `{"ready", "reasons": [{"code", "source", "feed", "what"}], "warnings": []}`; verbose adds `checks`: what was
    /// looked at, also where nothing is wrong.
    std::string ready(bool verbose) const;
    /// The process, its links and one word per source.
    std::string summary() const;
    std::string version() const;
    /// `{"sources": [{"name", "state", "feeds": […]}]}`; a feed is its name and state, or all that is known.
    std::string sources(bool all) const;
    /// Empty: there is no such source.
    std::string source(std::string_view name) const;

  private:
    const Snapshot& shot_;
    const HealthLimits& limits_;
    const Redact& redact_;
    Health health_;
};

/// The worst state of a source's feeds: what one word about the source has to say.
FeedState worst_state(const Snapshot& snapshot, std::string_view source);

}  // namespace tributary
