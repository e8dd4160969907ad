#include "common/statistics/auc.h"

#include <cmath>
#include <limits>
#include <vector>

#include "common/statistics/ranks.h"

namespace clientele::statistics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// How a class's rows stand against the other class: a row's placement is the share of the other class below it.
struct Placements {
  double rows = 0;
  double mean = 0;
  double variance = 0;  // Of the sample; NaN below two rows.
  std::vector<double> shares;  // One a row of the class, in row order.
};

// Among all scores a row's rank counts the rows of both classes below it, among its own class's scores those of its
// own: the difference is the rows of the other class below it. `ranks` are among all.
Placements Place(absl::Span<const double> scores, absl::Span<const double> labels, absl::Span<const double> ranks,
                 double label) {
  std::vector<double> own_scores, below;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (labels[i] != label) continue;
    own_scores.push_back(scores[i]);
    below.push_back(ranks[i]);
  }
  const std::vector<double> within = MeanRanks(own_scores);
  double sum = 0;
  for (size_t i = 0; i < below.size(); ++i) sum += below[i] -= within[i];
  Placements placements;
  placements.rows = static_cast<double>(below.size());
  const double others = static_cast<double>(scores.size()) - placements.rows;
  placements.mean = sum / (placements.rows * others);
  double squares = 0;
  for (const double count : below) {
    placements.shares.push_back(count / others);
    squares += std::pow(placements.shares.back() - placements.mean, 2);
  }
  placements.variance = placements.rows < 2 ? kNaN : squares / (placements.rows - 1);
  return placements;
}

}  // namespace

Auc AucWithError(absl::Span<const double> scores, absl::Span<const double> labels) {
  const std::vector<double> ranks = MeanRanks(scores);
  const Placements positives = Place(scores, labels, ranks, 1);
  const Placements negatives = Place(scores, labels, ranks, 0);
  if (positives.rows == 0 || negatives.rows == 0) return {kNaN, kNaN};
  return {positives.mean, std::sqrt(positives.variance / positives.rows + negatives.variance / negatives.rows)};
}

std::vector<double> AucInfluences(absl::Span<const double> scores, absl::Span<const double> labels) {
  const std::vector<double> ranks = MeanRanks(scores);
  std::vector<double> influences(scores.size(), kNaN);
  for (const double label : {1.0, 0.0}) {
    const Placements placements = Place(scores, labels, ranks, label);
    // A row's weight in the mean of its class; negatives are better the lower they stand.
    const double weight = (label == 1 ? 1 : -1) * static_cast<double>(scores.size()) / placements.rows;
    size_t next = 0;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (labels[i] == label) influences[i] = weight * (placements.shares[next++] - placements.mean);
    }
  }
  return influences;
}

double AreaUnderCurve(absl::Span<const double> scores, absl::Span<const double> labels) {
  return AucWithError(scores, labels).value;
}

}  // namespace clientele::statistics
