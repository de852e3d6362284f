#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/comparison/comparison.hpp"
#include "core/configuration/configuration.hpp"
#include "core/runtime/lookup.hpp"
#include "core/runtime/pipeline.hpp"

namespace tributary {

/// How a stream's keys are compared, as the configuration says; `index`: of the stream in its feed. The mapping of
/// `stream` outlives the comparison. Pages, pauses and seed are left to the caller.
Comparison::Setup comparison_setup(const SourceConfiguration& source, const StreamConfiguration& stream,
                                   const Pipeline::Stream& known, std::uint32_t index);

/// Those of a source's look-ups that the streams of a feed use; null: none.
std::unique_ptr<LookupsInUse> lookups_in_use(std::span<const Pipeline::Stream> streams,
                                             std::span<const std::unique_ptr<Lookup>> lookups);

}  // namespace tributary
