#include "daemon/process.hpp"

#include <fmt/format.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "core/model/embedded.hpp"

namespace tributary {

namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("unknown");
}

std::uint64_t random_number() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
}

}  // namespace

Session::Setup this_process() {
    Session::Setup setup;
    setup.version = fmt::format("tributary {}", version());
    setup.host = host_name();
    setup.seed = random_number();
    setup.run = fmt::format("{:016x}{:016x}", random_number(), random_number());
    return setup;
}

Error start_again() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    const std::string joined((std::istreambuf_iterator<char>(file)), {});
    std::vector<std::string> words;
    for (std::size_t at = 0; at < joined.size(); at += words.back().size() + 1) words.emplace_back(joined.c_str() + at);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    constexpr unsigned first_file = 3;
    ::close_range(first_file, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execv("/proc/self/exe", arguments.data());
    return {Verdict::stop, "not_started", std::generic_category().message(errno)};
}

}  // namespace tributary
