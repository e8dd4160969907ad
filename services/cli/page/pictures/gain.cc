#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;

namespace {

// (share of customers, share of positives), from (0, 0) on.
std::vector<Point> GainCurve(const ClassifierEvaluation& evaluation) {
  double all = 0;
  for (const auto& decile : evaluation.deciles()) all += static_cast<double>(decile.rows());
  std::vector<Point> curve;
  if (all > 0) curve.push_back({0, 0});
  double rows = 0;
  for (const auto& decile : evaluation.deciles()) {
    rows += static_cast<double>(decile.rows());
    if (all > 0) curve.push_back({rows / all, decile.cumulative_gain()});
  }
  return curve;
}

}  // namespace

Picture GainPicture(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  Chart chart(Axis::Shares("Contacted, highest scores first (share of customers)"),
              Axis::Shares(absl::StrCat("Reached (share of ", names.positives, ")")));
  chart.Guide({0, 0}, {1, 1});
  const std::vector<Point> curve = GainCurve(evaluation);
  chart.Area(curve, 0, "area c0");
  chart.Line(curve, "line c0");
  for (size_t i = 1; i < curve.size(); ++i) {
    chart.Mark(curve[i], 0, 4, absl::StrCat(Share(curve[i].x), " contacted, ", Share(curve[i].y), " reached"));
  }
  std::string says;
  if (curve.size() > 1) {
    const Point third = curve[std::min<size_t>(3, curve.size() - 1)];
    says = absl::StrCat("whoever contacts the ", Share(third.x), " of customers with the highest scores reaches ",
                        Share(third.y), " of the ", names.positives, "; the first tenth alone holds ",
                        Share(curve[1].y), ".");
  }
  return {.heading = "How many a campaign reaches (cumulative gain)",
          .drawing = chart.Svg("Cumulative gain", says),
          .legend = Legend({{LineSwatch("line c0"), "by the model's scores"}, {LineSwatch("guide"), "at random"}}),
          .says = says};
}

}  // namespace clientele::cli
