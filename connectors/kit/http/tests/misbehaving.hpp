#pragma once

#include <optional>

#include "connectors/kit/http/tests/script.hpp"

namespace tributary::http::test {

/// tests/misbehaving.py.
class Misbehaving {
  public:
    explicit Misbehaving(bool with_tls = false) {
        if (with_tls) folder_.emplace();
        script_.emplace("misbehaving.py", with_tls ? std::vector{folder_->path()} : std::vector<std::string>(),
                        with_tls ? 3 : 1);
    }

    std::string url() const { return "http://" + script_->address(0); }
    const std::string& port() const { return script_->port(0); }
    std::string tls_url() const { return "https://" + script_->address(1); }
    /// Its certificate is for another host.
    std::string wrong_url() const { return "https://" + script_->address(2); }
    std::string ca() const { return folder_->path() + "/ca.pem"; }

  private:
    std::optional<Folder> folder_;  ///< Outlives the script.
    std::optional<Script> script_;
};

}  // namespace tributary::http::test
