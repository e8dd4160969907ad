#include "services/training/learners/logistic_regression/threshold.h"

#include <algorithm>
#include <cstdint>
#include <functional>

namespace clientele::training {
namespace {

constexpr double kEdge = 1e-9;

void SortByScore(std::vector<ScoredLabel>& rows) {
  std::sort(rows.begin(), rows.end(), [](const ScoredLabel& a, const ScoredLabel& b) { return a.first > b.first; });
}

// The threshold that calls the first `count` (>= 1) rows positive.
double After(const std::vector<ScoredLabel>& rows, size_t count) {
  const double last = rows[count - 1].first;
  const double next = count < rows.size() ? rows[count].first : 0;
  return std::clamp((last + next) / 2, kEdge, 1 - kEdge);
}

int64_t CountPositives(const std::vector<ScoredLabel>& rows) {
  return std::count_if(rows.begin(), rows.end(), [](const ScoredLabel& row) { return row.second; });
}

}  // namespace

double BestF1Threshold(std::vector<ScoredLabel> rows) {
  SortByScore(rows);
  const int64_t positives = CountPositives(rows);
  int64_t hits = 0;
  double best_f1 = -1;
  size_t best_count = rows.size();
  for (size_t i = 0; i < rows.size(); ++i) {
    hits += rows[i].second;
    if (i + 1 < rows.size() && rows[i + 1].first == rows[i].first) continue;
    const double f1 = 2.0 * static_cast<double>(hits) / static_cast<double>(static_cast<int64_t>(i + 1) + positives);
    if (f1 > best_f1) {
      best_f1 = f1;
      best_count = i + 1;
    }
  }
  return After(rows, best_count);
}

double BaseRateThreshold(std::vector<ScoredLabel> rows) {
  SortByScore(rows);
  size_t count = std::max<int64_t>(CountPositives(rows), 1);
  while (count < rows.size() && rows[count].first == rows[count - 1].first) ++count;
  return After(rows, count);
}

}  // namespace clientele::training
