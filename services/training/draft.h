// A trained and judged model on its way to be an artifact: one algorithm, taught by rows of one dataset and judged on
// rows of the same, or of a later one.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"
#include "services/training/pipeline.h"

namespace clientele::training {

struct DraftInput {
  const dataset::Dataset& learnt;       // Its training rows teach.
  const dataset::Dataset& judged;       // Its judging rows judge: the same dataset, or one of the same columns.
  const model::v1::TrainingSpec& spec;  // Valid, of one algorithm.
  const model::v1::Split& split;        // Of both datasets.
  const TrainingOptions& options;       // With a team.
  std::optional<double> training_mean = {};  // Of labels; where it is to be another than that of `judged`.
};

struct Draft {
  model::v1::ModelArtifact artifact;  // But for what Finish adds.
  dataset::RowSelection training;     // Of `learnt`.
  std::vector<v1::DataIssue> issues;
};

// On every rank of the team, with its parts of the datasets. Errors: those of TrainModel.
absl::StatusOr<Draft> MakeDraft(const DraftInput& input);

// Adds histograms, golden rows and quantiles of scores, and checks that what leaves here loads.
absl::StatusOr<TrainedModel> Finish(const dataset::Dataset& learnt, Draft draft, const TrainingOptions& options);

// FAILED_PRECONDITION with DATA_NOT_READY about the first that is an error.
absl::Status FirstError(const std::vector<v1::DataIssue>& issues);

}  // namespace clientele::training
