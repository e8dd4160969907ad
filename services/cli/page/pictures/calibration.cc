#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;
using Bin = ClassifierEvaluation::CalibrationBin;

namespace {

// "20 % and 30 %", for "between".
std::string Bounds(const Bin& bin) {
  return absl::StrCat(FormatPercent(bin.lower(), 0), " and ", FormatPercent(bin.upper(), 0));
}

Markup Probabilities(const ClassifierEvaluation& evaluation, const ClassNames& names, absl::string_view says) {
  Chart chart(Axis::Shares("Predicted probability"), Axis::Shares(absl::StrCat("Actual share of ", names.positives)));
  chart.Guide({0, 0}, {1, 1});
  for (const Bin& bin : evaluation.calibration()) {
    if (bin.rows() == 0) continue;
    const double x = bin.mean_score();
    chart.Segment({x, bin.share_lower()}, {x, bin.share_upper()}, "whisker c0");
    chart.Mark(
        {x, bin.positive_share()}, 0, 5,
        absl::StrCat("Predicted ", Share(x), ", actual ", Share(bin.positive_share()), " (95 % interval ",
                     Between(bin.share_lower(), bin.share_upper(), &Share), "), ", Counted(bin.rows(), "customer")));
  }
  return chart.Svg("Calibration", says);
}

Markup Scores(const ClassifierEvaluation& evaluation) {
  double most = 0;
  for (const Bin& bin : evaluation.calibration()) most = std::max(most, static_cast<double>(bin.rows()));
  Axis customers = Axis::Numbers("Customers", {0, most});
  customers.tick_count = 2;
  Chart chart(Axis::Shares("Predicted probability"), customers, 64);
  for (const Bin& bin : evaluation.calibration()) {
    chart.Box({bin.lower(), 0}, {bin.upper(), static_cast<double>(bin.rows())}, "bar c0",
              absl::StrCat(Counted(bin.rows(), "customer"), " between ", Bounds(bin)));
  }
  return chart.Svg("Customers by predicted probability", "How many customers each point above stands for.");
}

std::string Says(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const auto fullest = std::max_element(evaluation.calibration().begin(), evaluation.calibration().end(),
                                        [](const Bin& a, const Bin& b) { return a.rows() < b.rows(); });
  if (fullest == evaluation.calibration().end() || fullest->rows() == 0) return "";
  return absl::StrCat("of the ", Counted(fullest->rows(), "customer"), " given between ", Bounds(*fullest), ", ",
                      Share(fullest->positive_share()), " are ", names.positives, "; over everybody a probability is ",
                      Significant(100 * evaluation.expected_calibration_error(), 2), " points off on average.");
}

}  // namespace

Picture CalibrationPicture(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const std::string says = Says(evaluation, names);
  Markup drawing = Probabilities(evaluation, names, says);
  drawing.Add(Scores(evaluation));
  Markup line = LineSwatch("guide");
  return {.heading = "Whether probabilities can be taken at their word (calibration)",
          .drawing = std::move(drawing),
          .legend = Legend({{MarkSwatch(0), "share with 95 % interval"}, {std::move(line), "perfect"}}),
          .says = says};
}

}  // namespace clientele::cli
