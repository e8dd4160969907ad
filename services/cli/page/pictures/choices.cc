#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ClusterEvaluation;
using Choice = ClusterEvaluation::Choice;

namespace {

struct Measure {
  absl::string_view title;
  absl::string_view better;
  double (*of)(const Choice&);
};

constexpr Measure kMeasures[] = {
    {"Silhouette", "higher is better", [](const Choice& choice) { return choice.silhouette(); }},
    {"Calinski-Harabasz", "higher is better", [](const Choice& choice) { return choice.calinski_harabasz(); }},
    {"Inertia", "always falls; look for the bend", [](const Choice& choice) { return choice.inertia(); }},
};

Markup Curve(const ClusterEvaluation& evaluation, const Measure& measure) {
  std::vector<double> values, counts;
  std::vector<Point> curve;
  for (const Choice& choice : evaluation.choices()) {
    values.push_back(measure.of(choice));
    counts.push_back(choice.num_clusters());
    curve.push_back({counts.back(), values.back()});
  }
  Axis y = Axis::Numbers(absl::StrCat(measure.title, " (", measure.better, ")"), Rounded(RangeOf(values), 3));
  y.tick_count = 3;
  Axis x = Axis::Numbers("Number of clusters", RangeOf(counts));
  x.tick_count = static_cast<int>(std::clamp(x.range.high - x.range.low, 1.0, 8.0));  // Whole numbers.
  Chart chart(x, y, 100);
  chart.Line(curve, "line c0");
  for (int i = 0; i < evaluation.choices_size(); ++i) {
    const bool chosen = evaluation.choices(i).chosen();
    chart.Mark(curve[i], chosen ? 1 : 0, chosen ? 6 : 3.5,
               absl::StrCat(counts[i], " clusters: ", Significant(values[i])));
  }
  return chart.Svg(absl::StrCat(measure.title, " by number of clusters"), measure.better);
}

std::string Says(const ClusterEvaluation& evaluation) {
  for (const Choice& choice : evaluation.choices()) {
    if (!choice.chosen()) continue;
    return absl::StrCat("of ", evaluation.choices_size(), " numbers of clusters that were tried, ",
                        choice.num_clusters(), " was chosen, with a silhouette of ", Significant(choice.silhouette()),
                        " and a Calinski-Harabasz index of ", Significant(choice.calinski_harabasz()), ".");
  }
  return "";
}

}  // namespace

Picture ChoicesPicture(const ClusterEvaluation& evaluation) {
  Markup drawing;
  for (const Measure& measure : kMeasures) drawing.Add(Curve(evaluation, measure));
  return {.heading = "How the number of clusters was chosen",
          .drawing = std::move(drawing),
          .legend = Legend({{MarkSwatch(1), "chosen"}, {MarkSwatch(0), "tried"}}),
          .says = Says(evaluation)};
}

}  // namespace clientele::cli
