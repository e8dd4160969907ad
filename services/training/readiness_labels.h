// Whether labels are such as the spec's task can learn.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// Classes there are enough of, values that differ and are of the regression's kind; nothing where the task learns from
// no label. `rows`: of all parts, above 0. Errors: those of `parts`. Cost: O(n).
absl::StatusOr<std::vector<v1::DataIssue>> CheckLabels(const dataset::Dataset& dataset,
                                                       const dataset::RowSelection& training,
                                                       const model::v1::TrainingSpec& spec, int64_t rows,
                                                       dataset::Parts& parts);

}  // namespace clientele::training
