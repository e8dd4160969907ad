// What survival asks of a dataset besides rows: durations, and events among them.
#pragma once

#include <vector>

#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// Errors: a feature of the parameters that is not of the type it must have; no training row with a duration; none that
// has ended. Warnings: few events, of a model with covariates fewer than ten each (Peduzzi et al. 1995); values of the
// event that nobody has. Notes: rows that do not train.
std::vector<v1::DataIssue> CheckDurations(const dataset::Dataset& dataset, const dataset::RowSelection& training,
                                          const model::v1::TrainingSpec& spec);

}  // namespace clientele::training
