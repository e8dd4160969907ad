#include "services/training/learners/logistic_regression/objective.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/model/portable_math.h"
#include "services/training/learners/gram.h"

namespace clientele::training {
namespace {

// log(1 + exp(-margin)) without overflow.
double LogLoss(double margin) {
  return margin > 0 ? model::Log1p(model::Exp(-margin)) : model::Log1p(model::Exp(margin)) - margin;
}

double Penalty(absl::Span<const double> parameters, double l2) {
  double sum = 0;
  for (size_t j = 0; j + 1 < parameters.size(); ++j) sum += parameters[j] * parameters[j];
  return l2 / 2 * sum;
}

}  // namespace

double LogOdds(const float* row, absl::Span<const double> parameters) {
  const size_t d = parameters.size() - 1;
  double sum = parameters[d];
  for (size_t j = 0; j < d; ++j) sum += parameters[j] * row[j];
  return sum;
}

absl::StatusOr<LogisticObjective::Value> LogisticObjective::Evaluate(absl::Span<const double> parameters,
                                                                     double l2) const {
  const int width = num_parameters();
  const int64_t packed = PackedSize(width);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals,
                             sums_.Sum(width + packed + 2, [&](int s, absl::Span<double> result) {
                               EvaluateShard(parameters, s, result);
                             }));
  Value value;
  value.gradient.assign(totals.begin(), totals.begin() + width);
  value.hessian.resize(int64_t{width} * width);
  Unpack(totals.data() + width, width, value.hessian.data());
  value.value = totals[width + packed] + Penalty(parameters, l2);
  value.misclassified = static_cast<int64_t>(totals[width + packed + 1]);
  for (int j = 0; j < d_; ++j) {
    value.gradient[j] += l2 * parameters[j];
    value.hessian[int64_t{j} * width + j] += l2;
  }
  return value;
}

// result: gradient [D], Hessian [packed], log loss, misclassified rows.
void LogisticObjective::EvaluateShard(absl::Span<const double> parameters, int s, absl::Span<double> result) const {
  const TrainingShard& shard = sums_.matrix().shards[s];
  const int width = num_parameters();
  double* gradient = result.data();
  double* hessian = gradient + width;
  double* loss = hessian + PackedSize(width);
  std::vector<double> block(static_cast<size_t>(kGramRows) * width, 0.0);
  double curvatures[kGramRows];
  for (int64_t first = 0; first < shard.rows; first += kGramRows) {
    const int count = static_cast<int>(std::min<int64_t>(kGramRows, shard.rows - first));
    std::fill(curvatures, curvatures + kGramRows, 0.0);
    for (int r = 0; r < count; ++r) {
      const float* row = shard.values.data() + (first + r) * d_;
      const bool positive = shard.labels[first + r] == 1;
      const double weight = weights_[positive];
      const double log_odds = LogOdds(row, parameters);
      const double probability = model::Sigmoid(log_odds);
      const double margin = positive ? log_odds : -log_odds;
      loss[0] += weight * LogLoss(margin);
      loss[1] += margin > 0 ? 0 : 1;
      curvatures[r] = weight * probability * (1 - probability);
      const double slope = weight * (probability - (positive ? 1 : 0));
      double* extended = block.data() + static_cast<size_t>(r) * width;
      for (int j = 0; j < d_; ++j) extended[j] = row[j];
      extended[d_] = 1;
      for (int j = 0; j < width; ++j) gradient[j] += slope * extended[j];
    }
    AddGram(block.data(), curvatures, width, hessian);
  }
}

absl::StatusOr<double> LogisticObjective::EvaluateValue(absl::Span<const double> parameters, double l2) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums_.Sum(1, [&](int s, absl::Span<double> result) {
    const TrainingShard& shard = sums_.matrix().shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      const double log_odds = LogOdds(shard.values.data() + i * d_, parameters);
      const bool positive = shard.labels[i] == 1;
      result[0] += weights_[positive] * LogLoss(positive ? log_odds : -log_odds);
    }
  }));
  return totals[0] + Penalty(parameters, l2);
}

}  // namespace clientele::training
