// From counts of what was trained on and of what is scored to how far the two are apart. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/storage/score_log.h"
#include "services/inference/monitoring/drift_bins.h"

namespace clientele::inference {

// Both [b]. Sum of (p - q) ln(p / q) over the bins' shares; a bin that only one of them has counts half a row there.
double PopulationStabilityIndex(absl::Span<const int64_t> training, absl::Span<const int64_t> scored);
// Base 2: 0 where the shares are equal, 1 where no bin has both.
double JensenShannonDivergence(absl::Span<const int64_t> training, absl::Span<const int64_t> scored);

v1::FeatureDrift::Level LevelOf(double population_stability_index);

// The counts of some days, or replicas, together. [size]
std::vector<int64_t> SumOfDays(absl::Span<const storage::DayCounts> days, int size);

// `counts` are [bins.size()]. Without names and times: the caller knows them.
v1::DriftReport MakeDriftReport(const DriftBins& bins, absl::Span<const int64_t> counts, double false_discovery_rate);

}  // namespace clientele::inference
