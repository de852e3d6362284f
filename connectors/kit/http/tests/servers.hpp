#pragma once

#include <fstream>
#include <iterator>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/tests/misbehaving.hpp"

namespace tributary::http::test {

/// tests/servers.py, in front of misbehaving.py: real servers.
class Servers {
  public:
    static constexpr std::size_t file_rows = 300'000;

    std::string url() const { return "https://" + script_.address(0); }
    /// Serves those that have a certificate.
    std::string strict_url() const { return "https://" + script_.address(1); }
    /// So does this, which says no with an alert.
    std::string alert_url() const { return "https://" + script_.address(2); }
    std::string proxy() const { return script_.address(3); }
    /// Takes user `crmfeed` with password `pr0xy` alone.
    std::string asking_proxy() const { return script_.address(4); }
    /// Refuses CONNECT.
    std::string narrow_proxy() const { return script_.address(5); }
    std::string in_folder(const std::string& file) const { return folder_.path() + "/" + file; }
    const Misbehaving& behind() const { return behind_; }

    /// What the proxy logged: a request is in it before it is answered.
    std::string proxy_log() const {
        std::ifstream file(in_folder("plain.log"));
        return {std::istreambuf_iterator<char>(file), {}};
    }

    ClientSettings client(const std::string& url) const {
        ClientSettings settings;
        settings.url = *parse_url(url);
        settings.proxy = "";
        settings.tls.ca = in_folder("ca.pem");
        settings.caps = {.body = 20'000'000, .ratio = 50, .depth = 64, .row = 1'000'000};
        settings.timeout = std::chrono::seconds(20);
        return settings;
    }

  private:
    Folder folder_;  ///< Outlives the script.
    Misbehaving behind_;
    Script script_{"servers.py", {folder_.path(), behind_.port()}, 6};
};

inline Result<std::string> get(Service& service, const std::string& path) {
    Connection connection(service);
    return connection.text({.target = path}, 20'000'000, {});
}

/// What goes wrong with a GET.
inline Error error_of(Service& service, const std::string& path) {
    const auto answer = get(service, path);
    REQUIRE_FALSE(answer);
    return answer.error();
}

}  // namespace tributary::http::test
