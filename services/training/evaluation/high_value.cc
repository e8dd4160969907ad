#include "services/training/evaluation/high_value.h"

#include <algorithm>
#include <limits>

#include "services/training/evaluation/grade.h"
#include "common/statistics/ranks.h"

namespace clientele::training {
namespace {

constexpr double kHighValueShare = 0.8;

}  // namespace

HighValueSearch::HighValueSearch(absl::Span<const double> scores, absl::Span<const double> actuals)
    : scores_(scores),
      actuals_(actuals),
      by_score_(statistics::OrderByScore(scores)),
      by_actual_(statistics::OrderByScore(actuals)) {}

double HighValueSearch::MarkHighValue(absl::Span<const double> weights, std::vector<uint8_t>& marks) const {
  double total = 0;
  for (const int64_t row : by_actual_) total += weights[row] * std::max(actuals_[row], 0.0);
  double held = 0, weight = 0;
  for (const int64_t row : by_actual_) {
    if (held >= kHighValueShare * total) break;
    held += weights[row] * actuals_[row];
    weight += weights[row];
    marks[row] = 1;
  }
  return weight;
}

double HighValueSearch::ShareFound(absl::Span<const double> weights) const {
  std::vector<uint8_t> marks(actuals_.size(), 0);
  const double places = MarkHighValue(weights, marks);
  if (places == 0) return std::numeric_limits<double>::quiet_NaN();
  double found = 0, left = places;
  for (size_t first = 0, last; first < by_score_.size() && left > 0; first = last) {
    double weight = 0, high = 0;  // Of the rows that share this score.
    for (last = first; last < by_score_.size() && scores_[by_score_[last]] == scores_[by_score_[first]]; ++last) {
      const int64_t row = by_score_[last];
      weight += weights[row];
      high += marks[row] * weights[row];
    }
    found += weight <= left ? high : high * left / weight;
    left -= weight;
  }
  return found / places;
}

absl::StatusOr<model::v1::Grade> GradeValues(absl::Span<const double> predictions, const std::string& baseline,
                                             absl::Span<const double> baseline_predictions,
                                             absl::Span<const double> actuals, int threads, dataset::Parts& parts) {
  const HighValueSearch model(predictions, actuals), rule(baseline_predictions, actuals);
  const GradeRule rules{.measure = "share of high-value customers found", .baseline = baseline, .excellent_gain = 0.05};
  const auto compare = [&](absl::Span<const double> weights) {
    return Comparison{model.ShareFound(weights), rule.ShareFound(weights)};
  };
  return MakeGrade(rules, static_cast<int64_t>(actuals.size()), threads, compare, parts);
}

}  // namespace clientele::training
