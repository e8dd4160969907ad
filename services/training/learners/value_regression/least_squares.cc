#include "services/training/learners/value_regression/least_squares.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/status_macros.h"
#include "common/model/portable_math.h"
#include "common/model/value_regression/family.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/value_regression/families.h"
#include "services/training/learners/value_regression/parameters.h"
#include "services/training/learners/value_regression/row_fits.h"
#include "services/training/learners/value_regression/solution.h"

namespace clientele::training {
namespace {

using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;

double LogOfLabel(double label) { return model::Log1p(std::max(label, 0.0)); }

using Target = double (*)(double label);

// By how much the mean exponential of the fits falls short of that of the target (after Duan 1983).
absl::StatusOr<double> Smearing(const ShardSums& sums, const RowFits& fits, Target target) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums.Sum(2, [&](int s, absl::Span<double> sum) {
    fits.ForRows(s, [&](const FittedRow& row) {
      sum[0] += row.weight * model::Exp(target(row.label));
      sum[1] += row.weight * model::Exp(std::min(row.fit, model::kLargestLogValue));
    });
  }));
  return totals[0] / totals[1];
}

absl::StatusOr<double> MeanOf(const ShardSums& sums, Target target, double weight) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> total, sums.Sum(1, [&](int s, absl::Span<double> sum) {
    const TrainingShard& shard = sums.matrix().shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      sum[0] += (shard.weights.empty() ? 1 : shard.weights[i]) * target(shard.labels[i]);
    }
  }));
  return total[0] / weight;
}

}  // namespace

absl::StatusOr<ValueRegressionModel> TrainLeastSquares(const ShardSums& sums,
                                                       const ValueRegressionParameters& parameters,
                                                       const ValueLabels& labels, const LearnerProgress& progress) {
  const int d = sums.matrix().columns;
  const bool log1p = parameters.target() != ValueRegressionParameters::TARGET_PLAIN;
  double mean = labels.mean, size = labels.mean_size;  // Slopes are in proportion to the latter.
  if (log1p) {
    CLIENTELE_ASSIGN_OR_RETURN(mean, MeanOf(sums, LogOfLabel, labels.weight));
    size = mean;
  }
  const LinearFitOptions options = FitOptionsOf(parameters, size);
  const LeastSquaresFamily squares;
  const TransformedLabelFamily of_logarithms(squares, LogOfLabel);
  const Family& family = log1p ? static_cast<const Family&>(of_logarithms) : squares;
  CLIENTELE_ASSIGN_OR_RETURN(const LinearFit fit, FitLinear(sums, family, StartAt(d, {mean}), labels.rows, options,
                                                            IterationProgress(progress, 0.1, 0.8)));
  Tell(progress, 0.8, "residuals");
  double smearing = 1;
  if (log1p && !parameters.no_smearing()) {
    CLIENTELE_ASSIGN_OR_RETURN(smearing, Smearing(sums, RowFits(sums.matrix(), fit.parameters), LogOfLabel));
  }
  const double freedom = labels.weight > d + 1 ? labels.weight - d - 1 : labels.weight;
  const double variance = 2 * fit.loss / freedom;  // The engine's squares are halved.
  ValueRegressionModel model;
  model.set_family(ValueRegressionParameters::FAMILY_LEAST_SQUARES);
  model.set_target(log1p ? ValueRegressionParameters::TARGET_LOG1P : ValueRegressionParameters::TARGET_PLAIN);
  model.set_smearing(smearing);
  model.set_allow_negative(parameters.allow_negative());
  model.set_residual_deviation(std::sqrt(variance));
  model.set_objective(2 * fit.objective);  // And so is its penalty.
  SetLinearPredictor(fit.parameters, StandardErrors(fit, variance), model);
  AddConvergence(fit, model);
  return model;
}

}  // namespace clientele::training
