#include "core/store/state_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tributary {

namespace {

std::string text_in(int file) {
    std::array<char, 32> buffer{};
    const auto size = ::pread(file, buffer.data(), buffer.size() - 1, 0);
    std::string text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

Error io_error(const std::filesystem::path& path, std::string_view doing, int number) {
    return {Verdict::retry, "state_io",
            fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(number))};
}

}  // namespace

Result<StateDirectory> StateDirectory::lock(const std::filesystem::path& directory) {
    std::error_code made;
    // what is in it are customers: their names, telephones, addresses
    if (std::filesystem::create_directories(directory, made))
        std::filesystem::permissions(directory, std::filesystem::perms::owner_all, made);
    if (made) return std::unexpected(io_error(directory, "cannot make the state directory", made.value()));
    StateDirectory held;
    held.path_ = directory;
    const auto file = directory / "lock";
    held.file_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (held.file_ < 0) return std::unexpected(io_error(file, "cannot open", errno));
    if (::flock(held.file_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return std::unexpected(io_error(file, "cannot lock", errno));
        return fail(
            Verdict::retry, "state_locked",
            fmt::format("the state directory {} is held by process {}", directory.string(), text_in(held.file_)));
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    // the pid is for whoever meets the lock; a full disk must not keep us from starting
    if (::ftruncate(held.file_, 0) == 0) (void)!::pwrite(held.file_, pid.data(), pid.size(), 0);
    return held;
}

Result<StateDirectory> StateDirectory::throw_away() {
    std::string name = (std::filesystem::temp_directory_path() / "tributary-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return std::unexpected(io_error(name, "cannot make", errno));
    auto held = lock(name);
    if (held) held->temporary_ = true;
    return held;
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      temporary_(std::exchange(other.temporary_, false)) {}

StateDirectory& StateDirectory::operator=(StateDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    std::swap(temporary_, other.temporary_);
    return *this;
}

StateDirectory::~StateDirectory() {
    if (file_ >= 0) ::close(file_);
    std::error_code ignored;  // a temporary directory that cannot be removed is the system's to clean
    if (temporary_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace tributary
