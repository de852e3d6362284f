#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "connectors/kit/api/clock.hpp"
#include "connectors/kit/http/connection.hpp"
#include "connectors/odata/metadata.hpp"

namespace tributary::odata {

/// What the streams of a source share: the models of its services, which can have tens of megabytes on the wire, and
/// its clock. Any thread.
class Services {
  public:
    explicit Services(std::shared_ptr<http::Service> http) : http_(std::move(http)) {}

    http::Service& http() { return *http_; }

    /// Of the service at this path below the source's address; empty: at the address itself. Asked for once an hour
    /// over `via`, by one stream while the others wait.
    Result<std::shared_ptr<const Model>> model(const std::string& path, http::Connection& via, std::stop_token stop);
    /// A request was refused that this model allows: the next call of `model` asks again.
    void doubt(const std::shared_ptr<const Model>& model);

    void saw_clock(std::int64_t shown);
    std::optional<std::int64_t> clock() const;

  private:
    using Steady = std::chrono::steady_clock;
    struct Known {
        std::shared_ptr<const Model> model;
        Steady::time_point asked{};
        bool asking = false;
    };

    const std::shared_ptr<http::Service> http_;
    mutable std::mutex mutex_;  ///< Guards what follows; never held while anything is sent.
    std::condition_variable_any changed_;
    std::map<std::string, Known> known_;
    api::SourceClock clock_;
};

}  // namespace tributary::odata
