#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/tables.h"

namespace clientele::cli {

using model::v1::MulticlassEvaluation;

namespace {

std::vector<Tile> KeyMeasures(const MulticlassEvaluation& e) {
  const double half = kNormal95 * e.accuracy_standard_error();
  return {{"Accuracy", Share(e.accuracy()), Between(e.accuracy() - half, e.accuracy() + half, &Share),
           absl::StrCat("always saying the most frequent: ", Share(e.majority_share()))},
          {"Macro F1", Significant(e.macro_f1()), "", "mean of the classes' F1"},
          {"Log loss", Significant(e.log_loss()), "",
           absl::StrCat("without a model: ", Significant(e.log_loss_baseline()))},
          {"Classes", FormatCount(e.classes_size()), "", ""}};
}

}  // namespace

Markup ClassesSection(const ModelReport& report) {
  const MulticlassEvaluation& evaluation = report.version.evaluation().classes();
  Markup section = Section("Key measures", Tiles(KeyMeasures(evaluation)));
  Markup content = Figures({ConfusionPicture(ConfusionOf(evaluation))});
  content.Add(
      TableCard("By class", ClassTable(evaluation),
                "Precision: of those called so, how many are. Recall: of those who are, how many are called so."));
  section.Add(Section("How good it is", content));
  return section.Add(CoefficientsSection(report.version));
}

}  // namespace clientele::cli
