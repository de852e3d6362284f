#include <sys/prctl.h>

#include <exception>

#include "daemon/command_line.hpp"
#include "daemon/terminal.hpp"

int main(int argc, char** argv) {
    constexpr int exit_failed = 70;
    // after a reload it is started as /proc/self/exe, and `pgrep` would look for `exe`
    ::prctl(PR_SET_NAME, "tributary");
    try {
        return tributary::CommandLine().run(argc, argv);
    } catch (const std::exception& error) {
        tributary::complain(error.what());
        return exit_failed;
    }
}
