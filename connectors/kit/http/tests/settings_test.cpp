#include "connectors/kit/http/settings.hpp"

#include <catch2/catch.hpp>

#include "connectors/kit/http/options.hpp"
#include "connectors/kit/http/proxy.hpp"
#include "core/settings/redact.hpp"
#include "core/settings/yaml.hpp"

namespace tributary::http {
namespace {

/// What is read of a source's options; each variable is worth its name with `of-` before it.
struct Read {
    YamlFiles files;
    Diagnostics diagnostics;
    Node root;
    ClientSettings client;

    explicit Read(const std::string& text)
        : root(files.parse(
              "url: https://erp.example\n" + text, "a.yaml",
              [](std::string_view name) { return std::optional("of-" + std::string(name)); }, diagnostics)),
          client(read_client_settings(
              {.name = "erp", .settings = read_settings(root, common_options, diagnostics, "a source"), .streams = {}},
              diagnostics)) {}
    std::string shown(std::string text) const { return Redactor(client.secrets).redact(std::move(text)); }
};

TEST_CASE("`proxy` is an address with its scheme, or none", "[http][proxy]") {
    for (const std::string good :
         {"http://proxy.example:3128", "https://crm:s3cr3t@proxy.example", "socks5h://[::1]:1080"}) {
        const Read read("proxy: " + good);
        CHECK_FALSE(read.diagnostics.has_errors());
        CHECK(read.client.proxy == good);
    }
    CHECK(Read("proxy: none").client.proxy == "");
    CHECK_FALSE(Read("user: crm").client.proxy);
    for (const std::string bad :
         {"proxy.example:3128", "crm:s3cr3t@proxy.example:3128", "ftp://crm:s3cr3t@proxy.example",
          "http://crm:s3cr3t@proxy.example:port", "http://", "nothing"}) {
        const std::string said = Read("proxy: " + bad).diagnostics.text();
        INFO(bad << ": " << said);
        CHECK(said.starts_with("a.yaml:2:8: error: expected `none`, or the address of a proxy"));
        CHECK_FALSE(said.contains("s3cr3t"));
    }
}

TEST_CASE("of a proxy's address the password alone is a secret", "[http][proxy]") {
    CHECK(Read("proxy: none").shown("none of it") == "none of it");
    CHECK(Read("proxy: http://${HOST}:3128").shown("http://of-HOST:3128") == "http://of-HOST:3128");
    CHECK(Read("proxy: http://of-TOKEN:3128\ntoken: ${TOKEN}").shown("of-TOKEN") == "***");
    CHECK(Read("proxy: ${BOTH}\ntoken: ${BOTH}").shown("of-BOTH") == "***");

    const Environment nothing = [](std::string_view) { return std::nullopt; };
    const Environment all = [](std::string_view name) { return std::string(name) + ":s3cr3t@proxy.example"; };
    CHECK(proxy_passwords("http://crm:s3%2Fcr@proxy.example", nothing) == std::vector<std::string>{"s3%2Fcr", "s3/cr"});
    CHECK(proxy_passwords("", all).empty());
    CHECK(proxy_passwords(std::nullopt, nothing).empty());
    const auto passwords = proxy_passwords(std::nullopt, all);
    CHECK(std::ranges::find(passwords, "s3cr3t") != passwords.end());
}

TEST_CASE("an error's note names the proxy that curl takes", "[http][proxy]") {
    const auto note = [](const std::string& variable, std::string_view scheme) {
        return proxy_note(std::nullopt, scheme, [&](std::string_view name) {
            return name == variable ? std::optional<std::string>("http://crm:s3/cr@3t@proxy.example:3128/")
                                    : std::nullopt;
        });
    };
    for (const char* const variable : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        CHECK(note(variable, "https") == std::string("; through the proxy proxy.example:3128 (") + variable +
                                             " of the environment), unless no_proxy exempts the host");
    CHECK(note("http_proxy", "http").contains("proxy.example:3128 (http_proxy"));
    CHECK(note("HTTP_PROXY", "http").empty());
    CHECK(note("http_proxy", "https").empty());
}

TEST_CASE("a key without a certificate is a mistake", "[http][tls]") {
    CHECK_FALSE(Read("tls: {certificate: c.pem, key: k.pem, key_password: k3ypass}").diagnostics.has_errors());
    CHECK_FALSE(Read("tls: {certificate: both.pem}").diagnostics.has_errors());
    CHECK(Read("tls: {key: k.pem}").diagnostics.text() == "a.yaml:2:12: error: `key` needs a `certificate`\n");
    CHECK(Read("tls: {key_password: k3ypass}").diagnostics.text() ==
          "a.yaml:2:21: error: `key_password` needs a `certificate`\n");
}

}  // namespace
}  // namespace tributary::http
