// The checks of a training spec: every field, before any data is read.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/training_spec.pb.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT about the first bad field as `field_prefix`.path ("training_job.spec.split.hash.train_share"),
// with its value and what is allowed.
absl::Status ValidateSpec(const model::v1::TrainingSpec& spec, absl::string_view field_prefix);

// What the algorithm is for.
enum class Task {
  kCluster,
  kClassify,
  kClassifyMany,
  kRegress,
  kLifetimeValue,  // From histories of purchases; a label only judges.
  kSelectValue,    // The best of several models of value.
  kSurvive,        // From durations.
  kScoreRfm,
};
Task TaskOf(const model::v1::TrainingSpec& spec);
// Whether rows teach by their label. Others may be judged on the rows that trained them.
bool LearnsFromLabel(Task task);

// A class of the label, as the model names it; empty: it has no name.
std::string ClassName(const common::v1::Value& value);

}  // namespace clientele::training
