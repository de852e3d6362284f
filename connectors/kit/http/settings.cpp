#include "connectors/kit/http/settings.hpp"

#include <algorithm>
#include <charconv>

#include "connectors/kit/http/proxy.hpp"

namespace tributary::http {
namespace {

constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

bool is_header_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || token_marks.contains(c);
    });
}

/// A line end in a value would begin another header.
bool is_header_value(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void add_header(const Place& place, std::string name, std::string value, ClientSettings& out,
                Diagnostics& diagnostics) {
    if (!is_header_name(name)) return diagnostics.error(place, "'" + name + "' is no name of a header");
    if (!is_header_value(value)) return diagnostics.error(place, "a header is one line");
    out.headers.push_back({std::move(name), std::move(value)});
}

/// What a reference brought is a secret in any header.
void hide_references(const Node& map, ClientSettings& out) {
    for (const Node::Entry& entry : map.entries) {
        if (entry.value.secret) out.secrets.push_back(entry.value.scalar);
        out.secrets.insert(out.secrets.end(), entry.value.variables.begin(), entry.value.variables.end());
    }
}

Url read_url(const Settings& settings, std::string_view name, Diagnostics& diagnostics) {
    if (!settings.has(name)) return {};  // required: already said
    auto url = parse_url(settings.text(name));
    if (url) return *url;
    diagnostics.error(settings.place(name), std::string(name) + ": " + url.error().what);
    return {};
}

void read_ways_in(const Settings& settings, ClientSettings& out, Diagnostics& diagnostics) {
    out.user = settings.text("user");
    out.password = settings.text("password");
    out.token = settings.text("token");
    if (settings.has("password") && !settings.has("user"))
        diagnostics.error(settings.place("password"), "`password` needs a `user`");
    int ways = 0;
    for (const char* const way : {"user", "token", "oauth2"}) ways += settings.has(way) ? 1 : 0;
    if (ways > 1)
        diagnostics.error(settings.place(),
                          "choose one of `user`, `token` and `oauth2`: each is the Authorization header");
    if (settings.has("api_key")) {
        const Settings key = settings.section("api_key");
        add_header(key.place("value"), key.text("header"), key.text("value"), out, diagnostics);
    }
    if (!settings.has("oauth2")) return;
    const Settings oauth2 = settings.section("oauth2");
    OAuth2 way{.token_url = read_url(oauth2, "token_url", diagnostics),
               .client_id = oauth2.text("client_id"),
               .client_secret = oauth2.text("client_secret"),
               .parameters = {},
               .in_body = oauth2.text("credentials") == "body"};
    if (oauth2.has("scope")) way.parameters.emplace_back("scope", oauth2.text("scope"));
    if (const Node* more = oauth2.node("parameters"))
        for (auto& pair : read_pairs(*more, diagnostics)) way.parameters.push_back(std::move(pair));
    out.oauth2 = std::move(way);
}

void read_limits(const Settings& settings, ClientSettings& out, Diagnostics& diagnostics) {
    const Settings limits = settings.section("limits");
    const auto size = [&](std::string_view name) { return static_cast<std::size_t>(*limits.integer(name)); };
    out.caps = {.body = size("body"), .ratio = size("ratio"), .depth = size("depth"), .row = size("row")};
    if (const auto parallel = settings.integer("parallel")) out.gate.parallel = static_cast<unsigned>(*parallel);
    if (!settings.has("rate")) return;
    if (const auto interval = parse_rate(settings.text("rate")))
        out.gate.interval = *interval;
    else
        diagnostics.error(settings.place("rate"), "expected requests in a time, as 5/s, 100/m or 1000/h");
}

/// A proxy is named in errors: of its address the password alone is a secret. One occurrence is taken out for each;
/// what is the value of another option as well stays one.
void read_proxy(const Settings& settings, ClientSettings& out, Diagnostics& diagnostics) {
    if (!settings.has("proxy")) return;
    for (const std::string& shown : secrets_of(*settings.node("proxy")))
        if (const auto at = std::ranges::find(out.secrets, shown); at != out.secrets.end()) out.secrets.erase(at);
    const std::string address = settings.text("proxy");
    if (address == "none") {
        out.proxy = "";
        return;
    }
    if (const auto mistake = proxy_mistake(address)) diagnostics.error(settings.place("proxy"), *mistake);
    out.proxy = address;
}

void read_tls(const Settings& tls, ClientSettings& out, Diagnostics& diagnostics) {
    out.tls = {.ca = tls.text("ca"),
               .certificate = tls.text("certificate"),
               .key = tls.text("key"),
               .key_password = tls.text("key_password"),
               .verify = tls.boolean("verify")};
    for (const char* const name : {"key", "key_password"})
        if (tls.has(name) && !tls.has("certificate"))
            diagnostics.error(tls.place(name), std::string("`") + name + "` needs a `certificate`");
}

}  // namespace

void refuse_path(const SourceSettings& source, const Url& url, Diagnostics& diagnostics) {
    if (url.path.empty() || url.path == "/") return;
    diagnostics.error(source.settings.place("url"),
                      "leave '" + url.path + "' out: what is asked is at the root of the host");
}

std::vector<std::pair<std::string, std::string>> read_pairs(const Node& map, Diagnostics& diagnostics) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto is_pair = [](const Node::Entry& entry) { return entry.value.is_scalar(); };
    if (map.is_map() && std::ranges::all_of(map.entries, is_pair))
        for (const Node::Entry& entry : map.entries) pairs.emplace_back(entry.key, entry.value.scalar);
    else
        diagnostics.error(map.place, "expected names with one value each, as {name: value}");
    return pairs;
}

std::optional<std::chrono::microseconds> parse_rate(std::string_view text) {
    std::int64_t requests = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), requests);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t seconds = unit == "/s" ? 1 : unit == "/m" ? 60 : unit == "/h" ? 3'600 : 0;
    if (error != std::errc() || requests < 1 || requests > 1'000'000 || seconds == 0) return std::nullopt;
    return std::chrono::microseconds(seconds * 1'000'000 / requests);
}

ClientSettings read_client_settings(const SourceSettings& source, Diagnostics& diagnostics) {
    const Settings& settings = source.settings;
    ClientSettings out;
    out.source = source.name;
    out.url = read_url(settings, "url", diagnostics);
    out.secrets = settings.secret_values();
    read_ways_in(settings, out, diagnostics);
    if (const Node* headers = settings.node("headers")) {
        for (auto& [name, value] : read_pairs(*headers, diagnostics))
            add_header(headers->place, std::move(name), std::move(value), out, diagnostics);
        hide_references(*headers, out);
    }
    read_tls(settings.section("tls"), out, diagnostics);
    read_proxy(settings, out, diagnostics);
    out.connect_timeout = *settings.duration("connect_timeout");
    out.timeout = *settings.duration("timeout");
    out.stall_timeout = *settings.duration("stall_timeout");
    read_limits(settings, out, diagnostics);
    out.allow_hosts = settings.texts("allow_hosts");
    out.trace = settings.boolean("trace");
    return out;
}

}  // namespace tributary::http
