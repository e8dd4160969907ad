#include "services/training/algorithms/judging.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/artifact.h"
#include "services/training/evaluation/coefficients.h"

namespace clientele::training {
namespace {

constexpr double kDefaultGradientTolerance = 1e-9;
constexpr int kDefaultIterations = 100;

}  // namespace

absl::StatusOr<ScoredRows> ScoreJudgingRows(const JudgeInput& input) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto predictions,
                             model::PredictRows(input.predictor, input.dataset, input.judging, input.threads));
  ScoredRows scored;
  for (int s = 0; s < kShardCount; ++s) {
    for (const model::Prediction& prediction : predictions[s]) scored.scores.push_back(prediction.output);
    for (int64_t i = 0; i < input.dataset.shards[s].rows; ++i) {
      if (input.judging.Has(s, i)) scored.labels.push_back(input.dataset.shards[s].labels[i]);
    }
  }
  return scored;
}

double TrainingLabelMean(const JudgeInput& input) {
  return input.training_mean ? *input.training_mean : LabelMean(input.dataset, input.training);
}

double LabelMean(const dataset::Dataset& dataset, const dataset::RowSelection& rows) {
  double sum = 0;
  for (int s = 0; s < kShardCount; ++s) {
    double shard_sum = 0;
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (rows.Has(s, i)) shard_sum += dataset.shards[s].labels[i];
    }
    sum += shard_sum;
  }
  return sum / static_cast<double>(rows.count());
}

std::vector<std::string> CoefficientNames(const model::RowEncoder& encoder) {
  std::vector<std::string> names;
  for (const model::EncodedColumn& column : encoder.columns()) names.push_back(column.name);
  names.emplace_back(kInterceptName);
  return names;
}

void WarnUnlessConverged(double gradient_norm, double tolerance, int iterations, int max_iterations,
                         std::vector<v1::DataIssue>& issues) {
  if (tolerance == 0) tolerance = kDefaultGradientTolerance;
  if (max_iterations == 0) max_iterations = kDefaultIterations;
  if (gradient_norm <= tolerance || iterations < max_iterations) return;
  AddModelWarning("NOT_CONVERGED",
                  absl::StrCat("after ", iterations, " iterations the gradient is still ", gradient_norm, ", above ", tolerance),
                  "raise max_iterations", issues);
}

void AddModelWarning(absl::string_view code, std::string message, absl::string_view recommendation,
                     std::vector<v1::DataIssue>& issues) {
  v1::DataIssue& issue = issues.emplace_back();
  issue.set_severity(v1::DataIssue::SEVERITY_WARNING);
  issue.set_code(std::string(code));
  issue.set_subject("model");
  issue.set_message(std::move(message));
  issue.set_recommendation(std::string(recommendation));
}

}  // namespace clientele::training
