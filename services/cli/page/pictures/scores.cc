#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;
using Histogram = google::protobuf::RepeatedField<double>;

namespace {

// A histogram's outline in shares of its sum. Empty where that is 0.
std::vector<Point> Outline(const Histogram& rows) {
  double sum = 0;
  for (double count : rows) sum += count;
  std::vector<Point> outline;
  if (!(sum > 0)) return outline;
  for (int i = 0; i < rows.size(); ++i) {
    outline.push_back({static_cast<double>(i) / rows.size(), rows[i] / sum});
    outline.push_back({(i + 1.0) / rows.size(), rows[i] / sum});
  }
  return outline;
}

double Highest(const std::vector<Point>& outline) {
  double highest = 0;
  for (const Point& point : outline) highest = std::max(highest, point.y);
  return highest;
}

}  // namespace

Picture ScoresPicture(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const std::vector<Point> positives = Outline(evaluation.score_histogram_positives());
  const std::vector<Point> negatives = Outline(evaluation.score_histogram_negatives());
  const double top = std::max(Highest(positives), Highest(negatives));
  Chart chart(Axis::Shares("Predicted probability"), Axis::Shares("Share of each group", Rounded({0, top}, 5)));
  const double threshold = evaluation.threshold();
  chart.Guide({threshold, 0}, {threshold, 1});
  chart.Area(negatives, 0, "area c0");
  chart.Area(positives, 0, "area c1");
  chart.Line(negatives, "line c0");
  chart.Line(positives, "line dashed c1");
  const auto& confusion = evaluation.confusion();
  const double found = static_cast<double>(confusion.true_positives()) /
                       static_cast<double>(confusion.true_positives() + confusion.false_negatives());
  const double mistaken = static_cast<double>(confusion.false_positives()) /
                          static_cast<double>(confusion.false_positives() + confusion.true_negatives());
  std::string says = absl::StrCat("from the threshold ", Significant(threshold), " on lie ", Share(found), " of the ",
                                  names.positives, " and ", Share(mistaken), " of the ", names.negatives,
                                  "; the less the two hills overlap, the better the model.");
  return {.heading = "Where the two groups score",
          .drawing = chart.Svg("Score distribution of both groups", says),
          .legend = Legend({{LineSwatch("line dashed c1"), names.positives},
                            {LineSwatch("line c0"), names.negatives},
                            {LineSwatch("guide"), "threshold"}}),
          .says = std::move(says)};
}

}  // namespace clientele::cli
