#pragma once

#include <functional>
#include <string>

#include "core/http/message.hpp"
#include "core/status/board.hpp"
#include "core/status/health.hpp"
#include "core/status/metrics.hpp"

namespace tributary {

/// What the daemon answers on HTTP; reads only.
///
///     /livez /readyz[?verbose] /healthz /metrics /version
///     /v1/sources[?expand=status]  /v1/sources/{name}/status
///
/// `/livez`, `/readyz` and `/healthz` answer 200 or 503; `/healthz` goes by readiness. Thread-safe. Board and metrics
/// must outlive it.
class StatusApi {
  public:
    StatusApi(const StatusBoard& board, const Metrics& metrics, HealthLimits limits,
              std::function<void(std::string&)> redact)
        : board_(board), metrics_(metrics), limits_(limits), redact_(std::move(redact)) {}

    HttpResponse answer(const HttpRequest& request) const;

  private:
    HttpResponse source(std::string_view path, const class StatusJson& json) const;

    const StatusBoard& board_;
    const Metrics& metrics_;
    HealthLimits limits_;
    std::function<void(std::string&)> redact_;
};

}  // namespace tributary
