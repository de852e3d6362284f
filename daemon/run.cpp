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

}  // namespace

int run_command(const RunOptions& options) {
    if (!arm_failpoints()) {
        complain("TRIBUTARY_FAILPOINT names no failpoint");
        return exit_usage;
    }
    std::unique_ptr<Instance> instance;
    std::mutex mutex;  // guards the two below: a signal may come before the instance is there
    bool stopped = false;
    auto stop = [&] {
        const std::lock_guard lock(mutex);
        stopped = true;
        if (instance) instance->stop();
    };
    const StopSignals signals([&](int) { stop(); });
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
    {
        const std::lock_guard lock(mutex);
        instance = std::make_unique<Instance>(*configuration, std::move(setup), board, metrics, wall_clock());
        if (stopped) instance->stop();
    }
    auto server = serve(*configuration, api, board.loop("http", 10'000'000));
    if (!server) {
        log_error("http", "cannot listen", {{"reason", server.error().what}});
        return exit_refused;
    }
    std::optional<Timer> timer;
    if (options.seconds) timer.emplace(std::chrono::seconds(*options.seconds), stop);
    const int code = instance->run();
    timer.reset();
    if (*server) (*server)->stop();
    if (options.show_events) printer.summary();
    flush_log();
    // a producer that waits for a broker, or a pull that does not return, must not hold the end up
    (void)std::fflush(nullptr);
    if (!instance->settled()) std::_Exit(code);
    return code;
}

}  // namespace tributary
