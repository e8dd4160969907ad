#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::LogisticRegressionModel;
using PathPoint = LogisticRegressionModel::PathPoint;

namespace {

// The losses' range with their errors; wild ends of the path are cut, for they would flatten the rest.
Range LossRange(const PenaltyPathPoints& path) {
  std::vector<double> losses;
  for (const PathPoint& point : path) {
    losses.push_back(point.log_loss() - point.log_loss_standard_error());
    losses.push_back(point.log_loss() + point.log_loss_standard_error());
  }
  return Rounded(RangeOf(losses), 5);
}

std::string Says(const PenaltyPathPoints& path) {
  int most = 0;
  for (const PathPoint& point : path) most = std::max(most, point.nonzero());
  for (const PathPoint& point : path) {
    if (!point.chosen()) continue;
    return absl::StrCat("the strength ", Significant(point.strength()), " was chosen; it keeps ", point.nonzero(),
                        " of up to ", most, " coefficients, at a log loss of ", Significant(point.log_loss()),
                        " (standard error ", Significant(point.log_loss_standard_error(), 2),
                        ") on rows that were left out.");
  }
  return "no strength was chosen.";
}

}  // namespace

Picture PenaltyPathPicture(const PenaltyPathPoints& path) {
  std::vector<double> strengths;
  std::vector<Point> curve;
  for (const PathPoint& point : path) {
    strengths.push_back(point.strength());
    curve.push_back({point.strength(), point.log_loss()});
  }
  const Range losses = LossRange(path);
  Chart chart(Axis::LogNumbers("Strength of the penalty (logarithmic)", RangeOf(strengths, /*positive_only=*/true)),
              Axis::Numbers("Log loss on rows left out", losses));
  for (const PathPoint& point : path) {
    const double error = point.log_loss_standard_error();
    chart.Segment({point.strength(), point.log_loss() - error}, {point.strength(), point.log_loss() + error},
                  "whisker c0");
    if (point.chosen()) chart.Guide({point.strength(), losses.low}, {point.strength(), losses.high});
  }
  chart.Line(curve, "line c0");
  const int every = std::max(1, path.size() / 8);
  for (int i = 0; i < path.size(); ++i) {
    chart.Mark(curve[i], path[i].chosen() ? 1 : 0, path[i].chosen() ? 6 : 3,
               absl::StrCat(Counted(path[i].nonzero(), "coefficient")));
    if (i % every == 0) {
      chart.Label({curve[i].x, losses.high}, absl::StrCat(path[i].nonzero()), Anchor::kMiddle, {0, 11});
    }
  }
  const std::string says = Says(path);
  return {.heading = "How the penalty was chosen",
          .drawing = chart.Svg("Penalty path", says),
          .legend = Legend({{MarkSwatch(0), "mean and standard error over folds; above, how many coefficients stay"},
                            {MarkSwatch(1), "chosen"}}),
          .says = says};
}

}  // namespace clientele::cli
