// What a model of purchases and spend needs of its customers' histories.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// Repeat purchases, and ones that bring money; spend that does not depend on how often customers buy. Nothing where the
// dataset has no purchase history: training says so. O(n).
absl::StatusOr<std::vector<v1::DataIssue>> CheckPurchaseHistories(const dataset::Dataset& dataset,
                                                                  const model::v1::TrainingSpec& spec,
                                                                  dataset::Parts& parts);

}  // namespace clientele::training
