#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace tributary::http::test {

/// tests/misbehaving.py as a process of its own; it ends with this object. Tests run in the checkout's root.
class Misbehaving {
  public:
    explicit Misbehaving(bool with_tls = false) {
        if (with_tls) {
            char name[] = "/tmp/tributary-http-XXXXXX";
            REQUIRE(mkdtemp(name) != nullptr);
            folder_ = name;
        }
        std::array<int, 2> in{};
        std::array<int, 2> out{};
        REQUIRE(pipe2(in.data(), O_CLOEXEC) == 0);
        REQUIRE(pipe2(out.data(), O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        std::string program = "/usr/bin/python3";
        std::string script = "connectors/kit/http/tests/misbehaving.py";
        const std::array arguments{program.data(), script.data(), folder_.empty() ? nullptr : folder_.data(),
                                   static_cast<char*>(nullptr)};
        REQUIRE(posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
        close(in[0]);
        close(out[1]);
        input_ = in[1];
        std::string line;
        for (char c = 0; read(out[0], &c, 1) == 1 && c != '\n';) line += c;
        close(out[0]);
        std::istringstream ports(line);
        ports >> plain_ >> good_ >> other_;
        REQUIRE_FALSE(plain_.empty());
    }
    ~Misbehaving() {
        close(input_);
        waitpid(process_, nullptr, 0);
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }
    Misbehaving(const Misbehaving&) = delete;
    Misbehaving& operator=(const Misbehaving&) = delete;

    std::string url() const { return "http://127.0.0.1:" + plain_; }
    const std::string& port() const { return plain_; }
    std::string tls_url() const { return "https://127.0.0.1:" + good_; }
    /// Its certificate is for another host.
    std::string wrong_url() const { return "https://127.0.0.1:" + other_; }
    std::string ca() const { return folder_ + "/ca.pem"; }

  private:
    std::string folder_;
    std::string plain_, good_, other_;
    pid_t process_ = 0;
    int input_ = -1;
};

}  // namespace tributary::http::test
