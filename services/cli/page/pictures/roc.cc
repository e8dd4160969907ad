#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;

namespace {

std::string Says(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const double half = kNormal95 * evaluation.auc_standard_error();
  const std::string interval =
      Between(evaluation.auc() - half, std::min(1.0, evaluation.auc() + half), [](double x) { return Share(x); });
  return absl::StrCat("drawn at random, one of the ", names.positives, " scores above one of the ", names.negatives,
                      " in ", Share(evaluation.auc()), " of the pairs",
                      interval.empty() ? "" : absl::StrCat(" (95 % interval ", interval, ")"),
                      "; without a model it would be 50 %.");
}

}  // namespace

Picture RocPicture(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const auto& confusion = evaluation.confusion();
  Chart chart(Axis::Shares(absl::StrCat("Wrongly called (share of ", names.negatives, ")")),
              Axis::Shares(absl::StrCat("Found (share of ", names.positives, ")")));
  chart.Guide({0, 0}, {1, 1});
  const std::vector<Point> curve = ToPoints(evaluation.roc_curve());
  chart.Area(curve, 0, "area c0");
  chart.Line(curve, "line c0");
  const double negatives = static_cast<double>(confusion.false_positives() + confusion.true_negatives());
  const double positives = static_cast<double>(confusion.true_positives() + confusion.false_negatives());
  const Point threshold{confusion.false_positives() / negatives, confusion.true_positives() / positives};
  if (!curve.empty()) {
    chart.Mark(threshold, 1, 6, "At the threshold");
    chart.Label(threshold, absl::StrCat("threshold ", Significant(evaluation.threshold())), Anchor::kStart, {11, 14});
    chart.Label({1, 0}, absl::StrCat("AUC ", Significant(evaluation.auc())), Anchor::kEnd, {-8, -12});
  }
  const std::string says = Says(evaluation, names);
  return {.heading = "How well the two are told apart (ROC curve)",
          .drawing = chart.Svg("ROC curve", says),
          .legend = {},
          .says = says};
}

}  // namespace clientele::cli
