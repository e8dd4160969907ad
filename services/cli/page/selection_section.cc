#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/training/selection_view.h"

namespace clientele::cli {

using model::v1::ValueSelection;

Markup SelectionSection(const ModelReport& report) {
  const ValueSelection& selection = report.version.evaluation().selection();
  Markup items;
  for (const auto& recommendation : selection.recommendations()) {
    Markup item = TextTag("b", {}, DecisionInWords(recommendation.decision()));
    items.Add(Tag("li", {},
                  item.Add(Markup::Text(
                      absl::StrCat(": ", recommendation.candidate(), ". ", Sentence(recommendation.explanation()))))));
  }
  Markup card = TextTag("p", {{"class", "lead"}}, absl::StrCat("Chosen: ", selection.chosen()));
  if (!items.empty()) card.Add(Tag("ul", {{"class", "findings"}}, items));
  if (const std::string anew = LearntAnew(selection); !anew.empty()) card.Add(TextTag("p", {}, anew));
  Markup content = Tag("div", {{"class", "card"}}, card);
  content.Add(
      TableCard("All that were tried", CandidateTable(selection),
                "Judged on the same customers and days, which none has seen when learning. MAE and RMSE: lower is "
                "better; Gini, Spearman and what the best tenth holds: higher is better; the ratio: near 1 is "
                "better. Rules are for comparison and cannot be chosen."));
  const Table failures = FailureTable(selection);
  content.Add(TableCard("Could not be trained", failures, ""));
  return Section("How the model was chosen", content);
}

}  // namespace clientele::cli
