#include "services/cli/training/comparison_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using model::v1::ChampionComparison;
using model::v1::FeatureShift;
using model::v1::MetricComparison;
using model::v1::ScoreMovement;

constexpr int kMostFeatures = 10;

Cell WithInterval(double value, bool known, double lower, double upper) {
  Cell cell = Cell::Number(value, 4);
  const std::string between = known ? Between(lower, upper, ThreeDigits) : "";
  if (!between.empty()) absl::StrAppend(&cell.shown, " (", between, ")");
  return cell;
}

// "better", "worse": beyond chance; empty: the interval is not known.
std::string VerdictOf(const MetricComparison& metric) {
  if (!metric.has_difference_lower()) return "";
  if (metric.difference_lower() <= 0 && metric.difference_upper() >= 0) return "may be chance";
  return (metric.difference() > 0) != metric.lower_is_better() ? "better" : "worse";
}

}  // namespace

Table ComparisonTable(const ChampionComparison& comparison) {
  Table table({{"metric", "Measure"},
               {"value", "New", Align::kRight},
               {"champion", "Champion", Align::kRight},
               {"difference", "Difference", Align::kRight},
               {"verdict", "The new one is"}});
  for (const MetricComparison& metric : comparison.metrics()) {
    table.AddRow(
        {Cell::Text(metric.metric()), WithInterval(metric.value(), metric.has_lower(), metric.lower(), metric.upper()),
         WithInterval(metric.champion(), metric.has_champion_lower(), metric.champion_lower(), metric.champion_upper()),
         WithInterval(metric.difference(), metric.has_difference_lower(), metric.difference_lower(),
                      metric.difference_upper()),
         Cell::Text(VerdictOf(metric))});
  }
  return table;
}

Table DataDriftTable(const ChampionComparison& comparison) {
  Table table({{"feature", "Feature"},
               {"population_stability_index", "Index", Align::kRight},
               {"champion_missing", "Missing before", Align::kRight},
               {"missing", "Missing now", Align::kRight}});
  for (int i = 0; i < std::min(kMostFeatures, comparison.data_drift_size()); ++i) {
    const FeatureShift& shift = comparison.data_drift(i);
    table.AddRow({Cell::Text(shift.feature()), Cell::Number(shift.population_stability_index(), 3),
                  Cell::Percent(shift.champion_missing_share(), 1), Cell::Percent(shift.missing_share(), 1)});
  }
  return table;
}

std::string ComparisonNote(const ChampionComparison& comparison) {
  if (!comparison.not_compared().empty()) {
    return absl::StrCat("The two were not judged on the same customers: ", comparison.not_compared(), ".");
  }
  return absl::StrCat(
      "Both judged on the same ", Counted(comparison.rows(), "customer"), ", with 95 % intervals.",
      comparison.same_split() ? "" : " The champion was split otherwise: some of them may have taught it.");
}

std::string MovementLine(const ChampionComparison& comparison) {
  if (!comparison.has_movement()) return "";
  const ScoreMovement& movement = comparison.movement();
  std::string line = absl::StrCat(Share(movement.moved_share()), " of the customers stand in another tenth, ",
                                  Share(movement.far_moved_share()), " by two or more");
  if (movement.has_decision_changed_share()) {
    absl::StrAppend(&line, "; ", Share(movement.decision_changed_share()), " are called otherwise");
  }
  if (!movement.value_feature().empty()) {
    absl::StrAppend(&line, "; ", movement.value_feature(), " of those who moved up: ",
                    FormatNumber(movement.value_moved_up(), 2), ", down: ",
                    FormatNumber(movement.value_moved_down(), 2));
  }
  return absl::StrCat(line, ".");
}

void ShowComparison(const ChampionComparison& comparison, Console& console) {
  if (comparison.champion_version().empty()) return;
  console.Heading(absl::StrCat("Beside the champion, version ", LastSegment(comparison.champion_version())));
  console.Say(ComparisonNote(comparison));
  if (comparison.metrics_size() > 0) console.Print(ComparisonTable(comparison));
  if (const std::string line = MovementLine(comparison); !line.empty()) console.Say(line);
  if (comparison.data_drift_size() == 0) return;
  console.Say("How far the training data has moved since (from 0.25 on: far):");
  console.Print(DataDriftTable(comparison));
}

}  // namespace clientele::cli
