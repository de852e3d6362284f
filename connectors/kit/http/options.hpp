#pragma once

#include <array>

#include "core/settings/option.hpp"

namespace tributary::http {

inline constexpr std::array api_key_options{
    Option{.name = "header", .help = "The header it goes into.", .fallback = "X-Api-Key"},
    Option{.name = "value",
           .help = "The key, with any word the API wants before it.",
           .required = true,
           .secret = true,
           .example = "${file:/run/secrets/key}"},
};

inline constexpr std::array<std::string_view, 2> oauth2_credentials{"header", "body"};

inline constexpr std::array oauth2_options{
    Option{.name = "token_url",
           .help = "Where tokens are given out (client credentials, RFC 6749).",
           .required = true,
           .example = "https://login.example/oauth2/token"},
    Option{.name = "client_id", .help = "Who asks.", .required = true},
    Option{.name = "client_secret", .help = "Its secret.", .required = true, .secret = true},
    Option{.name = "scope", .help = "Scopes, with blanks between them."},
    Option{.name = "parameters",
           .type = OptionType::any,
           .help = "More parameters of the token request, as `audience`.",
           .example = "{audience: erp}"},
    Option{.name = "credentials",
           .type = OptionType::choice,
           .help = "Whether id and secret go into a Basic header or into the body.",
           .fallback = "header",
           .choices = oauth2_credentials},
};

inline constexpr std::array tls_options{
    Option{.name = "ca", .help = "File with the certificates (PEM) that are trusted in place of the system's."},
    Option{.name = "certificate", .help = "File with a client certificate (PEM)."},
    Option{.name = "key", .help = "File with the client certificate's key (PEM)."},
    Option{.name = "key_password", .help = "Password of that key.", .secret = true},
    Option{.name = "verify",
           .type = OptionType::boolean,
           .help = "Without it, anybody on the way can read and change everything; for tests.",
           .fallback = "true"},
};

inline constexpr std::array limit_options{
    Option{.name = "body",
           .type = OptionType::bytes,
           .help = "Most bytes of one answer, decompressed.",
           .fallback = "1GB",
           .at_least = 1024},
    Option{.name = "ratio",
           .type = OptionType::integer,
           .help = "Most bytes that one compressed byte may become, once there are more than 1 MB.",
           .fallback = "200",
           .at_least = 2,
           .at_most = 100'000},
    Option{.name = "depth",
           .type = OptionType::integer,
           .help = "Most lists and objects inside one another.",
           .fallback = "64",
           .at_least = 2,
           .at_most = 1'000},
    Option{
        .name = "row", .type = OptionType::bytes, .help = "Most bytes of one row.", .fallback = "16MB", .at_least = 64},
};

/// What every source over HTTP has; a connector's `source_options` are these, or `with_source_options(its own)`.
inline constexpr std::array common_options{
    Option{.name = "url",
           .help = "Address of the API; paths of streams are below it.",
           .required = true,
           .example = "https://erp.example/api"},
    Option{.name = "user", .help = "Name for Basic authentication.", .example = "crmfeed"},
    Option{.name = "password",
           .help = "Password for Basic authentication.",
           .secret = true,
           .example = "${file:/run/secrets/erp}"},
    Option{.name = "token", .help = "Bearer token.", .secret = true, .example = "${file:/run/secrets/token}"},
    Option{.name = "api_key", .type = OptionType::section, .help = "A key in a header.", .fields = api_key_options},
    Option{.name = "oauth2",
           .type = OptionType::section,
           .help = "OAuth 2 client credentials; the token is renewed before it ends.",
           .fields = oauth2_options},
    Option{.name = "headers",
           .type = OptionType::any,
           .help = "More headers of every request. A value that came from `${file:…}` or `${VAR}` is never shown.",
           .example = "{Accept-Language: en}"},
    Option{.name = "tls", .type = OptionType::section, .help = "Certificates.", .fields = tls_options},
    Option{.name = "proxy",
           .help =
               "Proxy to go through, `none` for no proxy; default: what http_proxy, https_proxy and no_proxy of the "
               "environment say.",
           .secret = true,
           .example = "http://proxy.example:3128"},
    Option{.name = "connect_timeout",
           .type = OptionType::duration,
           .help = "For name, connection and TLS.",
           .fallback = "10s",
           .at_least = 10,
           .at_most = 300'000},
    Option{.name = "timeout",
           .type = OptionType::duration,
           .help = "For a whole request with its answer.",
           .fallback = "100s",
           .at_least = 10,
           .at_most = 3'600'000},
    Option{.name = "stall_timeout",
           .type = OptionType::duration,
           .help = "A connection that brings less than 100 bytes a second for so long is given up.",
           .fallback = "60s",
           .at_least = 1'000,
           .at_most = 3'600'000},
    Option{.name = "limits",
           .type = OptionType::section,
           .help = "Caps on what an answer may be.",
           .fields = limit_options},
    Option{.name = "allow_hosts",
           .type = OptionType::texts,
           .help = "Other hosts (`host` or `host:port`) that redirects and paging links may lead to. They get no "
                   "credentials.",
           .example = "[files.example]"},
    Option{.name = "rate", .help = "Most requests in a time, of all its streams together.", .example = "5/s"},
    Option{.name = "parallel",
           .type = OptionType::integer,
           .help = "Most requests at once, of all its streams together.",
           .at_least = 1,
           .at_most = 1'000,
           .example = "2"},
    Option{.name = "trace",
           .type = OptionType::boolean,
           .help = "Logs every request and answer, without secrets and without values of rows.",
           .fallback = "false"},
};

/// The options of two lists in one.
template <std::size_t M, std::size_t N>
constexpr std::array<Option, M + N> joined(const std::array<Option, M>& first, const std::array<Option, N>& second) {
    std::array<Option, M + N> all{};
    std::size_t to = 0;
    for (const Option& option : first) all[to++] = option;
    for (const Option& option : second) all[to++] = option;
    return all;
}

template <std::size_t N>
constexpr auto with_source_options(const std::array<Option, N>& own) {
    return joined(common_options, own);
}

}  // namespace tributary::http
