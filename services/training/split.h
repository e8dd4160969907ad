// Which rows train; the others judge.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// What the spec says; where it says nothing, models of purchases, RFM and survival train and judge on all rows. They learn
// from no label, so that what they are judged by is not what they have seen. A selection among models of value does too:
// its candidates learn from earlier days than those that judge.
model::v1::Split EffectiveSplit(const model::v1::TrainingSpec& spec);

// By a hash of the customer id and the salt alone, so that a customer stays on its side when others come and go; by a
// category feature's value (a missing one trains); or all rows. INVALID_ARGUMENT naming split.feature.feature: the
// dataset has no such category feature. Pure.
absl::StatusOr<dataset::RowSelection> TrainingRows(const dataset::Dataset& dataset, const model::v1::Split& split);

// The rows that judge: the others, or the same where all rows train.
dataset::RowSelection JudgingRows(const dataset::RowSelection& training, const model::v1::Split& split);

}  // namespace clientele::training
