#include "services/training/evaluation/high_value.h"

#include <algorithm>
#include <limits>

#include "services/training/evaluation/grade.h"
#include "common/statistics/ranks.h"

namespace clientele::training {
namespace {

constexpr double kHighValueShare = 0.8;

}  // namespace

CustomersByValue::CustomersByValue(absl::Span<const double> actuals) {
  for (const int64_t row : statistics::OrderByScore(actuals)) {
    rows_.push_back(static_cast<uint32_t>(row));
    actuals_.push_back(actuals[row]);
  }
}

std::vector<uint32_t> CustomersByValue::Places() const {
  std::vector<uint32_t> places(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) places[rows_[i]] = static_cast<uint32_t>(i);
  return places;
}

CustomersByValue::HighValue CustomersByValue::FindHighValue(RowCounts counts) const {
  double total = 0, held = 0;
  for (size_t i = 0; i < rows_.size() && actuals_[i] > 0; ++i) total += counts[rows_[i]] * actuals_[i];
  HighValue high;
  for (; high.rows < rows_.size() && held < kHighValueShare * total; ++high.rows) {
    const uint16_t count = counts[rows_[high.rows]];
    held += count * actuals_[high.rows];
    high.count += count;
  }
  return high;
}

HighValueSearch::HighValueSearch(absl::Span<const double> scores, const CustomersByValue& customers) {
  const std::vector<uint32_t> places = customers.Places();
  for (const int64_t row : statistics::OrderByScore(scores)) {
    if (!by_score_.empty()) last_.push_back(scores[row] != scores[by_score_.back().row] ? 1 : 0);
    by_score_.push_back({static_cast<uint32_t>(row), places[row]});
  }
  last_.push_back(1);
}

double HighValueSearch::ShareFound(RowCounts counts, const CustomersByValue::HighValue& high) const {
  if (high.count == 0) return std::numeric_limits<double>::quiet_NaN();
  int64_t found = 0, left = high.count, of_score = 0, high_of_score = 0;
  double at_the_border = 0;
  for (size_t i = 0; i < by_score_.size() && left > 0; ++i) {
    const uint16_t count = counts[by_score_[i].row];
    of_score += count;
    high_of_score += count * (by_score_[i].place < high.rows ? 1 : 0);  // No branch: nobody can guess it.
    if (last_[i] == 0) continue;
    if (of_score <= left) {
      found += high_of_score;
    } else {
      at_the_border = static_cast<double>(high_of_score) * static_cast<double>(left) / static_cast<double>(of_score);
    }
    left -= of_score;
    of_score = high_of_score = 0;
  }
  return (static_cast<double>(found) + at_the_border) / static_cast<double>(high.count);
}

absl::StatusOr<model::v1::Grade> GradeValues(absl::Span<const double> predictions, const std::string& baseline,
                                             absl::Span<const double> baseline_predictions,
                                             absl::Span<const double> actuals, int threads, dataset::Parts& parts) {
  const CustomersByValue customers(actuals);
  const HighValueSearch model(predictions, customers), rule(baseline_predictions, customers);
  const GradeRule rules{.measure = "share of high-value customers found", .baseline = baseline, .excellent_gain = 0.05};
  const auto compare = [&](RowCounts counts) {
    const auto high = customers.FindHighValue(counts);
    return Comparison{model.ShareFound(counts, high), rule.ShareFound(counts, high)};
  };
  return MakeGrade(rules, static_cast<int64_t>(actuals.size()), threads, compare, parts);
}

}  // namespace clientele::training
