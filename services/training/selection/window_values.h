// What a model of value says will come in the label's window: the common measure of regressions and models of
// purchases.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// One a judging row, in row order. `artifact` is of a value regression or a lifetime value model; its spec's label is
// spend_within. Cost: that of scoring.
absl::StatusOr<std::vector<double>> WindowValues(const model::v1::ModelArtifact& artifact,
                                                 const dataset::Dataset& dataset, const dataset::RowSelection& judging,
                                                 int threads);

}  // namespace clientele::training
