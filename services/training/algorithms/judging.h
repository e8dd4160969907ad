// What the supervised algorithms share when a trained model is judged.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/training/algorithm.h"

namespace clientele::training {

// The judging rows of all parts, in row order: with every part, 16 bytes a row.
struct ScoredRows {
  std::vector<double> scores;
  std::vector<double> labels;
};
absl::StatusOr<ScoredRows> ScoreJudgingRows(const JudgeInput& input);

// The labels of the selected rows of this part, in row order.
std::vector<double> LabelsOf(const dataset::Dataset& dataset, const dataset::RowSelection& rows);

// The mean label of the training rows of all parts: the simplest prediction.
absl::StatusOr<double> TrainingLabelMean(const JudgeInput& input);
// In row order inside a shard, then over shards. NaN without rows.
absl::StatusOr<double> LabelMean(const dataset::Dataset& dataset, const dataset::RowSelection& rows,
                                 dataset::Parts& parts);

// The names of the coefficients: those of the columns, then the intercept's. [d + 1]
std::vector<std::string> CoefficientNames(const model::RowEncoder& encoder);

// Warns where a minimisation stopped before its gradient was small enough; 0 for the defaults.
void WarnUnlessConverged(double gradient_norm, double tolerance, int iterations, int max_iterations,
                         std::vector<v1::DataIssue>& issues);

// Something about the model itself that a person should know.
void AddModelWarning(absl::string_view code, std::string message, absl::string_view recommendation,
                     std::vector<v1::DataIssue>& issues);

}  // namespace clientele::training
