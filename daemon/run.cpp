#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>

#include "core/http/api.hpp"
#include "core/http/server.hpp"
#include "core/model/embedded.hpp"
#include "core/runtime/instance.hpp"
#include "core/settings/redact.hpp"
#include "core/status/failpoint.hpp"
#include "core/status/log.hpp"
#include "daemon/commands.hpp"
#include "daemon/event_printer.hpp"
#include "daemon/load.hpp"
#include "daemon/logging.hpp"
#include "daemon/process.hpp"
#include "daemon/reload.hpp"
#include "daemon/signals.hpp"
#include "daemon/terminal.hpp"
#include "daemon/timer.hpp"

namespace tributary {

namespace {

bool start_logging(const RunOptions& options, const Configuration& configuration) {
    const auto level = log_level_of(options.log_level);
    if (!level || (options.log_format != "text" && options.log_format != "json")) {
        complain("--log-level is one of debug, info, warning, error; --log-format text or json");
        return false;
    }
    start_redacted_log(options.log_format == "json" ? LogFormat::json : LogFormat::text, *level, configuration);
    return true;
}

Result<std::unique_ptr<HttpServer>> serve(const Configuration& configuration, const StatusApi& api, LoopStatus& loop) {
    if (configuration.http_listen.empty()) return std::unique_ptr<HttpServer>();
    auto address = parse_http_address(configuration.http_listen);
    if (!address) return std::unexpected(address.error());
    HttpServer::Settings settings;
    settings.listen = *address;
    settings.turned = [&loop] { loop.turned(); };
    auto server =
        HttpServer::start(std::move(settings), [&api](const HttpRequest& request) { return api.answer(request); });
    if (server) log_info("http", "listening", {{"address", (*server)->address().text()}});
    return server;
}

/// What signals, timers and new configurations ask of a daemon, whose parts may not be there yet. From any thread.
class Control {
  public:
    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        if (instance_ != nullptr) instance_->stop();
    }
    void take_over() {
        const std::lock_guard lock(mutex_);
        again_ = true;
        if (instance_ != nullptr) instance_->stop();
    }
    void reload() {
        const std::lock_guard lock(mutex_);
        if (reload_ != nullptr) reload_->request();
    }
    void attach(Instance& instance) {
        const std::lock_guard lock(mutex_);
        instance_ = &instance;
        if (stopped_) instance_->stop();
    }
    void attach(Reload* reload) {
        const std::lock_guard lock(mutex_);
        reload_ = reload;
    }
    bool starts_again() {
        const std::lock_guard lock(mutex_);
        return again_ && !stopped_;
    }

  private:
    std::mutex mutex_;
    Instance* instance_ = nullptr;
    Reload* reload_ = nullptr;
    bool stopped_ = false;
    bool again_ = false;
};

int run_until_stopped(const RunOptions& options, Instance& instance, Control& control, StatusBoard& board) {
    Reload reload({.configuration = options.configuration,
                   .watch = options.watch,
                   .would_start = [&](const Configuration& next) { return instance.would_start(next); },
                   .take_over = [&] { control.take_over(); }},
                  board);
    control.attach(&reload);
    std::optional<Timer> timer;
    if (options.seconds) timer.emplace(std::chrono::seconds(*options.seconds), [&] { control.stop(); });
    const int code = instance.run();
    control.attach(nullptr);
    return code;
}

}  // namespace

int run_command(const RunOptions& options) {
    if (!arm_failpoints()) {
        complain("TRIBUTARY_FAILPOINT names no failpoint");
        return exit_usage;
    }
    Control control;
    const Signals signals([&] { control.stop(); }, [&] { control.reload(); });
    auto configuration = load_configuration(options.configuration);
    if (!configuration) return exit_refused;
    if (!start_logging(options, *configuration)) return exit_usage;

    StatusBoard board(
        {std::string(version()), std::string(source_commit()), configuration->instance, configuration->tenant},
        wall_clock());
    Metrics metrics;
    auto redactor = std::make_shared<Redactor>(configuration->secrets());
    const StatusApi api(board, metrics, {},
                        [redactor](std::string& text) { text = redactor->redact(std::move(text)); });
    EventPrinter printer(shows_colour(stdout));
    Instance::Setup setup;
    setup.session = this_process();
    if (options.show_events) {
        setup.on_event = [&](const EventView& event) { printer.event(event); };
        setup.on_reject = [&](std::size_t count) { printer.rejects(count); };
    }
    Instance instance(*configuration, std::move(setup), board, metrics, wall_clock());
    control.attach(instance);
    auto server = serve(*configuration, api, board.loop("http", 10'000'000));
    if (!server) {
        log_error("http", "cannot listen", {{"reason", server.error().what}});
        return exit_refused;
    }
    const int code = run_until_stopped(options, instance, control, board);
    if (*server) (*server)->stop();
    if (options.show_events) printer.summary();
    flush_log();
    // a producer that waits for a broker, or a pull that does not return, must not hold the end up
    (void)std::fflush(nullptr);
    if (control.starts_again() && code == 0) {
        log_error("reload", "the daemon cannot start again", {{"reason", start_again().what}});
        flush_log();
        return exit_check_failed;
    }
    if (!instance.settled()) std::_Exit(code);
    return code;
}

}  // namespace tributary
