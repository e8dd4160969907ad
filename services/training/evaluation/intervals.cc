#include "services/training/evaluation/intervals.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "common/model/value_regression/intervals.h"

namespace clientele::training {
namespace {

using model::v1::PredictionIntervals;

constexpr int64_t kMostBands = 10;
constexpr int64_t kLeastBandRows = 50;

// The fewest rows of which the lowest and the highest error are far enough apart: (n + 1) (1 - coverage) / 2 >= 1.
int64_t RowsForCoverage(double coverage) { return static_cast<int64_t>(std::ceil(2 / (1 - coverage) - 1)); }

struct BandRow {
  double prediction, actual;
};

// Where bands end, the last at n: the first row, by rising prediction, that is no longer in it.
std::vector<int64_t> BandEnds(const std::vector<BandRow>& rising, int64_t least_rows) {
  const int64_t n = static_cast<int64_t>(rising.size());
  const int64_t bands = std::clamp<int64_t>(n / least_rows, 1, kMostBands);
  std::vector<int64_t> ends;
  int64_t begin = 0;
  for (int64_t band = 1; band < bands; ++band) {
    int64_t end = n * band / bands;
    while (end < n && rising[end].prediction == rising[end - 1].prediction) ++end;
    if (end - begin < least_rows || n - end < least_rows) continue;
    ends.push_back(end);
    begin = end;
  }
  ends.push_back(n);
  return ends;
}

// How many of n errors may lie beyond the end of an interval that new ones are to exceed with probability `share`.
int64_t Beyond(size_t n, double share) {
  // The slack keeps a whole number whole: (n + 1) 0.05 is 0.9999999999999998 for n = 19.
  return static_cast<int64_t>(std::floor((static_cast<double>(n) + 1) * share + 1e-9));
}

// An interval that ends below its prediction is odd to read: where nearly all come to nothing, say, and predictions are
// some cents. It ends at the prediction where that covers hardly anybody more.
double UpToPrediction(absl::Span<const BandRow> rows, double upper) {
  if (upper >= 0) return upper;
  int64_t more = 0;
  for (const BandRow& row : rows) {
    more += row.actual <= row.prediction && row.actual > std::max(row.prediction + upper, 0.0);
  }
  return more * 100 <= static_cast<int64_t>(rows.size()) ? 0 : upper;
}

// `rows` by rising prediction.
PredictionIntervals::Band MakeBand(absl::Span<const BandRow> rows, double coverage, bool allow_negative) {
  const int64_t n = static_cast<int64_t>(rows.size());
  std::vector<double> errors;
  int64_t zeros = 0;
  for (const BandRow& row : rows) {
    errors.push_back(row.actual - row.prediction);
    zeros += row.actual <= 0;
  }
  std::sort(errors.begin(), errors.end());
  const int64_t k = Beyond(n, (1 - coverage) / 2);
  const bool from_zero = !allow_negative && zeros >= k;
  PredictionIntervals::Band band;
  band.set_lower(from_zero ? -rows.back().prediction : errors[k - 1]);
  band.set_upper(UpToPrediction(rows, errors[n - (from_zero ? Beyond(n, 1 - coverage) : k)]));
  band.set_rows(n);
  return band;
}

}  // namespace

PredictionIntervals ConformalIntervals(absl::Span<const double> predictions, absl::Span<const double> actuals,
                                       double coverage, bool allow_negative) {
  PredictionIntervals intervals;
  const int64_t n = static_cast<int64_t>(predictions.size());
  const int64_t least_rows = std::max(kLeastBandRows, RowsForCoverage(coverage));
  if (n < least_rows) return intervals;
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return predictions[a] < predictions[b]; });
  std::vector<BandRow> rising;
  for (const int64_t row : order) rising.push_back({predictions[row], actuals[row]});
  intervals.set_coverage(coverage);
  int64_t begin = 0;
  for (const int64_t end : BandEnds(rising, least_rows)) {
    *intervals.add_bands() =
        MakeBand(absl::MakeConstSpan(rising).subspan(begin, end - begin), coverage, allow_negative);
    if (end < n) intervals.mutable_bands()->rbegin()->set_predictions_below(rising[end].prediction);
    begin = end;
  }
  return intervals;
}

void AddIntervalMeasures(const PredictionIntervals& intervals, bool allow_negative,
                         absl::Span<const double> predictions, absl::Span<const double> actuals,
                         model::v1::ValueEvaluation& evaluation) {
  if (intervals.bands().empty()) return;
  int64_t inside = 0;
  double width = 0;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const model::ValueInterval interval = model::IntervalAt(intervals, predictions[i], allow_negative);
    inside += interval.lower <= actuals[i] && actuals[i] <= interval.upper;
    width += interval.upper - interval.lower;
  }
  evaluation.set_interval_coverage(static_cast<double>(inside) / static_cast<double>(predictions.size()));
  evaluation.set_mean_interval_width(width / static_cast<double>(predictions.size()));
}

}  // namespace clientele::training
