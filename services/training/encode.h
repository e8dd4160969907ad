// From a dataset to what a learner reads: the training rows, preprocessed, with what the spec says of each row. There
// is no second copy of the data: a learner's matrix makes its columns from the dataset's numbers and categories whenever
// it is read.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/dataset/selection.h"
#include "common/model/encoder.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// How category features are laid out.
enum class CategoryLayout {
  kDense,   // As columns of 0 and 1: for learners that measure distances.
  kFields,  // As column ids: for linear learners.
};

// Takes rows whose weight, offset or exposure is missing or out of range out of `training`, and those without a feature
// that the algorithm cannot do without (RequiredFeatures; of survival a duration above 0 and whether it has ended).
// INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset has no such number column.
absl::Status DropUnusableRows(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec,
                              dataset::RowSelection& training);

// The selected rows. The spec's weight_feature, offset_feature and exposure_feature (as its logarithm) become the shards'
// weights and offsets. `encoder` and `selection` must outlive the matrix. `threads` changes the speed alone.
// Memory: 8 bytes a row for its label, 8 each for a weight and an offset where there are such.
TrainingMatrix EncodeRows(const model::DatasetEncoder& encoder, const dataset::RowSelection& selection,
                          const model::v1::TrainingSpec& spec, CategoryLayout layout, int threads);

}  // namespace clientele::training
