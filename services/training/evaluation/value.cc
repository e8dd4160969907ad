#include "services/training/evaluation/value.h"

#include <cmath>
#include <limits>
#include <vector>

#include "common/base/status_macros.h"
#include "common/statistics/correlation.h"
#include "common/statistics/ranks.h"
#include "services/training/evaluation/bootstrap.h"
#include "services/training/evaluation/value_curves.h"

namespace clientele::training {
namespace {

using model::v1::ValueEvaluation;

double Mean(absl::Span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

struct Errors {
  double squares = 0;
  double absolutes = 0;
};

Errors SumErrors(absl::Span<const double> predictions, absl::Span<const double> actuals) {
  Errors errors;
  for (size_t i = 0; i < actuals.size(); ++i) {
    const double error = predictions[i] - actuals[i];
    errors.squares += error * error;
    errors.absolutes += std::abs(error);
  }
  return errors;
}

// The concentration of the actual values when the rows stand by falling score: 0 for no order, and at most that of
// their own order. Proportional to the covariance of value and rank.
double Concentration(absl::Span<const double> scores, absl::Span<const double> actuals) {
  const std::vector<double> ranks = statistics::MeanRanks(scores);
  const double middle = (static_cast<double>(ranks.size()) + 1) / 2;
  double sum = 0;
  for (size_t i = 0; i < ranks.size(); ++i) sum += actuals[i] * (ranks[i] - middle);
  return sum;
}

}  // namespace

ValueEvaluation EvaluateValues(absl::Span<const double> predictions, absl::Span<const double> actuals,
                               double train_mean) {
  ValueEvaluation evaluation;
  const double n = static_cast<double>(actuals.size());
  const Errors errors = SumErrors(predictions, actuals);
  evaluation.set_rmse(std::sqrt(errors.squares / n));
  evaluation.set_mae(errors.absolutes / n);
  const Errors baseline = SumErrors(std::vector<double>(actuals.size(), train_mean), actuals);
  evaluation.set_rmse_baseline(std::sqrt(baseline.squares / n));
  evaluation.set_mae_baseline(baseline.absolutes / n);
  const double mean = Mean(actuals);
  const Errors spread = SumErrors(std::vector<double>(actuals.size(), mean), actuals);
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  evaluation.set_r_squared(spread.squares == 0 ? kNaN : 1 - errors.squares / spread.squares);
  evaluation.set_spearman(statistics::RankCorrelation(predictions, actuals));
  const double own_order = Concentration(actuals, actuals);
  evaluation.set_normalised_gini(own_order == 0 ? kNaN : Concentration(predictions, actuals) / own_order);
  evaluation.set_mean_actual(mean);
  evaluation.set_total_ratio(mean == 0 ? kNaN : Mean(predictions) / mean);
  AddValueDeciles(predictions, actuals, evaluation);
  AddGainsCurve(predictions, actuals, evaluation);
  return evaluation;
}

absl::Status AddTotalRatioInterval(absl::Span<const double> predictions, absl::Span<const double> actuals, int threads,
                                   ValueEvaluation& evaluation, dataset::Parts& parts) {
  const int64_t n = static_cast<int64_t>(actuals.size());
  const auto ratio = [&](RowCounts counts) {
    double predicted = 0, actual = 0;
    for (int64_t i = 0; i < n; ++i) {
      predicted += counts[i] * predictions[i];
      actual += counts[i] * actuals[i];
    }
    return actual == 0 ? std::numeric_limits<double>::quiet_NaN() : predicted / actual;
  };
  CLIENTELE_ASSIGN_OR_RETURN(const Interval interval, BootstrapInterval(n, threads, ratio, parts));
  evaluation.set_total_ratio_lower(interval.lower);
  evaluation.set_total_ratio_upper(interval.upper);
  return absl::OkStatus();
}

}  // namespace clientele::training
