#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/survival_pictures.h"
#include "services/cli/page/survival_tables.h"

namespace clientele::cli {

using model::v1::SurvivalEvaluation;
using model::v1::SurvivalParameters;

namespace {

// "months": as the spec says it, else as the feature does.
std::string UnitOf(const ModelReport& report) {
  const SurvivalParameters& parameters = report.version.spec().survival();
  if (!parameters.duration_unit().empty()) return parameters.duration_unit();
  for (const auto& input : report.version.inputs()) {
    if (input.feature() == parameters.duration_feature() && !input.unit().empty()) return input.unit();
  }
  return parameters.duration_feature().empty() ? "time" : parameters.duration_feature();
}

bool IsSmooth(SurvivalParameters::Method method) {
  return method == SurvivalParameters::METHOD_WEIBULL || method == SurvivalParameters::METHOD_EXPONENTIAL;
}

std::vector<Tile> KeyMeasures(const SurvivalEvaluation& e, bool held_out) {
  const double error = kNormal95 * e.concordance_standard_error();
  std::vector<Tile> tiles;
  if (e.concordance() > 0) {
    tiles.push_back({"Concordance", Significant(e.concordance()),
                     Between(e.concordance() - error, e.concordance() + error, &ThreeDigits),
                     "how often who stays longer is told right; chance: 0.5"});
  }
  if (held_out) {
    tiles.push_back(
        {"Concordance in training", Significant(e.train_concordance()), "", "much higher: learnt by heart"});
  }
  tiles.push_back({"Left", FormatCount(e.events()), "", "customers whose end was seen"});
  if (!e.curves().empty()) {
    const auto& all = e.curves(0);
    tiles.push_back({"Half have left after", all.has_median() ? Plain(all.median()) : "n/a",
                     all.has_median_lower() && all.has_median_upper()
                         ? Between(all.median_lower(), all.median_upper(), &Plain)
                         : "",
                     all.has_median() ? "of all customers" : "fewer than half did while they were watched"});
  }
  return tiles;
}

std::string LogRankInWords(const SurvivalEvaluation::Test& test) {
  return absl::StrCat("Chi squared ", Significant(test.chi_squared()), " with ", Plain(test.degrees_of_freedom()),
                      " degrees of freedom, p-value ", PValue(test.p_value()),
                      test.p_value() < 0.05 ? ": the groups differ in how long they stay."
                                            : ": the groups cannot be told apart in how long they stay.");
}

Markup Curves(const SurvivalEvaluation& e, absl::string_view unit, bool smooth) {
  std::vector<Picture> pictures;
  if (!e.curves().empty()) pictures.push_back(KaplanMeierPicture(e, unit));
  if (!e.model_curves().empty()) pictures.push_back(ModelCurvesPicture(e, unit, smooth));
  if (!e.calibration().empty()) pictures.push_back(SurvivalCalibrationPicture(e, unit));
  if (!e.retention().empty()) pictures.push_back(RetentionPicture(e, unit));
  Markup content = Figures(pictures);
  content.Add(TableCard("By group", GroupTable(e, unit), ""));
  if (e.has_log_rank()) {
    content.Add(TableCard("Whether the groups differ (log-rank test)", LogRankTable(e.log_rank()),
                          LogRankInWords(e.log_rank().test())));
  }
  content.Add(TableCard("Predicted and seen", SurvivalCalibrationTable(e, unit), ""));
  return content.Add(TableCard("Retention", RetentionTable(e), ""));
}

Markup TestsSection(const SurvivalEvaluation& e) {
  Markup content = TableCard("Whether the model says anything", GlobalTestTable(e),
                             "Against a model in which all customers are alike. p-values near 0: it does.");
  content.Add(
      TableCard("Whether effects stay the same through time (Grambsch and Therneau)", ProportionalityTable(e),
                "A proportional hazards model takes them to. A p-value below 0.05 says that this column's effect "
                "changes as time goes on: its factor is then a mean over time; as a stratum it would need none."));
  return content.empty() ? Markup() : Section("Tests", content);
}

}  // namespace

Markup SurvivalSection(const ModelReport& report) {
  const SurvivalEvaluation& evaluation = report.version.evaluation().survival();
  const bool smooth = IsSmooth(report.version.spec().survival().method());
  Markup section = Section("Key measures", Tiles(KeyMeasures(evaluation, !report.version.spec().split().none())));
  section.Add(Section("How long customers stay", Curves(evaluation, UnitOf(report), smooth)));
  return section.Add(CoefficientsSection(report.version)).Add(TestsSection(evaluation));
}

}  // namespace clientele::cli
