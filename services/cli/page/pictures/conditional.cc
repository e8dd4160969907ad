#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::LifetimeValueEvaluation;
using ConditionalBin = LifetimeValueEvaluation::ConditionalBin;

namespace {

bool HasInterval(const ConditionalBin& bin) { return bin.lower() < bin.upper(); }
bool Inside(const ConditionalBin& bin) {
  return HasInterval(bin) && bin.lower() <= bin.expected() && bin.expected() <= bin.upper();
}

std::string NameOf(const ConditionalBin& bin) { return absl::StrCat(bin.frequency(), bin.and_more() ? "+" : ""); }

std::string Says(const LifetimeValueEvaluation& evaluation) {
  const auto& bins = evaluation.conditional();
  if (bins.empty()) return "";
  const ConditionalBin& last = *bins.rbegin();
  return absl::StrCat(
      "customers who had bought ", last.frequency(), last.and_more() ? " times or more" : " times", " again made ",
      Significant(last.actual()), " purchases in the holdout and ", Significant(last.expected()), " were expected; in ",
      std::count_if(bins.begin(), bins.end(), Inside), " of ", std::count_if(bins.begin(), bins.end(), HasInterval),
      " groups what was expected lies inside the 95 % interval of what came.");
}

}  // namespace

Picture ConditionalPicture(const LifetimeValueEvaluation& evaluation) {
  std::vector<std::string> names;
  std::vector<double> heights = {0};
  for (const ConditionalBin& bin : evaluation.conditional()) {
    names.push_back(NameOf(bin));
    heights.insert(heights.end(), {bin.actual(), bin.expected(), bin.upper()});
  }
  Chart chart(
      Axis::Names("Repeat purchases before the holdout", names),
      Axis::Numbers(absl::StrCat("Mean purchases in the ", Counted(evaluation.holdout_days(), "day"), " held out"),
                    Rounded({0, RangeOf(heights).high}, 5)));
  constexpr double kApart = 0.08;  // So that neither hides the other.
  std::vector<Point> actual, expected;
  for (const ConditionalBin& bin : evaluation.conditional()) {
    const double x = static_cast<double>(actual.size()) + 0.5;
    actual.push_back({x - kApart, bin.actual()});
    expected.push_back({x + kApart, bin.expected()});
    chart.Segment({x - kApart, bin.lower()}, {x - kApart, bin.upper()}, "whisker c1");
  }
  chart.Line(actual, "line thin c1");
  chart.Line(expected, "line dashed c0");
  int i = 0;
  for (const ConditionalBin& bin : evaluation.conditional()) {
    const std::string tooltip = absl::StrCat(NameOf(bin), ": ", Counted(bin.customers(), "customer"), ", actual ",
                                             Significant(bin.actual()), ", expected ", Significant(bin.expected()));
    chart.Mark(actual[i], 1, 4.5, tooltip);
    chart.Mark(expected[i++], 0, 4, tooltip);
  }
  const std::string says = Says(evaluation);
  return {.heading = "Purchases to come, by purchases so far (conditional expectations)",
          .drawing = chart.Svg("Conditional expectations", says),
          .legend = Legend({{MarkSwatch(1), "actual, with 95 % interval"}, {MarkSwatch(0), "expected by the model"}}),
          .says = says};
}

}  // namespace clientele::cli
