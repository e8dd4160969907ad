// Trains several models of value, judges them on the same days and customers, and keeps the one that serves the spec's
// decision best.
//
//            earlier                     as_of                     end of the label's window
//   regressions: features ... | label .... |                        |
//   models of purchases: histories ....... |                        |
//   all are judged on:                     | what came ............ |
//
// No candidate has seen the days it is judged on. What is chosen then learns anew: a regression from the features at
// as_of and the window after it, a model of purchases from the histories up to that window's end. What is published
// knows the newest data, and what is said of how good it is is of the judging.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/dataset/dataset.h"
#include "services/training/pipeline.h"

namespace clientele::training {

// `spec` must be valid, and options.earlier given. The artifact is the winner's own, with its own algorithm in the spec
// and the selection in the evaluation. A candidate that cannot be trained is listed with the reason; a winner that
// cannot learn anew stays as it was judged, with a warning. FAILED_PRECONDITION with DATA_NOT_READY where none can;
// else the errors of TrainModel. Cost: that of all candidates, and of the winner once more.
absl::StatusOr<TrainedModel> SelectValueModel(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec,
                                              const TrainingOptions& options);

}  // namespace clientele::training
