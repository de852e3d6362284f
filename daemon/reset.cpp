#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <semaphore>

#include "core/http/client.hpp"
#include "core/model/embedded.hpp"
#include "core/runtime/entities.hpp"
#include "core/runtime/reset.hpp"
#include "core/runtime/reset_requests.hpp"
#include "core/settings/redact.hpp"
#include "core/store/state_directory.hpp"
#include "core/store/stored_counts.hpp"
#include "daemon/commands.hpp"
#include "daemon/load.hpp"
#include "daemon/logging.hpp"
#include "daemon/process.hpp"
#include "daemon/signals.hpp"
#include "daemon/terminal.hpp"
#include "daemon/timer.hpp"

namespace tributary {

namespace {

constexpr std::chrono::seconds probe_patience(2);
constexpr std::chrono::seconds broker_patience(30);
constexpr std::size_t most_shown_position = 200;

std::string shown(const Position& position) {
    if (position.empty()) return "the beginning";
    const bool cut = position.json.size() > most_shown_position;
    return position.json.substr(0, most_shown_position) + (cut ? "…" : "");
}

std::optional<std::string> running_daemon(const Configuration& configuration) {
    if (const auto address = parse_http_address(configuration.http_listen))
        if (http_get(*address, "/livez", probe_patience)) return fmt::format("a daemon answers at {}", address->text());
    auto state = StateDirectory::lock(configuration.state_directory);
    return state ? std::nullopt : std::optional(state.error().what);
}

/// Reads the checkpoints and leaves whoever owns the instance alone.
Result<Checkpoints> look_at_checkpoints(const Configuration& configuration) {
    std::binary_semaphore answered(0);
    Publisher publisher(configuration.kafka, entity_names(catalogue()), [&] { answered.release(); });
    publisher.start_reading();
    if (!answered.try_acquire_for(broker_patience))
        return fail(Verdict::retry, "broker_away", "the broker does not answer");
    auto answer = publisher.answer();
    if (auto* read = answer ? std::get_if<CheckpointsRead>(&*answer) : nullptr) return std::move(read->checkpoints);
    if (auto* away = answer ? std::get_if<StillAway>(&*answer) : nullptr) return std::unexpected(away->error);
    return fail(Verdict::retry, "broker_away", "the checkpoints cannot be read");
}

class ResetCommand {
  public:
    ResetCommand(Configuration& configuration, const ResetOptions& options)
        : configuration_(configuration), options_(options), redactor_(configuration.secrets()) {}

    int run() {
        if (configuration_.kafka.embedded)
            return refuse("`brokers: embedded` keeps nothing that could be reset", exit_refused);
        if (options_.dry_run) return look();
        const auto running = running_daemon(configuration_);
        if (running && options_.remove) return refuse(*running + ": stop it first", exit_refused);
        return running || options_.republish ? ask(running.has_value()) : work();
    }

  private:
    /// The feeds' own process does it.
    int ask(bool running) {
        const auto streams = configured_streams();
        if (streams.empty()) return exit_usage;
        const ResetRequests requests(configuration_.state_directory);
        for (const std::string& stream : streams) {
            if (auto asked = requests.ask(stream, {wall_clock_now(), options_.republish}); !asked)
                return refuse(asked.error().what, exit_check_failed);
            fmt::print("{}: {}\n", stream,
                       !running             ? "at the daemon's next start every entity is sent again"
                       : options_.republish ? "the running daemon sends every entity again, behind its polls"
                                            : "the running daemon reads all rows again, behind its polls");
        }
        return 0;
    }

    std::vector<std::string> configured_streams() {
        std::vector<std::string> known, chosen;
        for (const auto& source : configuration_.sources)
            for (const auto& stream : source.streams) {
                known.push_back(source.name + "/" + stream.name);
                if (known.back() == options_.stream || source.name == options_.stream) chosen.push_back(known.back());
            }
        if (chosen.empty()) say_unknown(known);
        return chosen;
    }

    void say_unknown(const std::vector<std::string>& known) {
        const std::vector<std::string_view> candidates(known.begin(), known.end());
        complain(fmt::format("there is no stream '{}'{}; known are {}", options_.stream,
                             did_you_mean(options_.stream, candidates), fmt::join(known, ", ")));
    }

    int look() {
        const auto checkpoints = look_at_checkpoints(configuration_);
        if (!checkpoints) return refuse(checkpoints.error().what, exit_check_failed);
        const auto counts = stored_counts(configuration_.state_directory);
        std::vector<std::string> stored;
        if (counts)
            for (const auto& [stream, count] : *counts) stored.push_back(stream);
        const auto plan = plan_for(checkpoints->feeds(), stored);
        if (!plan) return exit_usage;
        say_feeds(*plan, "would go");
        for (const std::string& stream : plan->streams) {
            if (!options_.remove) continue;
            const StoredCounts count = counts && counts->contains(stream) ? counts->at(stream) : StoredCounts{};
            if (counts)
                fmt::print("{}: {} records would be removed and {} rejects cleared\n", stream, count.states,
                           count.rejects);
            else
                fmt::print("{}: its records would be removed; how many is not known while the cache is in use\n",
                           stream);
        }
        return 0;
    }

    int work() {
        start_redacted_log(LogFormat::text, LogLevel::warning, configuration_);
        StatusBoard board(
            {std::string(version()), std::string(source_commit()), configuration_.instance, configuration_.tenant},
            wall_clock());
        Metrics metrics;
        ResetObserver observer;
        Session session(configuration_, this_process(), observer, board, metrics, wall_clock());
        const Signals signals([&] { session.stop(); });
        const int code = within(session, observer);
        const bool settled = session.finish(wall_clock()() + configuration_.stop_within) && session.settled();
        flush_log();
        (void)std::fflush(nullptr);
        // a producer that waits for a broker must not hold the end up
        if (!settled) std::_Exit(code);
        return code;
    }

    int within(Session& session, const ResetObserver& observer) {
        std::optional<Timer> timer(std::in_place, broker_patience, [&] { session.stop(); });
        if (const auto refusal = session.start()) return refuse(refusal->why, refusal->exit_code);
        timer.reset();
        if (const auto over = session.ended()) return refuse(over->reason, over->exit_code);
        if (session.stopping()) {
            const auto& trouble = observer.trouble();
            return refuse(trouble ? trouble->what : "stopped before it began", exit_check_failed);
        }
        std::vector<std::string> stored;
        for (const auto& [stream, number] : session.store().streams()) stored.push_back(stream);
        const auto plan = plan_for(session.checkpoints().feeds(), stored);
        if (!plan) return exit_usage;
        Reset reset(session, observer, configuration_, wall_clock());
        const auto done = options_.remove ? reset.remove(*plan) : reset.rewind(*plan);
        if (!done) {
            const auto ended = session.ended();
            return refuse(done.error().what, ended ? ended->exit_code : exit_check_failed);
        }
        say_feeds(*plan, "goes");
        if (options_.remove)
            fmt::print("{}: removed, events published: {}\n", fmt::join(plan->streams, ", "), observer.events());
        return 0;
    }

    std::optional<ResetPlan> plan_for(const std::map<std::string, FeedRecord>& checkpoints,
                                      const std::vector<std::string>& stored) {
        const auto known = known_streams(configuration_, checkpoints, stored);
        ResetPlan plan = plan_reset(options_.stream, known, checkpoints);
        if (!plan.streams.empty()) return plan;
        say_unknown(known);
        return std::nullopt;
    }

    void say_feeds(const ResetPlan& plan, std::string_view verb) {
        if (plan.feeds.empty())
            fmt::print("{}: has no position yet, it starts with its first load anyway\n", options_.stream);
        for (const auto& feed : plan.feeds)
            fmt::print("{}/{} {} back to its first load, from {}\n", feed.source, feed.name, verb,
                       shown(feed.record.position));
    }

    int refuse(std::string_view why, int code) {
        complain(redactor_.redact(std::string(why)));
        return code;
    }

    Configuration& configuration_;
    const ResetOptions& options_;
    Redactor redactor_;
};

}  // namespace

int reset_command(const ResetOptions& options) {
    const auto configuration = load_configuration(options.configuration);
    if (!configuration) return exit_refused;
    return ResetCommand(*configuration, options).run();
}

}  // namespace tributary
