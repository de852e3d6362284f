#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.hpp"
#include "core/store/note_files.hpp"

namespace tributary {

/// What comparisons leave in the state directory, a file each below `comparisons/`: deletes that the guard holds, the
/// operator's word that they may go, and when a stream was last swept. A lost one costs another comparison, never a
/// wrong delete. Thread-safe.
class ComparisonNotes {
  public:
    explicit ComparisonNotes(const std::filesystem::path& state_directory) : files_(state_directory / "comparisons") {}

    struct Held {
        std::int64_t missing = 0;
        std::int64_t known = 0;
    };
    /// `stream` is "source/stream", here and below.
    Result<> hold(std::string_view stream, const Held& held) const;
    std::optional<Held> held(std::string_view stream) const;

    /// So many deletes may go, once.
    Result<> confirm(std::string_view stream, std::int64_t deletes) const;
    std::optional<std::int64_t> confirmed(std::string_view stream) const;
    /// Nothing is held any more, and what was confirmed is done.
    void settle(std::string_view stream) const;

    Result<> swept(std::string_view stream, std::int64_t at) const;
    std::optional<std::int64_t> last_sweep(std::string_view stream) const;

  private:
    NoteFiles files_;
};

}  // namespace tributary
