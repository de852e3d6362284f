#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary::simulation {

/// SIGKILL: thrown from a fake, caught by the simulation, which then drops every object of the process.
struct Killed {};

/// What goes wrong from now on. One-shot faults count down the calls they let pass; 0 is none.
struct Faults {
    enum class Commit { none, lost_before, lost_after };
    Commit next_commit = Commit::none;  ///< The reply gets lost before or after the transaction took effect.
    bool next_commit_fenced = false;    ///< The client reports that unknown outcome as fenced.
    int kill_in = 0;                    ///< Steps of the protocol until the process is killed.
    std::string_view kill_at;           ///< Or the step, by name: the rare ones would hardly be met.
    int produce_fails_in = 0;
    int rollback_fails_in = 0;
    int store_read_fails_in = 0;
    int store_damage_in = 0;
    int store_write_fails_in = 0;
    int store_commit_fails_in = 0;
    bool disk_full = false;
    std::set<std::size_t> sources_away;     ///< Feeds whose pulls fail with `retry`.
    std::set<std::size_t> sources_refused;  ///< Feeds whose pulls fail with `stop`.

    std::map<std::string, int> happened;  ///< What really took place, for the test of the test.

    bool due(int& countdown, const char* name) {
        if (countdown == 0 || --countdown > 0) return false;
        ++happened[name];
        return true;
    }
    /// A step at which the process can die.
    void step(const char* name) {
        const bool counted = kill_in > 0 && --kill_in == 0;
        if (!counted && kill_at != name) return;
        kill_at = {};
        ++happened[std::string("killed at ") + name];
        throw Killed{};
    }
};

}  // namespace tributary::simulation
