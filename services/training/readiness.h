// Whether data can train a spec: what is the matter, where, how severe it is, and what to do.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// The most severe first; over all parts, each of which gets the same. Any SEVERITY_ERROR: it cannot be trained. `spec`
// must be valid; `threads` changes the speed alone. Errors: those of `parts`. Cost: O(n d), and little over the
// network.
absl::StatusOr<std::vector<v1::DataIssue>> CheckReadiness(const dataset::Dataset& dataset,
                                                          const model::v1::TrainingSpec& spec, int threads,
                                                          dataset::Parts& parts);
// The same where all rows are here.
std::vector<v1::DataIssue> CheckReadiness(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec);

}  // namespace clientele::training
