#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "core/status/health.hpp"
#include "core/status/snapshot.hpp"

namespace tributary {

/// The metrics that say how things are rather than what happened: computed from the board when somebody scrapes, so a
/// lag goes on growing while nothing else moves. Pure.
std::vector<prometheus::MetricFamily> board_metrics(const Snapshot& snapshot, const HealthLimits& limits);

}  // namespace tributary
