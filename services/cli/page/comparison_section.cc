#include "absl/strings/str_cat.h"
#include "services/cli/output/format.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/training/comparison_view.h"

namespace clientele::cli {

Markup ComparisonSection(const model::v1::ChampionComparison& comparison) {
  if (comparison.champion_version().empty()) return {};
  Markup content = TextTag("p", {{"class", "lead"}}, ComparisonNote(comparison));
  if (const std::string line = MovementLine(comparison); !line.empty()) content.Add(TextTag("p", {}, line));
  content.Add(TableCard("Measures of both", ComparisonTable(comparison),
                        "A difference whose interval has 0 in it may be chance."));
  content.Add(TableCard("How far the training data has moved", DataDriftTable(comparison),
                        "Population stability index of each feature: below 0.1 it is stable, from 0.25 on it is "
                        "another population."));
  return Section(absl::StrCat("Beside the champion, version ", LastSegment(comparison.champion_version())), content);
}

}  // namespace clientele::cli
