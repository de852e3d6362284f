#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "core/http/client.hpp"
#include "daemon/commands.hpp"
#include "daemon/load.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

constexpr std::chrono::seconds patience(10);

Result<std::string> address_text(const StatusOptions& options) {
    if (!options.url.empty()) {
        std::string_view url = options.url;
        if (url.starts_with("http://")) url.remove_prefix(7);
        while (url.ends_with('/')) url.remove_suffix(1);
        return std::string(url);
    }
    const auto configuration = load_configuration(options.configuration);
    if (!configuration) return fail(Verdict::stop, "configuration", "the configuration has errors; --url asks without");
    if (configuration->http_listen.empty())
        return fail(Verdict::stop, "http_off", "http.listen is off: there is nothing to ask");
    return configuration->http_listen;
}

/// `{"health": …, "status": …}`: both answers as the daemon gave them.
Result<std::string> status_json(const HttpAddress& address) {
    const auto health = http_get(address, "/healthz", patience);
    if (!health) return std::unexpected(health.error());
    const auto sources = http_get(address, "/v1/sources?expand=status", patience);
    if (!sources) return std::unexpected(sources.error());
    return fmt::format(R"({{"health":{},"status":{}}})", health->body, sources->body) + "\n";
}

}  // namespace

int status_command(const StatusOptions& options) {
    const auto text = address_text(options);
    if (!text) {
        complain(text.error().what);
        return exit_refused;
    }
    const auto address = parse_http_address(*text);
    if (!address) {
        complain(address.error().what);
        return exit_usage;
    }
    const auto answer = options.json ? status_json(*address) : fetch_status(*address, patience);
    if (!answer) {
        complain(answer.error().what);
        return exit_check_failed;
    }
    fmt::print("{}", *answer);
    return 0;
}

}  // namespace tributary
