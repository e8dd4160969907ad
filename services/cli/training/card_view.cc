#include "services/cli/training/card_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"
#include "services/cli/training/comparison_view.h"
#include "services/cli/training/evaluation_view.h"

namespace clientele::cli {

using model::v1::ModelCard;
using CardMetric = ModelCard::CardMetric;
using Limit = ModelCard::Limit;

namespace {

constexpr int kMostFeatures = 20;

Cell ValueCell(const CardMetric& metric, double value) {
  if (metric.unit() == CardMetric::UNIT_SHARE) return Cell::Percent(value, 1);
  Cell cell = Cell::Number(value, 6);
  cell.shown = Significant(value, 4);
  return cell;
}

std::string IntervalText(const CardMetric& metric) {
  if (!metric.has_lower()) return "";
  return absl::StrCat(ValueCell(metric, metric.lower()).shown, " to ", ValueCell(metric, metric.upper()).shown);
}

Table LimitsTable(const ModelCard& card) {
  Table table({{"severity", "How bad"}, {"code", "Code"}, {"text", "What"}});
  for (const Limit& limit : card.limits()) {
    table.AddRow({Cell::Text(SeverityText(limit.severity())), Cell::Text(limit.code()), Cell::Text(limit.text())});
  }
  return table;
}

Table FeaturesTable(const ModelCard& card) {
  Table table({{"feature", "Feature"},
               {"importance", "Weight", Align::kRight},
               {"direction", "More of it"},
               {"missing", "Missing", Align::kRight},
               {"name", "Name"},
               {"unit", "Unit"}});
  const bool weighed = !card.importance_basis().empty();
  for (int i = 0; i < std::min(kMostFeatures, card.features_size()); ++i) {
    const ModelCard::CardFeature& feature = card.features(i);
    table.AddRow({Cell::Text(feature.feature()), weighed ? Cell::Percent(feature.importance(), 1) : Cell::Missing(),
                  Cell::Text(feature.direction()), Cell::Percent(feature.missing_share(), 1),
                  Cell::Text(feature.display_name()), Cell::Text(feature.unit())});
  }
  return table;
}

void ShowData(const ModelCard& card, Console& console) {
  const ModelCard::DataWindow& data = card.data();
  if (!data.label().empty()) console.Say(absl::StrCat("Predicted: ", data.label()));
  console.Say(absl::StrCat(Counted(data.train_rows(), "customer"), " learnt from, ", FormatCount(data.holdout_rows()),
                           " judged on",
                           data.has_as_of() ? absl::StrCat(", as of ", FormatDate(FromProto(data.as_of()))) : "",
                           ". Split: ", data.split(), "."));
}

}  // namespace

std::string SeverityText(Limit::Severity severity) {
  return Words(absl::StripPrefix(Limit::Severity_Name(severity), "SEVERITY_"));
}

Table CardMetricsTable(const ModelCard& card) {
  Table table({{"metric", "Measure"},
               {"value", "Value", Align::kRight},
               {"interval", "95 %"},
               {"baseline", "Without", Align::kRight},
               {"baseline_name", "That is"},
               {"meaning", "What it means"}});
  for (const CardMetric& metric : card.metrics()) {
    table.AddRow({Cell::Text(metric.title()), ValueCell(metric, metric.value()), Cell::Text(IntervalText(metric)),
                  metric.has_baseline() ? ValueCell(metric, metric.baseline()) : Cell::Missing(),
                  Cell::Text(metric.baseline_name()), Cell::Text(metric.meaning())});
  }
  return table;
}

void ShowCard(const ModelCard& card, Console& console) {
  console.Say(absl::StrCat(card.model_version(), "  ", card.algorithm(), ", SHA-256 ", card.sha256().substr(0, 12)));
  if (!card.aliases().empty()) console.Say(absl::StrCat("Aliases: ", absl::StrJoin(card.aliases(), ", ")));
  console.Say(card.summary());
  console.Heading("Know before you trust it");
  if (card.limits().empty()) console.Say("No limit was found.");
  if (!card.limits().empty()) console.Print(LimitsTable(card));
  console.Heading("How good it is");
  console.Print(CardMetricsTable(card));
  if (card.gate_decision().decision() != 0) console.Say(absl::StrCat("Gate: ", DecisionText(card.gate_decision())));
  ShowComparison(card.gate_decision().comparison(), console);
  console.Heading("What it looks at");
  console.Print(FeaturesTable(card));
  if (card.features_size() > kMostFeatures)
    console.Say(absl::StrCat("And ", card.features_size() - kMostFeatures, " more."));
  if (!card.importance_basis().empty()) console.Say(absl::StrCat("Weight: ", card.importance_basis(), "."));
  console.Heading("What it was made of");
  ShowData(card, console);
}

}  // namespace clientele::cli
