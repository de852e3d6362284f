#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/store/note_files.hpp"

namespace tributary {

/// What an operator wants of a stream that is, or is going to be, read by a daemon.
struct ResetRequest {
    std::int64_t asked_at = 0;  ///< Tells one request from the next; microseconds UTC.
    bool republish = false;     ///< Send every entity, also those that do not differ.
};

/// `tributary reset` beside a running daemon: it leaves a word in the state directory, `resets/`, the feed takes it.
/// Thread-safe.
class ResetRequests {
  public:
    explicit ResetRequests(const std::filesystem::path& state_directory) : files_(state_directory / "resets") {}

    /// `stream` is "source/stream", here and below.
    Result<> ask(std::string_view stream, const ResetRequest& request) const;
    std::optional<ResetRequest> asked(std::string_view stream) const;
    void done(std::string_view stream) const;

  private:
    NoteFiles files_;
};

}  // namespace tributary
