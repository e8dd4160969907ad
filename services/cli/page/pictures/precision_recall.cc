#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;

namespace {

// The curve's point nearest to a recall.
Point At(double recall, const std::vector<Point>& curve) {
  Point nearest{NAN, NAN};
  for (const Point& point : curve) {
    const bool nearer = std::abs(point.x - recall) < std::abs(nearest.x - recall);
    if (nearer || std::isnan(nearest.x)) nearest = point;
  }
  return nearest;
}

}  // namespace

Picture PrecisionRecallPicture(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const auto& confusion = evaluation.confusion();
  const double positives = static_cast<double>(confusion.true_positives() + confusion.false_negatives());
  const double base_rate =
      positives / static_cast<double>(positives + confusion.false_positives() + confusion.true_negatives());
  Chart chart(Axis::Shares(absl::StrCat("Recall: found (share of ", names.positives, ")")),
              Axis::Shares("Precision: right among those called (share)"));
  chart.Guide({0, base_rate}, {1, base_rate});
  const std::vector<Point> curve = ToPoints(evaluation.precision_recall_curve());
  chart.Line(curve, "line c0");
  const Point half = At(0.5, curve);
  if (!curve.empty()) {
    chart.Mark(half, 0, 5, "Half of them found");
    chart.Label({0, base_rate}, absl::StrCat("without a model ", Share(base_rate)), Anchor::kStart, {6, -7});
  }
  std::string says = absl::StrCat("to find ", Share(half.x), " of the ", names.positives, ", ", Share(half.y),
                                  " of those called are right; calling at random it would be ", Share(base_rate),
                                  ". The area under the curve is ", Significant(evaluation.average_precision()), ".");
  return {.heading = "How many calls are right (precision and recall)",
          .drawing = chart.Svg("Precision-recall curve", says),
          .legend = {},
          .says = std::move(says)};
}

}  // namespace clientele::cli
