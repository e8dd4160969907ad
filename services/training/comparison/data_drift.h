// How far the rows that taught one model are from those that taught another.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/model/v1/comparison.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// One a feature of the champion's that the dataset has as well: its training histogram against the selected rows,
// counted in the same bins, missing values in one of their own. Furthest first. Rows are those of all parts. Cost: a
// pass over the rows a feature.
absl::StatusOr<std::vector<model::v1::FeatureShift>> DataDrift(const model::v1::ModelArtifact& champion,
                                                               const dataset::Dataset& dataset,
                                                               const dataset::RowSelection& rows,
                                                               dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
