#include "connectors/kit/http/proxy.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

#include "core/settings/written_password.hpp"

namespace tributary::http {
namespace {

constexpr std::string_view between = "://";
constexpr std::array<std::string_view, 6> schemes{"http", "https", "socks4", "socks4a", "socks5", "socks5h"};

/// In the order in which curl looks; HTTP_PROXY is none of them, since a web server could be made to set it.
std::vector<std::string> variables_for(std::string_view scheme) {
    if (scheme == "https") return {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    return {"http_proxy", "all_proxy", "ALL_PROXY"};
}

/// `host:port`, also of what is no address.
std::string place_of(std::string_view address) {
    if (const auto at = address.find(between); at != std::string_view::npos) address.remove_prefix(at + between.size());
    if (const auto at = address.rfind('@'); at != std::string_view::npos) address.remove_prefix(at + 1);
    return std::string(address.substr(0, address.find('/')));
}

bool is_address(const std::string& text) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
    return curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
}

}  // namespace

std::optional<std::string> proxy_mistake(const std::string& address) {
    const std::size_t end = address.find(between);
    const std::string_view scheme = std::string_view(address).substr(0, std::min(end, address.size()));
    if (end != std::string::npos && std::ranges::find(schemes, scheme) != schemes.end() && is_address(address))
        return std::nullopt;
    return fmt::format(
        "expected `none`, or the address of a proxy as in http://proxy.example:3128; it begins with one of {}",
        fmt::join(schemes, ", "));
}

std::string proxy_note(const std::optional<std::string>& setting, std::string_view scheme,
                       const Environment& environment) {
    if (setting) return setting->empty() ? "" : fmt::format("; through the proxy {} (`proxy`)", place_of(*setting));
    for (const std::string& name : variables_for(scheme)) {
        const auto value = environment(name);
        if (value && !value->empty())
            return fmt::format("; through the proxy {} ({} of the environment), unless no_proxy exempts the host",
                               place_of(*value), name);
    }
    return {};
}

std::vector<std::string> proxy_passwords(const std::optional<std::string>& setting, const Environment& environment) {
    std::vector<std::string> passwords;
    // curl takes what has no scheme for http
    const auto add = [&](const std::string& address) {
        std::ranges::move(passwords_in(address.contains(between) ? address : "http://" + address),
                          std::back_inserter(passwords));
    };
    if (setting) {
        add(*setting);
        return passwords;
    }
    for (const std::string_view scheme : {"http", "https"})
        for (const std::string& name : variables_for(scheme))
            if (const auto value = environment(name)) add(*value);
    return passwords;
}

}  // namespace tributary::http
