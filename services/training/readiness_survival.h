// What survival asks of a dataset besides rows: durations, and events among them.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// Issues that are errors: a feature of the parameters that is not of the type it must have; no training row with a
// duration; none that has ended. Warnings: few events, of a model with covariates fewer than ten each (Peduzzi et al.
// 1995); values of the event that nobody has. Notes: rows that do not train.
absl::StatusOr<std::vector<v1::DataIssue>> CheckDurations(const dataset::Dataset& dataset,
                                                          const dataset::RowSelection& training,
                                                          const model::v1::TrainingSpec& spec, dataset::Parts& parts);

}  // namespace clientele::training
