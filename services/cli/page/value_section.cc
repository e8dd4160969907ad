#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/tables.h"

namespace clientele::cli {

using model::v1::ValueEvaluation;

namespace {

std::vector<Tile> KeyMeasures(const ValueEvaluation& e, double asked_coverage, absl::string_view unit) {
  std::vector<Tile> tiles = {
      {"Normalised Gini", Significant(e.normalised_gini()), "", "1 where the order is perfect"},
      {"Spearman", Significant(e.spearman()), "", "how well the order is right"},
      {"Best tenth holds", Share(e.top_decile_share()), "", "of all value, predicted highest"},
      {"Predicted / actual", Significant(e.total_ratio()),
       Between(e.total_ratio_lower(), e.total_ratio_upper(), &ThreeDigits), "sums over all customers"},
      {"RMSE", Significant(e.rmse()), "", absl::StrCat("always saying the mean: ", Significant(e.rmse_baseline()))},
      {"MAE", Significant(e.mae()), "", absl::StrCat("always saying the mean: ", Significant(e.mae_baseline()))},
      {"R squared", Significant(e.r_squared()), "", "of the variance, explained"},
      {"Mean value", Significant(e.mean_actual()), "", absl::StrCat("of a customer, actual (", unit, ")")}};
  if (e.mean_interval_width() > 0) {
    tiles.push_back(
        {"Interval coverage", Share(e.interval_coverage()), "", absl::StrCat(Share(asked_coverage), " asked")});
    tiles.push_back({"Interval width", Significant(e.mean_interval_width()), "", "of a prediction, on average"});
  }
  return tiles;
}

std::string UnitOf(const ModelReport& report) {
  const auto& label = report.version.spec().dataset().label();
  if (label.has_attribute()) return label.attribute().attribute();
  return report.currency.empty() ? "base currency" : report.currency;
}

// What share of the values intervals were to hold.
double AskedCoverage(const model::v1::TrainingSpec& spec) {
  constexpr double kOfRegressions = 0.9, kOfLifetimeValue = 0.95;
  const bool lifetime_value = spec.has_lifetime_value();
  const double asked =
      lifetime_value ? spec.lifetime_value().interval_coverage() : spec.value_regression().interval_coverage();
  if (asked > 0) return asked;
  return lifetime_value ? kOfLifetimeValue : kOfRegressions;
}

}  // namespace

Markup ValueSection(const ModelReport& report) {
  const ValueEvaluation& evaluation = report.version.evaluation().value();
  Markup section =
      Section("Key measures", Tiles(KeyMeasures(evaluation, AskedCoverage(report.version.spec()), UnitOf(report))));
  Markup content = Figures({ValueDecilesPicture(evaluation, UnitOf(report)), ValueGainsPicture(evaluation)});
  if (!evaluation.baselines().empty()) {
    content.Add(TableCard("Against simple rules", BaselineTable(evaluation),
                          "Judged on the same customers. RMSE and MAE: lower is better; Spearman and Gini: higher is "
                          "better; the ratio: near 1 is better."));
  }
  content.Add(TableCard("By tenths of the prediction, highest first", DecileTable(evaluation), ""));
  section.Add(Section("How good it is", content));
  return section.Add(CoefficientsSection(report.version));
}

}  // namespace clientele::cli
