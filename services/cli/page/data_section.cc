#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"
#include "common/text/model_words.h"
#include "common/text/numbers.h"
#include "common/text/values.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/words.h"

namespace clientele::cli {

using inference::v1::InputColumn;
using inference::v1::ModelVersion;

namespace {

Markup FeatureList(const ModelVersion& version) {
  if (version.inputs().empty()) return {};
  Table table({{"feature", "Feature"}, {"name", "Name"}, {"unit", "Unit"}});
  for (const InputColumn& input : version.inputs()) {
    table.AddRow({Cell::Text(input.feature()), Cell::Text(input.display_name()), Cell::Text(input.unit())});
  }
  Markup details =
      TextTag("summary", {}, absl::StrCat("The ", Counted(version.inputs_size(), "feature"), " it looks at"));
  return Tag("details", {}, details.Add(ToHtml(table)));
}

// Models of purchases, and selections, learn from what was before a day and are judged on what came after it.
bool JudgedInTime(const ModelVersion& version) {
  const auto& evaluation = version.evaluation();
  const bool in_time = evaluation.has_lifetime_value() || evaluation.has_selection();
  const auto& split = version.spec().split();
  return in_time && (split.none() || split.rule_case() == model::v1::Split::RULE_NOT_SET);
}

}  // namespace

Markup DataSection(const ModelVersion& version) {
  const auto& dataset = version.spec().dataset();
  const auto& evaluation = version.evaluation();
  const std::string held_out = version.spec().split().none() ? "" : Counted(evaluation.holdout_rows(), "customer");
  Markup card =
      Facts({{"Predicted", LabelInWords(dataset.label())},
             {"Seen as of", dataset.has_as_of() ? FormatDateTime(FromProto(dataset.as_of())) + " UTC" : std::string()},
             {"Trained on", Counted(evaluation.train_rows(), "customer")},
             {"Judged on, held out", held_out},
             {"Split", JudgedInTime(version) ? "In time: learnt from what was before, judged on what came after"
                                             : SplitInWords(version.spec().split())}});
  card.Add(FeatureList(version));
  return Section("Data", Tag("div", {{"class", "card"}}, card));
}

}  // namespace clientele::cli
