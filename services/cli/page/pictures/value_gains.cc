#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ValueEvaluation;

namespace {

// The curve's value at x, between its points by a line. NaN outside.
double At(double x, const std::vector<Point>& curve) {
  for (size_t i = 1; i < curve.size(); ++i) {
    const Point &a = curve[i - 1], &b = curve[i];
    if (a.x <= x && x <= b.x) return b.x > a.x ? a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x) : b.y;
  }
  return NAN;
}

}  // namespace

Picture ValueGainsPicture(const ValueEvaluation& evaluation) {
  Chart chart(Axis::Shares("Customers, highest predictions first (share)"), Axis::Shares("Their value (share of all)"));
  chart.Guide({0, 0}, {1, 1});
  const std::vector<Point> curve = ToPoints(evaluation.gains_curve());
  chart.Area(curve, 0, "area c0");
  chart.Line(curve, "line c0");
  constexpr double kFifth = 0.2;
  const double held = At(kFifth, curve);
  chart.Mark({kFifth, held}, 0, 5, "The fifth predicted highest");
  if (!curve.empty()) {
    chart.Label({1, 0}, absl::StrCat("normalised Gini ", Significant(evaluation.normalised_gini())), Anchor::kEnd,
                {-8, -12});
  }
  const std::string says =
      absl::StrCat("the fifth of customers predicted highest holds ", Share(held),
                   " of all value; the order is right to a normalised Gini of ",
                   Significant(evaluation.normalised_gini()), ", where 1 is perfect and 0 chance.");
  return {.heading = "How much value the best customers hold (gains curve)",
          .drawing = chart.Svg("Gains curve", says),
          .legend = Legend({{LineSwatch("line c0"), "by prediction"}, {LineSwatch("guide"), "at random"}}),
          .says = says};
}

}  // namespace clientele::cli
