#include "services/training/learners/logistic_regression/problem.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/linear/row_tile.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionParameters;

constexpr int kDefaultFolds = 5;
constexpr uint64_t kFoldSeed = 5;

RowValues WeightsOf(const TrainingMatrix& matrix) {
  RowValues weights;
  for (int s = 0; s < kShardCount; ++s) weights[s] = matrix.shards[s].weights;
  return weights;
}

std::vector<double> ClassWeights(const LogisticRegressionParameters& parameters, const ClassTotals& totals) {
  if (parameters.balance_classes()) return BalancedWeights(totals);
  return {parameters.negative_weight() == 0 ? 1 : parameters.negative_weight(),
          parameters.positive_weight() == 0 ? 1 : parameters.positive_weight()};
}

absl::Status CheckBothClasses(const ClassTotals& totals, absl::string_view advice) {
  if (totals.rows[0] > 0 && totals.rows[1] > 0) return absl::OkStatus();
  return NotReady(absl::StrCat("all ", totals.all_rows(), " training labels are ", totals.rows[1] == 0 ? 0 : 1,
                               "; both classes are needed", advice));
}

}  // namespace

absl::StatusOr<LogisticProblem> LogisticProblem::Create(TrainingMatrix& matrix, const ShardSums& sums,
                                                        const LogisticRegressionParameters& parameters,
                                                        const LearnerProgress& progress) {
  LogisticProblem problem(matrix, sums, progress);
  CLIENTELE_RETURN_IF_ERROR(CheckRows(sums, Labels::kBinary).status());
  CLIENTELE_ASSIGN_OR_RETURN(problem.totals_, CountClasses(sums, 2));
  CLIENTELE_RETURN_IF_ERROR(CheckBothClasses(problem.totals_, ""));
  problem.row_weights_ = WeightsOf(matrix);
  const std::vector<double> class_weights = ClassWeights(parameters, problem.totals_);
  WeightClasses(class_weights, matrix);
  problem.weights_ = WeightsOf(matrix);
  for (int k = 0; k < 2; ++k) problem.all_weight_ += class_weights[k] * problem.totals_.weights[k];
  problem.fitted_rows_ = problem.rows();
  problem.folds_ = parameters.folds() == 0 ? kDefaultFolds : parameters.folds();
  if (parameters.max_iterations() > 0) problem.max_iterations_ = parameters.max_iterations();
  if (parameters.gradient_tolerance() > 0) problem.gradient_tolerance_ = parameters.gradient_tolerance();
  return problem;
}

bool LogisticProblem::IsLeftOut(int shard, int64_t row) const {
  if (left_out_ == kNoFold) return false;
  Random random(kFoldSeed + static_cast<uint64_t>(shard), static_cast<uint64_t>(row));
  return static_cast<int>(random.Next() % static_cast<uint64_t>(folds_)) == left_out_;
}

absl::Status LogisticProblem::LeaveOut(int fold) {
  left_out_ = fold;
  for (int s = 0; s < kShardCount; ++s) {
    TrainingShard& shard = matrix_->shards[s];
    shard.weights = weights_[s];
    if (fold == kNoFold) continue;
    if (shard.weights.empty()) shard.weights.assign(shard.rows, 1.0);
    for (int64_t i = 0; i < shard.rows; ++i) {
      if (IsLeftOut(s, i)) shard.weights[i] = 0;
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(const ClassTotals totals, CountClasses(*sums_, 2));
  CLIENTELE_RETURN_IF_ERROR(CheckBothClasses(totals, " without each fold; give more rows, or fewer folds"));
  fitted_rows_ = totals.all_rows();
  share_ = totals.all_weights() / all_weight_;
  return absl::OkStatus();
}

absl::StatusOr<LinearFit> LogisticProblem::Fit(const Penalties& penalties, std::vector<double> start) {
  const auto watch = [&](const LinearFit& at) {
    // Newton's method takes about 8 iterations; how many more there are nobody knows.
    const double done = fits_ + at.iterations / (at.iterations + 4.0);
    Tell(progress_, 0.9 * std::min(1.0, done / expected_fits_),
         absl::StrFormat("fit %d of %d, iteration %d, objective %.6f", fits_ + 1, std::max(fits_ + 1, expected_fits_),
                         at.iterations, at.objective));
    return true;
  };
  auto fit = Fit(penalties, std::move(start), max_iterations_, watch);
  ++fits_;
  return fit;
}

absl::StatusOr<LinearFit> LogisticProblem::Fit(const Penalties& penalties, std::vector<double> start,
                                               int max_iterations, LinearFitWatch watch) {
  const LinearFitOptions options{.l2 = penalties.l2 * share_,
                                 .l1 = penalties.l1 * share_,
                                 .max_iterations = max_iterations,
                                 .gradient_tolerance = gradient_tolerance_};
  return FitLinear(*sums_, LogisticFamily(), std::move(start), fitted_rows_, options, watch);
}

absl::StatusOr<LogisticProblem::Loss> LogisticProblem::LeftOutLoss(absl::Span<const double> parameters) const {
  const RowValues log_odds = LogOdds(*matrix_, parameters, /*with_offsets=*/true, sums_->threads());
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums_->Sum(2, [&](int s, absl::Span<double> result) {
    const TrainingShard& shard = matrix_->shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      if (!IsLeftOut(s, i)) continue;
      result[0] += WeightOf(s, i) * LogLoss(log_odds[s][i], shard.labels[i] == 1);
      result[1] += WeightOf(s, i);
    }
  }));
  return Loss{totals[0], totals[1]};
}

absl::StatusOr<RowValues> LogisticProblem::CrossFittedLogOdds(const Penalties& penalties,
                                                              const std::vector<double>& start) {
  RowValues result;
  for (int s = 0; s < kShardCount; ++s) result[s].resize(matrix_->shards[s].rows);
  for (int fold = 0; fold < folds_; ++fold) {
    CLIENTELE_RETURN_IF_ERROR(LeaveOut(fold));
    CLIENTELE_ASSIGN_OR_RETURN(const LinearFit fit, Fit(penalties, start));
    const RowValues log_odds = LogOdds(*matrix_, fit.parameters, /*with_offsets=*/true, sums_->threads());
    for (int s = 0; s < kShardCount; ++s) {
      for (size_t i = 0; i < result[s].size(); ++i) {
        if (IsLeftOut(s, static_cast<int64_t>(i))) result[s][i] = log_odds[s][i];
      }
    }
  }
  CLIENTELE_RETURN_IF_ERROR(LeaveOut(kNoFold));
  return result;
}

absl::StatusOr<LogisticProblem::Misclassified> LogisticProblem::CountMisclassified(absl::Span<const double> parameters,
                                                                                   int stride) const {
  const ParameterOrder order(*matrix_);
  const std::vector<double> engine_parameters = order.ToEngine(parameters);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> counts, sums_->Sum(2, [&](int s, absl::Span<double> result) {
    if (s % stride != 0) return;
    const TrainingShard& shard = matrix_->shards[s];
    RowReader reader(*matrix_);
    for (int64_t first = 0; first < shard.rows; first += kTileRows) {
      double log_odds[kTileRows] = {};
      const RowTile tile(*matrix_, reader, order, s, first);
      tile.AddFits(engine_parameters.data(), log_odds);
      for (int r = 0; r < tile.rows(); ++r) {
        if (WeightOf(s, first + r) == 0) continue;
        result[0] += 1;
        result[1] += (shard.labels[first + r] == 1 ? log_odds[r] : -log_odds[r]) > 0 ? 0 : 1;
      }
    }
  }));
  return Misclassified{static_cast<int64_t>(counts[0]), static_cast<int64_t>(counts[1])};
}

}  // namespace clientele::training
