#include "daemon/process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <random>

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

}  // namespace tributary
