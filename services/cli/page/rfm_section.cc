#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/rfm_pictures.h"
#include "services/cli/page/sections.h"
#include "services/cli/training/rfm_evaluation_view.h"

namespace clientele::cli {

using model::v1::RfmEvaluation;

namespace {

std::vector<Tile> KeyMeasures(const RfmEvaluation& e, const std::string& currency) {
  double value = 0;
  int64_t filled = 0;
  for (const auto& segment : e.segments()) {
    value += segment.value();
    filled += segment.customers() > 0 ? 1 : 0;
  }
  std::vector<Tile> tiles = {{"Segments", FormatCount(filled), "", "that somebody is in"},
                             {"Customers", FormatCount(ScoredCustomers(e)), "", "with a purchase"},
                             {"Value", Significant(value), "", currency.empty() ? "of them all" : currency}};
  if (e.unscored() > 0) tiles.push_back({"No purchase yet", FormatCount(e.unscored()), "", "customers without scores"});
  if (const auto* most = MostValuable(e)) {
    tiles.push_back(
        {"Most valuable", Share(most->value_share()), "", absl::StrCat("of the value is with ", most->name())});
  }
  return tiles;
}

}  // namespace

Markup RfmSection(const ModelReport& report) {
  const RfmEvaluation& evaluation = report.version.evaluation().rfm();
  std::vector<Picture> pictures = {RfmSegmentsPicture(evaluation), RfmCustomersPicture(evaluation),
                                   RfmValuePicture(evaluation)};
  if (!evaluation.moves().empty()) pictures.push_back(RfmMovesPicture(evaluation));
  Markup section = Section("Key measures", Tiles(KeyMeasures(evaluation, report.currency)));
  Markup content = Figures(pictures);
  content.Add(
      TableCard("The segments in numbers", RfmSegmentTable(evaluation),
                "Recency, frequency and monetary value are means of a customer. Change: since the previous numbers."));
  content.Add(TableCard("What to do", RfmActionTable(evaluation), ""));
  return section.Add(Section("The segments", content));
}

}  // namespace clientele::cli
