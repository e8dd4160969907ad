// What is the matter with single features: missing values, constants, leaks, extremes.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "services/training/spec.h"

namespace clientele::training {

v1::DataIssue MakeIssue(v1::DataIssue::Severity severity, absl::string_view code, absl::string_view subject,
                        absl::string_view message, absl::string_view recommendation);

// The dataset has rows in some part. Looks at the model's inputs, not at auxiliary features; whether one gives the
// label away is told by at most 100,000 rows, evenly spread. Errors: those of `parts`. Cost: O(n) a feature.
absl::StatusOr<std::vector<v1::DataIssue>> CheckFeatures(const dataset::Dataset& dataset, Task task, int threads,
                                                         dataset::Parts& parts);

}  // namespace clientele::training
