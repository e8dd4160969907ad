// The models that a value selection tries.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/training_spec.pb.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT about the first bad field, as `field`.candidates[1].value_regression.l2_penalty.
absl::Status ValidateValueSelection(const model::v1::ValueSelectionParameters& parameters,
                                    const common::v1::DatasetSpec& dataset, absl::string_view field);

struct ValueCandidate {
  std::string name;
  model::v1::TrainingSpec spec;  // The selection's, with this algorithm alone.
};

// In the order asked, or the default ones. Regressions with a log link see numbers by log1p, cut at half a per cent on
// either side, where the spec's preprocessing does not say otherwise.
std::vector<ValueCandidate> CandidatesOf(const model::v1::TrainingSpec& spec);

// DECISION_CUSTOMER where the spec does not say.
model::v1::ValueSelectionParameters::Decision DecisionOf(const model::v1::ValueSelectionParameters& parameters);

}  // namespace clientele::training
