// Whether data can train a spec: what is the matter, where, how severe it is, and what to do.
#pragma once

#include <vector>

#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"

namespace clientele::training {

// The most severe first. Any SEVERITY_ERROR: it cannot be trained. `spec` must be valid. Pure. Cost: O(n d log n).
std::vector<v1::DataIssue> CheckReadiness(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec);

}  // namespace clientele::training
