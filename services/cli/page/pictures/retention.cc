#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/shapes.h"
#include "services/cli/page/survival_pictures.h"

namespace clientele::cli {

using model::v1::SurvivalEvaluation;

Picture RetentionPicture(const SurvivalEvaluation& evaluation, absl::string_view unit) {
  std::vector<Point> curve;
  std::vector<double> rates = {1};
  for (const double rate : evaluation.retention()) {
    curve.push_back({static_cast<double>(curve.size()) + 1, rate});
    rates.push_back(rate);
  }
  const double periods = curve.empty() ? 1 : curve.back().x;
  Chart chart(Axis::Numbers(absl::StrCat("Period (", unit, ")"), {0, periods}),
              Axis::Shares("Of those still there, stay (share)", Rounded({RangeOf(rates).low, 1}, 4)));
  chart.Line(curve, "line c0");
  for (const Point& point : curve) {
    chart.Mark(point, 0, 3.5, absl::StrCat("Period ", Plain(point.x), ": ", Share(point.y)));
  }
  std::string says;
  if (!curve.empty()) {
    says = absl::StrCat("of all customers ", Share(curve.front().y),
                        " stay through the first period, and of those who are "
                        "still there ",
                        Share(curve.back().y), " through period ", Plain(curve.back().x),
                        ". No customer becomes more loyal: those who leave early are gone.");
  }
  return {.heading = "Retention from period to period",
          .drawing = chart.Svg("Retention rates", says),
          .legend = Legend({{LineSwatch("line c0"), "retention rate"}}),
          .says = says};
}

}  // namespace clientele::cli
