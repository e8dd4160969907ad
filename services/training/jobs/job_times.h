// Which instants a job's data is read as of: fixed when the job is created, so that one that is resumed trains the
// same.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/training/v1/training_service.pb.h"

namespace clientele::training {

// Sets create_time to `now`, and known_at and labels_known_at to what the spec says or, by default, to its as_of and to
// `now`. Not in the spec, which goes into the artifact: that must not depend on the clock.
void FixTimes(absl::Time now, v1::TrainingJob& job);

// The dataset a job reads: that of its spec, with every instant set.
common::v1::DatasetSpec DatasetOf(const v1::TrainingJob& job);

// For a selection among models of value: the same dataset as it was the label's days earlier, so that its label ends at
// as_of, by what was known when the job's own features were. Nothing for other jobs.
std::optional<common::v1::DatasetSpec> EarlierDatasetOf(const v1::TrainingJob& job);

// For the same: the dataset as it was when the label's window ended, without a label, by what the label saw.
std::optional<common::v1::DatasetSpec> NewestDatasetOf(const v1::TrainingJob& job);

}  // namespace clientele::training
