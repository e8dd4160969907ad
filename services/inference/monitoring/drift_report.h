// From counts of what was trained on and of what is scored to how far the two are apart. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/storage/score_log.h"
#include "services/inference/monitoring/drift_bins.h"

namespace clientele::inference {

v1::FeatureDrift::Level LevelOf(double population_stability_index);

// The counts of some days, or replicas, together. [size]
std::vector<int64_t> SumOfDays(absl::Span<const storage::DayCounts> days, int size);

// `counts` are [bins.size()]. Without names and times: the caller knows them.
v1::DriftReport MakeDriftReport(const DriftBins& bins, absl::Span<const int64_t> counts, double false_discovery_rate);

}  // namespace clientele::inference
