#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/model_words.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/tables.h"
#include "services/cli/page/words.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;

namespace {

std::vector<Tile> KeyMeasures(const ClassifierEvaluation& e) {
  const double auc_half = kNormal95 * e.auc_standard_error(), accuracy_half = kNormal95 * e.accuracy_standard_error();
  std::vector<Tile> tiles = {
      {"AUC", Significant(e.auc()), Between(e.auc() - auc_half, std::min(1.0, e.auc() + auc_half), &ThreeDigits),
       "0.5 is chance, 1 perfect"},
      {"Accuracy", Share(e.accuracy()), Between(e.accuracy() - accuracy_half, e.accuracy() + accuracy_half, &Share),
       absl::StrCat("always saying the more frequent: ", Share(e.majority_share()))},
      {"Precision", Share(e.precision()), "", "of those called, how many are"},
      {"Recall", Share(e.recall()), "", "of those who are, how many are called"},
      {"F1", Significant(e.f1()), "", "of precision and recall"},
      {"Log loss", Significant(e.log_loss()), "",
       absl::StrCat("without a model: ", Significant(e.log_loss_baseline()))},
      {"Brier score", Significant(e.brier()), "", "0 is perfect"},
      {"Calibration error", Significant(e.expected_calibration_error()), "", "how far probabilities are off"},
      {"Threshold", Significant(e.threshold()), "", "called from this probability on"}};
  if (e.cost() > 0) tiles.push_back({"Cost", Significant(e.cost()), "", "a customer, at the threshold"});
  return tiles;
}

}  // namespace

Markup ClassifierSection(const ModelReport& report) {
  const ClassifierEvaluation& evaluation = report.version.evaluation().classifier();
  const auto& label = report.version.spec().dataset().label();
  const ClassNames names{PositivesInWords(label), NegativesInWords(label)};
  std::vector<Picture> pictures = {RocPicture(evaluation, names),
                                   PrecisionRecallPicture(evaluation, names),
                                   LiftPicture(evaluation, names),
                                   GainPicture(evaluation, names),
                                   CalibrationPicture(evaluation, names),
                                   ScoresPicture(evaluation, names),
                                   ConfusionPicture(ConfusionOf(evaluation, names))};
  if (!report.penalty_path.empty()) pictures.push_back(PenaltyPathPicture(report.penalty_path));
  Markup section = Section("Key measures", Tiles(KeyMeasures(evaluation)));
  Markup content = Figures(pictures);
  content.Add(TableCard("By tenths of the score, highest first", DecileTable(evaluation), ""));
  section.Add(Section("How good it is", content));
  return section.Add(CoefficientsSection(report.version));
}

}  // namespace clientele::cli
