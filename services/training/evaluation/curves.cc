#include "services/training/evaluation/curves.h"

#include <cmath>
#include <vector>

#include "common/statistics/ranks.h"

namespace clientele::training {
namespace {

struct Point {
  double x = 0;
  double y = 0;
};

// How many rows are called positive, and rightly so, at one threshold.
struct Called {
  double positives = 0;
  double negatives = 0;
};

// From calling nobody to calling everybody: one entry a distinct score.
std::vector<Called> CallDownwards(absl::Span<const double> scores, absl::Span<const double> labels) {
  const std::vector<int64_t> order = statistics::OrderByScore(scores);
  std::vector<Called> steps;
  steps.reserve(order.size() + 1);
  steps.emplace_back();
  for (size_t i = 0; i < order.size(); ++i) {
    const bool new_score = i == 0 || scores[order[i]] != scores[order[i - 1]];
    if (new_score) steps.push_back(steps.back());
    (labels[order[i]] == 1 ? steps.back().positives : steps.back().negatives) += 1;
  }
  return steps;
}

void AddThinned(const std::vector<Point>& points, google::protobuf::RepeatedPtrField<model::v1::CurvePoint>& curve) {
  std::vector<double> way(points.size(), 0.0);  // Along the curve, by axis-parallel steps.
  for (size_t i = 1; i < points.size(); ++i) {
    way[i] = way[i - 1] + std::abs(points[i].x - points[i - 1].x) + std::abs(points[i].y - points[i - 1].y);
  }
  const bool all = points.size() <= kMostCurvePoints;
  int kept = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const bool last = i + 1 == points.size();
    // The k-th point kept is the first that has come k steps far; the last place is the end's.
    const bool far = kept < kMostCurvePoints - 1 && way[i] >= way.back() * kept / (kMostCurvePoints - 1);
    if (!all && !far && !last) continue;
    ++kept;
    curve.Add()->set_x(points[i].x);
    curve.rbegin()->set_y(points[i].y);
  }
}

}  // namespace

void AddCurves(absl::Span<const double> scores, absl::Span<const double> labels,
               model::v1::ClassifierEvaluation& evaluation) {
  const std::vector<Called> steps = CallDownwards(scores, labels);
  const Called all = steps.back();
  if (all.positives == 0) return;
  std::vector<Point> points;  // Of one curve after the other: a holdout may have very many.
  points.reserve(steps.size());
  for (const Called& called : steps) {
    points.push_back({called.negatives / all.negatives, called.positives / all.positives});
  }
  if (all.negatives > 0) AddThinned(points, *evaluation.mutable_roc_curve());
  points.clear();
  double average_precision = 0, recall_before = 0;
  for (size_t i = 1; i < steps.size(); ++i) {  // Of nobody there is no precision.
    const double recall = steps[i].positives / all.positives;
    const double precision = steps[i].positives / (steps[i].positives + steps[i].negatives);
    points.push_back({recall, precision});
    average_precision += (recall - recall_before) * precision;
    recall_before = recall;
  }
  AddThinned(points, *evaluation.mutable_precision_recall_curve());
  evaluation.set_average_precision(average_precision);
}

}  // namespace clientele::training
