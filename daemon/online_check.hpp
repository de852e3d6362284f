#pragma once

#include <cstddef>
#include <functional>

#include "core/configuration/configuration.hpp"
#include "core/settings/redact.hpp"

namespace tributary {

/// Compares definitions with their sources. What a source says about a definition becomes a finding at the place the
/// definition names the column at; a source that is away is a warning.
class OnlineCheck {
  public:
    OnlineCheck(const Configuration& configuration, Diagnostics& diagnostics)
        : redactor_(configuration.secrets()), diagnostics_(diagnostics) {}

    using Chosen = std::function<bool(const std::string& stream)>;
    /// Of the streams that are `chosen`, and the look-ups they use. False: the source did not answer, or an error was
    /// found.
    bool check(SourceConfiguration& source, const Chosen& chosen, std::stop_token stop);
    /// How many times a source was away.
    std::size_t unchecked() const { return unchecked_; }

  private:
    bool check(const SourceConfiguration& source, const StreamConfiguration& stream, Feed& feed, std::uint32_t index,
               std::stop_token stop);
    bool check_lookup(const SourceConfiguration& source, std::size_t index, std::stop_token stop);
    bool tell(const std::vector<Finding>& findings, const std::function<Place(const Finding&)>& place_of);
    void unanswered(const SourceConfiguration& source, const Place& place, const Error& error);

    Redactor redactor_;
    Diagnostics& diagnostics_;
    bool closed_ = false;  ///< The source cannot be asked, whatever for: told once.
    std::size_t unchecked_ = 0;
};

}  // namespace tributary
