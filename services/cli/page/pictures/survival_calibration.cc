#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/shapes.h"
#include "services/cli/page/survival_pictures.h"

namespace clientele::cli {

using model::v1::SurvivalEvaluation;
using Calibration = SurvivalEvaluation::Calibration;

Picture SurvivalCalibrationPicture(const SurvivalEvaluation& evaluation, absl::string_view unit) {
  std::vector<double> horizons = {0}, shares = {1};
  std::vector<Point> predicted = {{0, 1}};
  for (const Calibration& at : evaluation.calibration()) {
    horizons.push_back(at.horizon());
    shares.insert(shares.end(), {at.predicted(), at.observed()});
    predicted.push_back({at.horizon(), at.predicted()});
  }
  Chart chart(Axis::Numbers(absl::StrCat("Horizon (", unit, ")"), Rounded(RangeOf(horizons), 5)),
              Axis::Shares("Still there (share of customers)", Rounded({RangeOf(shares).low, 1}, 5)));
  chart.Line(predicted, "line dashed c0");
  const Calibration* worst = nullptr;
  for (const Calibration& at : evaluation.calibration()) {
    chart.Mark({at.horizon(), at.observed()}, 1, 5,
               absl::StrCat("After ", Plain(at.horizon()), " ", unit, ": predicted ", Share(at.predicted()), ", seen ",
                            Share(at.observed())));
    const double off = std::abs(at.predicted() - at.observed());
    if (worst == nullptr || off > std::abs(worst->predicted() - worst->observed())) worst = &at;
  }
  std::string says;
  if (worst != nullptr) {
    says = absl::StrCat("after ", Plain(worst->horizon()), " ", unit, " ", Share(worst->observed()),
                        " of the customers were still there and ", Share(worst->predicted()),
                        " predicted to be; at the other horizons the two are nearer to each other.");
  }
  return {.heading = "Whether as many stay as predicted (calibration)",
          .drawing = chart.Svg("Calibration at the horizons", says),
          .legend =
              Legend({{LineSwatch("line dashed c0"), "predicted, on average"}, {MarkSwatch(1), "seen (Kaplan-Meier)"}}),
          .says = says};
}

}  // namespace clientele::cli
