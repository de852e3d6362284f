#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/model/result.hpp"

namespace tributary {

/// The directory of the cache, held by one process at a time through a lock on a file in it. Released with the object.
class StateDirectory {
  public:
    /// Makes the directory if it is not there. `state_locked` (retry) names the pid that holds it.
    static Result<StateDirectory> lock(const std::filesystem::path& directory);
    /// A new directory below the system's temporary one; removed with the object.
    static Result<StateDirectory> throw_away();

    StateDirectory(StateDirectory&& other) noexcept;
    StateDirectory& operator=(StateDirectory&& other) noexcept;
    ~StateDirectory();

    const std::filesystem::path& path() const { return path_; }

  private:
    StateDirectory() = default;
    std::filesystem::path path_;
    int file_ = -1;
    bool temporary_ = false;
};

}  // namespace tributary
