#include "common/statistics/auc.h"

#include <cmath>
#include <limits>
#include <vector>

#include "common/statistics/ranks.h"

namespace clientele::statistics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of each row, how many rows of the other class lie below it; equal scores count half.
std::vector<double> RowsBelow(absl::Span<const double> scores, absl::Span<const double> labels) {
  const std::vector<int64_t> falling = OrderByScore(scores);
  std::vector<double> below(scores.size());
  double positives = 0, negatives = 0;  // Of lower scores.
  for (size_t last = falling.size(), first; last > 0; last = first) {
    double equal_positives = 0, equal_negatives = 0;
    for (first = last; first > 0 && scores[falling[first - 1]] == scores[falling[last - 1]]; --first) {
      ++(labels[falling[first - 1]] == 1 ? equal_positives : equal_negatives);
    }
    for (size_t i = first; i < last; ++i) {
      below[falling[i]] = labels[falling[i]] == 1 ? negatives + equal_negatives / 2 : positives + equal_positives / 2;
    }
    positives += equal_positives;
    negatives += equal_negatives;
  }
  return below;
}

// How a class's rows stand against the other class: a row's placement is the share of the other class below it.
struct Placements {
  double rows = 0;
  double others = 0;
  double mean = 0;
  double variance = 0;  // Of the sample; NaN below two rows.
};

Placements Place(absl::Span<const double> below, absl::Span<const double> labels, double label) {
  Placements placements;
  double sum = 0;
  for (size_t i = 0; i < below.size(); ++i) {
    if (labels[i] != label) continue;
    placements.rows += 1;
    sum += below[i];
  }
  placements.others = static_cast<double>(below.size()) - placements.rows;
  placements.mean = sum / (placements.rows * placements.others);
  double squares = 0;
  for (size_t i = 0; i < below.size(); ++i) {
    if (labels[i] == label) squares += std::pow(below[i] / placements.others - placements.mean, 2);
  }
  placements.variance = placements.rows < 2 ? kNaN : squares / (placements.rows - 1);
  return placements;
}

}  // namespace

Auc AucWithError(absl::Span<const double> scores, absl::Span<const double> labels) {
  const std::vector<double> below = RowsBelow(scores, labels);
  const Placements positives = Place(below, labels, 1), negatives = Place(below, labels, 0);
  if (positives.rows == 0 || negatives.rows == 0) return {kNaN, kNaN};
  return {positives.mean, std::sqrt(positives.variance / positives.rows + negatives.variance / negatives.rows)};
}

std::vector<double> AucInfluences(absl::Span<const double> scores, absl::Span<const double> labels) {
  const std::vector<double> below = RowsBelow(scores, labels);
  std::vector<double> influences(scores.size(), kNaN);
  for (const double label : {1.0, 0.0}) {
    const Placements placements = Place(below, labels, label);
    // A row's weight in the mean of its class; negatives are better the lower they stand.
    const double weight = (label == 1 ? 1 : -1) * static_cast<double>(scores.size()) / placements.rows;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (labels[i] == label) influences[i] = weight * (below[i] / placements.others - placements.mean);
    }
  }
  return influences;
}

double AreaUnderCurve(absl::Span<const double> scores, absl::Span<const double> labels) {
  return AucWithError(scores, labels).value;
}

}  // namespace clientele::statistics
