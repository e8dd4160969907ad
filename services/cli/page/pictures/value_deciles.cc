#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ValueEvaluation;
using Decile = ValueEvaluation::Decile;

namespace {

// Where all customers of a tenth are worth the same, their mean has no interval.
bool HasInterval(const Decile& decile) { return decile.lower() < decile.upper(); }

bool Inside(const Decile& decile) {
  return HasInterval(decile) && decile.lower() <= decile.mean_predicted() && decile.mean_predicted() <= decile.upper();
}

Range ValueRange(const ValueEvaluation& evaluation) {
  std::vector<double> values = {0};
  for (const Decile& decile : evaluation.deciles()) {
    values.insert(values.end(), {decile.mean_predicted(), decile.mean_actual(), decile.lower(), decile.upper()});
  }
  return Rounded(RangeOf(values), 5);
}

std::string Says(const ValueEvaluation& evaluation, absl::string_view unit) {
  if (evaluation.deciles().empty()) return "";
  const Decile& first = evaluation.deciles(0);
  const auto intervals = std::count_if(evaluation.deciles().begin(), evaluation.deciles().end(), HasInterval);
  const auto inside = std::count_if(evaluation.deciles().begin(), evaluation.deciles().end(), Inside);
  return absl::StrCat("the tenth predicted highest was to bring ", Significant(first.mean_predicted()), " ", unit,
                      " a customer and brought ", Significant(first.mean_actual()), "; in ", inside, " of the ",
                      intervals,
                      " tenths that have one the prediction lies inside the 95 % interval of the actual mean.");
}

}  // namespace

Picture ValueDecilesPicture(const ValueEvaluation& evaluation, absl::string_view unit) {
  Chart chart(Axis::Ranks("Tenth of customers, by prediction (1: highest)", evaluation.deciles_size()),
              Axis::Numbers(absl::StrCat("Mean value of a customer (", unit, ")"), ValueRange(evaluation)));
  std::vector<Point> predicted;
  double x = 0.5;
  for (const Decile& decile : evaluation.deciles()) {
    chart.Box({x - 0.34, 0}, {x + 0.34, decile.mean_actual()}, "bar soft c1",
              absl::StrCat("Actual ", Significant(decile.mean_actual()), " (95 % interval ",
                           Between(decile.lower(), decile.upper(), &ThreeDigits), ")"));
    chart.Segment({x, decile.lower()}, {x, decile.upper()}, "whisker c1");
    predicted.push_back({x, decile.mean_predicted()});
    x += 1;
  }
  chart.Line(predicted, "line thin c0");
  for (const Point& point : predicted) {
    chart.Mark(point, 0, 4.5, absl::StrCat("Predicted ", Significant(point.y)));
  }
  const std::string says = Says(evaluation, unit);
  return {.heading = "Predicted against actual value",
          .drawing = chart.Svg("Predicted and actual value by tenths", says),
          .legend = Legend({{MarkSwatch(0), "predicted"}, {FillSwatch("bar soft c1"), "actual, with 95 % interval"}}),
          .says = says};
}

}  // namespace clientele::cli
