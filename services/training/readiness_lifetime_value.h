// What a model of purchases and spend needs of its customers' histories.
#pragma once

#include <vector>

#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"

namespace clientele::training {

// Repeat purchases, and ones that bring money; spend that does not depend on how often customers buy. Nothing where the
// dataset has no purchase history: training says so. Pure. O(n).
std::vector<v1::DataIssue> CheckPurchaseHistories(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec);

}  // namespace clientele::training
