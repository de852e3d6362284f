#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary {

/// Small texts about streams, a file each in a folder of the state directory, so that commands work beside a running
/// daemon and without one. Nothing is kept in memory, a file is replaced as a whole. Thread-safe.
class NoteFiles {
  public:
    explicit NoteFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// `stream` is "source/stream".
    Result<> write(std::string_view stream, std::string_view kind, const std::string& text) const;
    std::optional<std::string> read(std::string_view stream, std::string_view kind) const;
    void remove(std::string_view stream, std::string_view kind) const;

  private:
    std::filesystem::path file(std::string_view stream, std::string_view kind) const;

    std::filesystem::path directory_;
};

}  // namespace tributary
