#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary {

/// What comparisons leave in the state directory, a file each below `comparisons/`: deletes that the guard holds, the
/// operator's word that they may go, and when a stream was last swept. A lost one costs another comparison, never a
/// wrong delete. Files, so that `tributary deletes confirm` works beside a running daemon and without one.
/// Thread-safe: nothing is kept in memory, a file is replaced as a whole.
class ComparisonNotes {
  public:
    explicit ComparisonNotes(const std::filesystem::path& state_directory)
        : directory_(state_directory / "comparisons") {}

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
    std::filesystem::path file(std::string_view stream, std::string_view kind) const;
    Result<> write(const std::filesystem::path& file, const std::string& text) const;

    std::filesystem::path directory_;
};

}  // namespace tributary
