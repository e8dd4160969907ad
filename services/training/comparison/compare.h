// A new model beside the champion: both score the customers of the new one's holdout, so that what tells them apart is
// the models alone.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "clientele/model/v1/comparison.pb.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/base/stop_token.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/model/predictor.h"

namespace clientele::training {

struct ComparisonInput {
  const dataset::Dataset& dataset;       // Whose training rows taught the new model and whose other rows judge both.
  const model::v1::TrainingSpec& spec;   // Of the new model, as it was asked for.
  const model::Predictor& model;
  const model::Predictor& champion;
  std::string champion_version;  // Its name.
  int threads = 1;
  StopToken stop = {};
  dataset::Parts& parts = dataset::OnlyPart();
};

struct ComparedChampion {
  model::v1::ChampionComparison comparison;
  std::optional<model::v1::Evaluation> evaluation;  // The champion's on the same holdout, where it could be judged.
};

// The same on every part. What stands in the way of judging both on the same rows is told in the comparison, and is no
// error: segments have no measure in common. Errors: those of TrainingRows, of `stop` and of the parts. Cost: scoring
// the holdout twice, O(n log n), and a pass over the training rows.
absl::StatusOr<ComparedChampion> CompareWithChampion(const ComparisonInput& input);

}  // namespace clientele::training
