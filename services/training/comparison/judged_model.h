// One model on a holdout: its scores, and the measures they come to.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"
#include "common/model/predictor.h"
#include "services/training/survival_columns.h"

namespace clientele::training {

// The rows that judge, n of them over all parts, in row order.
struct JudgingHoldout {
  const dataset::Dataset& dataset;
  const dataset::RowSelection& rows;
  int threads = 1;
  dataset::Parts& parts = dataset::OnlyPart();
  std::vector<double> labels = {};  // [n]; of money, what did not come is 0.
  double training_mean = 0;         // Of the labels of the rows that taught: the simplest prediction.
  SurvivalTable lasted = {};        // [n], of survival, which has no labels.
};

// The holdout of a dataset with labels.
absl::StatusOr<JudgingHoldout> MakeHoldout(const dataset::Dataset& dataset, const dataset::RowSelection& training,
                                           const dataset::RowSelection& judging, int threads, dataset::Parts& parts);

// That of survival: `judging` are rows that have a duration and an event.
absl::StatusOr<JudgingHoldout> MakeSurvivalHoldout(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec,
                                                   const dataset::RowSelection& judging, int threads,
                                                   dataset::Parts& parts);

struct JudgedModel {
  std::vector<double> scores;         // [n]: probabilities, money in the label's window or risks; of classes, empty.
  std::vector<double> probabilities;  // Of classes: [n x k], row-major.
  double threshold = 0;               // Of a classifier.
  std::vector<double> order;          // Of survival, [n]: how much each row moves the concordance.
  model::v1::Evaluation evaluation;
};

// Of a classifier of two classes or more, or a model of value or of survival. INVALID_ARGUMENT with UNKNOWN_FEATURE: the
// dataset lacks one of its features.
absl::StatusOr<JudgedModel> JudgeOn(const JudgingHoldout& holdout, const model::Predictor& predictor);

// How much each row moves the metric, [n]; empty where that is not known. See evaluation/influence.h.
std::vector<double> InfluencesOf(absl::string_view metric, const JudgedModel& judged, absl::Span<const double> labels);

}  // namespace clientele::training
