#include "services/training/algorithms/judging.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/artifact.h"
#include "services/training/evaluation/coefficients.h"

namespace clientele::training {
namespace {

constexpr double kDefaultGradientTolerance = 1e-9;
constexpr int kDefaultIterations = 100;

}  // namespace

absl::StatusOr<ScoredRows> ScoreJudgingRows(const JudgeInput& input) {
  ScoredRows scored;
  CLIENTELE_ASSIGN_OR_RETURN(scored.scores,
                             model::ScoreRows(input.predictor, input.dataset, input.judging, input.threads));
  CLIENTELE_ASSIGN_OR_RETURN(scored.scores, dataset::AllGatherRows(std::move(scored.scores), input.parts));
  CLIENTELE_ASSIGN_OR_RETURN(scored.labels,
                             dataset::AllGatherRows(LabelsOf(input.dataset, input.judging), input.parts));
  return scored;
}

std::vector<double> LabelsOf(const dataset::Dataset& dataset, const dataset::RowSelection& rows) {
  std::vector<double> labels;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (rows.Has(s, i)) labels.push_back(dataset.shards[s].labels[i]);
    }
  }
  return labels;
}

absl::StatusOr<double> TrainingLabelMean(const JudgeInput& input) {
  if (input.training_mean) return *input.training_mean;
  return LabelMean(input.dataset, input.training, input.parts);
}

absl::StatusOr<double> LabelMean(const dataset::Dataset& dataset, const dataset::RowSelection& rows,
                                 dataset::Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<double> sum,
      dataset::SumOverShards(dataset, 1, /*threads=*/1, parts, [&](int s, absl::Span<double> shard_sum) {
        for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
          if (rows.Has(s, i)) shard_sum[0] += dataset.shards[s].labels[i];
        }
      }));
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t count, dataset::SumCount(rows.count(), parts));
  return sum[0] / static_cast<double>(count);
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
