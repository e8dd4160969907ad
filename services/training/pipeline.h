// From a dataset and a spec to a model version: split, preprocessing fitted on the training rows, learner, predictor,
// evaluation on the holdout, artifact.
//
//   CLIENTELE_ASSIGN_OR_RETURN(const TrainedModel model, TrainModel(dataset, spec, {.threads = 2}));
//
// The artifact holds no clock, host, thread count or job: same dataset, spec and seed give the same bytes, on every
// rank of any number of them. What goes from rank to rank is sums and counts, and scores and labels of the rows that
// judge; algorithms that learn on one rank get all rows there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/base/stop_token.h"
#include "common/dataset/dataset.h"
#include "common/model/predictor.h"
#include "services/training/learn.h"
#include "services/training/progress.h"

namespace clientele::training {

struct TrainingOptions {
  int threads = 1;  // Changes the speed, never the model.
  // Called from the calling thread, as often as the learner iterates; must be quick. May be empty.
  std::function<void(const TrainingProgress&)> on_progress = {};
  StopToken stop = {};  // Polled in the innermost loops.
  Team* team = nullptr;  // The ranks, all of which call this with their parts. Null: this process alone.
  // The model that serves now, if any: clusters keep the identities they have in it, and may start from it.
  const model::Predictor* champion = nullptr;
  // For value_selection, which needs it: the same dataset as it was the label's days earlier, from which regressions
  // learn.
  const dataset::Dataset* earlier = nullptr;
  // For value_selection: reads the same customers' histories up to the end of the label's window, from which a model of
  // purchases that is chosen learns anew. Called at most once. Empty: it stays as it was judged.
  std::function<absl::StatusOr<dataset::Dataset>()> read_newest = {};
};

struct TrainedModel {
  std::string artifact_bytes;  // A serialised clientele.model.v1.ModelArtifact.
  std::string sha256;          // Of them, hex.
  model::v1::Evaluation evaluation;
  std::vector<v1::DataIssue> issues;  // Notes and warnings: of CheckReadiness, and what training itself found.
};

// INVALID_ARGUMENT: a bad spec (ValidateSpec), or one that asks for columns the dataset does not have.
// FAILED_PRECONDITION with DATA_NOT_READY: the data cannot train this; the message names the first error of
// CheckReadiness, or what the learner met. CANCELLED or DEADLINE_EXCEEDED from `options.stop`. Pure but for the
// callback.
absl::StatusOr<TrainedModel> TrainModel(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec,
                                        const TrainingOptions& options);

}  // namespace clientele::training
