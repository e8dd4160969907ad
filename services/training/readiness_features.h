// What is the matter with single features: missing values, constants, leaks, extremes.
#pragma once

#include <vector>

#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "services/training/spec.h"

namespace clientele::training {

v1::DataIssue MakeIssue(v1::DataIssue::Severity severity, absl::string_view code, absl::string_view subject,
                        absl::string_view message, absl::string_view recommendation);

// The dataset has rows. Looks at the model's inputs, not at auxiliary features. Cost: O(n log n) a feature.
std::vector<v1::DataIssue> CheckFeatures(const dataset::Dataset& dataset, Task task);

}  // namespace clientele::training
