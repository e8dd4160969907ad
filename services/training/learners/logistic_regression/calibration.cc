#include "services/training/learners/logistic_regression/calibration.h"

#include <algorithm>
#include <cmath>

#include "common/base/status_macros.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/linear/fit.h"

namespace clientele::training {
namespace {

// One column, the log odds, and Platt's targets as labels; as many rows in each shard.
TrainingMatrix PlattMatrix(const std::vector<ScoredRow>& rows) {
  double weights[2] = {0, 0};
  for (const ScoredRow& row : rows) weights[row.positive] += row.weight;
  const double targets[2] = {1 / (weights[0] + 2), (weights[1] + 1) / (weights[1] + 2)};
  TrainingMatrix matrix;
  matrix.columns = 1;
  for (size_t i = 0; i < rows.size(); ++i) {
    TrainingShard& shard = matrix.shards[i * kShardCount / rows.size()];
    ++shard.rows;
    shard.values.push_back(static_cast<float>(rows[i].log_odds));
    shard.weights.push_back(rows[i].weight);
    shard.labels.push_back(targets[rows[i].positive]);
  }
  return matrix;
}

double LogOddsOfMean(const TrainingMatrix& matrix) {
  double targets = 0, weights = 0;
  for (const TrainingShard& shard : matrix.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) {
      targets += shard.weights[i] * shard.labels[i];
      weights += shard.weights[i];
    }
  }
  return std::log(targets / (weights - targets));
}

// Neighbouring rows that have one probability.
struct Step {
  double first = 0, last = 0;  // Their log odds.
  double weight = 0;
  double positives = 0;

  double share() const { return positives / weight; }
  void Join(const Step& other) {
    last = other.last;
    weight += other.weight;
    positives += other.positives;
  }
};

// Steps of rising shares, from rows of rising log odds.
std::vector<Step> PoolAdjacentViolators(const std::vector<ScoredRow>& rows) {
  std::vector<Step> steps;
  for (size_t i = 0; i < rows.size();) {
    Step next{rows[i].log_odds, rows[i].log_odds};
    for (; i < rows.size() && rows[i].log_odds == next.first; ++i) {
      next.weight += rows[i].weight;
      next.positives += rows[i].positive ? rows[i].weight : 0;
    }
    steps.push_back(next);
    while (steps.size() > 1 && steps[steps.size() - 2].share() >= steps.back().share()) {
      steps[steps.size() - 2].Join(steps.back());
      steps.pop_back();
    }
  }
  return steps;
}

// Of steps of rising shares: only the first can be 0, and only the last 1.
std::vector<double> Probabilities(const std::vector<Step>& steps) {
  std::vector<double> probabilities;
  for (const Step& step : steps) probabilities.push_back(step.share());
  const double low = 1 / (steps.front().weight + 2), high = 1 - 1 / (steps.back().weight + 2);
  const size_t n = steps.size();
  const double second = n > 1 ? probabilities[1] : 1, last_but_one = n > 1 ? probabilities[n - 2] : 0;
  probabilities.front() = std::max(probabilities.front(), std::min(low, second));
  probabilities.back() = std::min(probabilities.back(), std::max(high, last_but_one));
  return probabilities;
}

}  // namespace

absl::StatusOr<model::v1::PlattScaling> FitPlatt(const std::vector<ScoredRow>& rows, int threads,
                                                 const StopToken& stop) {
  const TrainingMatrix matrix = PlattMatrix(rows);
  LocalCommunicator local;
  const ShardSums sums(matrix, local, threads, stop);
  CLIENTELE_ASSIGN_OR_RETURN(const LinearFit fit,
                             FitLinear(sums, LogisticFamily(), {0, 0}, static_cast<int64_t>(rows.size()), {},
                                       [](const LinearFit&) { return true; }));
  const bool rises = fit.parameters[0] >= 0;
  model::v1::PlattScaling platt;
  platt.set_slope(rises ? fit.parameters[0] : 0);
  platt.set_intercept(rises ? fit.parameters[1] : LogOddsOfMean(matrix));
  return platt;
}

model::v1::IsotonicCalibration FitIsotonic(std::vector<ScoredRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ScoredRow& a, const ScoredRow& b) { return a.log_odds < b.log_odds; });
  const std::vector<Step> steps = PoolAdjacentViolators(rows);
  const std::vector<double> probabilities = Probabilities(steps);
  model::v1::IsotonicCalibration isotonic;
  for (size_t i = 0; i < steps.size(); ++i) {
    isotonic.add_log_odds(steps[i].first);
    isotonic.add_probabilities(probabilities[i]);
    if (steps[i].last == steps[i].first) continue;
    isotonic.add_log_odds(steps[i].last);
    isotonic.add_probabilities(probabilities[i]);
  }
  return isotonic;
}

}  // namespace clientele::training
