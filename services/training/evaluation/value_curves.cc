#include "services/training/evaluation/value_curves.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/statistics/normal.h"
#include "common/statistics/ranks.h"

namespace clientele::training {
namespace {

using model::v1::ValueEvaluation;

double Total(absl::Span<const double> values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

// Half the width of the 95 % interval of the mean of rows [first, last) of `order`.
double HalfWidth(absl::Span<const double> actuals, absl::Span<const int64_t> rows, double mean) {
  if (rows.size() < 2) return 0;
  double squares = 0;
  for (const int64_t row : rows) squares += (actuals[row] - mean) * (actuals[row] - mean);
  const double n = static_cast<double>(rows.size());
  return statistics::kNormalQuantile * std::sqrt(squares / (n - 1) / n);
}

// What came of the rows in `order`, equal predictions with the mean of theirs.
std::vector<double> SharedActuals(absl::Span<const double> predictions, absl::Span<const double> actuals,
                                  absl::Span<const int64_t> order) {
  std::vector<double> shared(order.size());
  for (size_t first = 0, last; first < order.size(); first = last) {
    double sum = 0;
    for (last = first; last < order.size() && predictions[order[last]] == predictions[order[first]]; ++last) {
      sum += actuals[order[last]];
    }
    std::fill(shared.begin() + first, shared.begin() + last, sum / static_cast<double>(last - first));
  }
  return shared;
}

void AddPoint(double x, double y, ValueEvaluation& evaluation) {
  auto& point = *evaluation.add_gains_curve();
  point.set_x(x);
  point.set_y(y);
}

}  // namespace

void AddValueDeciles(absl::Span<const double> predictions, absl::Span<const double> actuals,
                     ValueEvaluation& evaluation) {
  const std::vector<int64_t> order = statistics::OrderByScore(predictions);
  const int64_t n = static_cast<int64_t>(order.size());
  const double total = Total(actuals);
  double so_far = 0;
  for (int i = 0; i < 10; ++i) {
    const int64_t first = statistics::DecileBegin(n, i), rows = statistics::DecileBegin(n, i + 1) - first;
    const auto members = absl::MakeConstSpan(order).subspan(first, rows);
    double predicted = 0, actual = 0;
    for (const int64_t row : members) {
      predicted += predictions[row];
      actual += actuals[row];
    }
    so_far += actual;
    ValueEvaluation::Decile& decile = *evaluation.add_deciles();
    decile.set_rows(rows);
    decile.set_cumulative_share(total == 0 ? 0 : so_far / total);
    if (rows == 0) continue;
    const double mean = actual / static_cast<double>(rows), half = HalfWidth(actuals, members, mean);
    decile.set_mean_predicted(predicted / static_cast<double>(rows));
    decile.set_mean_actual(mean);
    decile.set_lower(mean - half);
    decile.set_upper(mean + half);
  }
  double top = 0;
  for (int64_t at = 0; at < std::max<int64_t>(1, statistics::DecileBegin(n, 1)); ++at) top += actuals[order[at]];
  evaluation.set_top_decile_share(total == 0 ? 0 : top / total);
}

void AddGainsCurve(absl::Span<const double> predictions, absl::Span<const double> actuals,
                   ValueEvaluation& evaluation) {
  const double total = Total(actuals);
  if (total == 0) return;
  const std::vector<int64_t> order = statistics::OrderByScore(predictions);
  const std::vector<double> shared = SharedActuals(predictions, actuals, order);
  const int64_t n = static_cast<int64_t>(order.size());
  const int64_t steps = std::min<int64_t>(n, kCurvePoints - 1);
  AddPoint(0, 0, evaluation);
  double so_far = 0;
  for (int64_t step = 1, at = 0; step <= steps; ++step) {
    for (; at < n * step / steps; ++at) so_far += shared[at];
    AddPoint(static_cast<double>(at) / static_cast<double>(n), so_far / total, evaluation);
  }
}

}  // namespace clientele::training
