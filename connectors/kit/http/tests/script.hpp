#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace tributary::http::test {

/// A folder that goes with this object.
class Folder {
  public:
    Folder() {
        char name[] = "/tmp/tributary-http-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// A Python script of this folder as a process of its own, which serves until its input ends: with this object. Tests
/// run in the checkout's root.
class Script {
  public:
    /// `ports` are how many ports the line has that says that it serves.
    Script(const std::string& name, const std::vector<std::string>& arguments, std::size_t ports) {
        std::array<int, 2> in{};
        std::array<int, 2> out{};
        REQUIRE(pipe2(in.data(), O_CLOEXEC) == 0);
        REQUIRE(pipe2(out.data(), O_CLOEXEC) == 0);
        spawn("connectors/kit/http/tests/" + name, arguments, in[0], out[1]);
        close(in[0]);
        close(out[1]);
        input_ = in[1];
        std::string line;
        for (char c = 0; read(out[0], &c, 1) == 1 && c != '\n';) line += c;
        close(out[0]);
        std::istringstream words(line);
        for (std::string port; words >> port;) ports_.push_back(port);
        INFO(name << " says: " << line);
        REQUIRE(ports_.size() == ports);
    }
    ~Script() { end(); }
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    const std::string& port(std::size_t index) const { return ports_.at(index); }
    std::string address(std::size_t index) const { return "127.0.0.1:" + port(index); }

  private:
    void spawn(std::string script, std::vector<std::string> arguments, int in, int out) {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in, 0);
        posix_spawn_file_actions_adddup2(&actions, out, 1);
        std::string program = "/usr/bin/python3";
        std::vector<char*> words{program.data(), script.data()};
        for (std::string& argument : arguments) words.push_back(argument.data());
        words.push_back(nullptr);
        const int spawned = posix_spawn(&process_, program.c_str(), &actions, nullptr, words.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        REQUIRE(spawned == 0);
    }
    void end() const {
        close(input_);
        waitpid(process_, nullptr, 0);
    }

    std::vector<std::string> ports_;
    pid_t process_ = 0;
    int input_ = -1;
};

}  // namespace tributary::http::test
