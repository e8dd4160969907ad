#include "services/cli/page/tables.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/numbers.h"
#include "services/cli/page/strongest.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;
using model::v1::ClusterEvaluation;
using model::v1::Coefficient;
using model::v1::MulticlassEvaluation;
using model::v1::ValueEvaluation;

namespace {

Cell Three(double value) { return Cell::Text(Significant(value)); }
Cell AsShare(double share) { return Cell::Text(Share(share)); }

std::vector<Cell> CoefficientRow(const Coefficient& coefficient) {
  const bool effect = coefficient.effect() > 0;
  return {Cell::Text(coefficient.column()),
          Three(coefficient.estimate()),
          Cell::Text(Between(coefficient.lower(), coefficient.upper(), &ThreeDigits)),
          coefficient.standard_error() > 0 ? Cell::Text(PValue(coefficient.p_value())) : Cell::Missing(),
          effect ? Three(coefficient.effect()) : Cell::Missing(),
          Cell::Text(effect ? Between(coefficient.effect_lower(), coefficient.effect_upper(), &ThreeDigits) : "")};
}

}  // namespace

Table CoefficientTable(const Coefficients& coefficients, absl::string_view part) {
  Table table({{"column", "Column"},
               {"estimate", "Coefficient", Align::kRight},
               {"interval", "95 % interval", Align::kRight},
               {"p_value", "p-value", Align::kRight},
               {"effect", "Factor", Align::kRight},
               {"effect_interval", "95 % interval", Align::kRight}});
  for (const Coefficient* coefficient : Strongest(coefficients, part)) table.AddRow(CoefficientRow(*coefficient));
  for (const Coefficient& coefficient : coefficients) {
    const bool intercept = IsIntercept(coefficient) && part == coefficient.part();
    if (intercept) table.AddRow(CoefficientRow(coefficient));
  }
  return table;
}

Table DecileTable(const ClassifierEvaluation& evaluation) {
  Table table({{"decile", "Tenth", Align::kRight},
               {"rows", "Customers", Align::kRight},
               {"mean_score", "Predicted", Align::kRight},
               {"positive_share", "Actual", Align::kRight},
               {"lift", "Lift", Align::kRight},
               {"cumulative_gain", "Reached so far", Align::kRight}});
  int64_t number = 0;
  for (const auto& decile : evaluation.deciles()) {
    table.AddRow({Cell::Count(++number), Cell::Count(decile.rows()), AsShare(decile.mean_score()),
                  AsShare(decile.positive_share()), Three(decile.lift()), AsShare(decile.cumulative_gain())});
  }
  return table;
}

Table DecileTable(const ValueEvaluation& evaluation) {
  Table table({{"decile", "Tenth", Align::kRight},
               {"rows", "Customers", Align::kRight},
               {"mean_predicted", "Predicted", Align::kRight},
               {"mean_actual", "Actual", Align::kRight},
               {"interval", "95 % interval", Align::kRight},
               {"cumulative_share", "Of all value so far", Align::kRight}});
  int64_t number = 0;
  for (const auto& decile : evaluation.deciles()) {
    table.AddRow({Cell::Count(++number), Cell::Count(decile.rows()), Three(decile.mean_predicted()),
                  Three(decile.mean_actual()), Cell::Text(Between(decile.lower(), decile.upper(), &ThreeDigits)),
                  AsShare(decile.cumulative_share())});
  }
  return table;
}

Table BaselineTable(const ValueEvaluation& evaluation) {
  Table table({{"name", "Rule"},
               {"rmse", "RMSE", Align::kRight},
               {"mae", "MAE", Align::kRight},
               {"spearman", "Spearman", Align::kRight},
               {"normalised_gini", "Normalised Gini", Align::kRight},
               {"total_ratio", "Predicted sum / actual", Align::kRight}});
  const auto add = [&](absl::string_view name, const auto& measures) {
    table.AddRow({Cell::Text(name), Three(measures.rmse()), Three(measures.mae()), Three(measures.spearman()),
                  Three(measures.normalised_gini()), Three(measures.total_ratio())});
  };
  add("this model", evaluation);
  for (const auto& baseline : evaluation.baselines()) add(baseline.name(), baseline);
  return table;
}

Table ClassTable(const MulticlassEvaluation& evaluation) {
  Table table({{"name", "Class"},
               {"rows", "Customers", Align::kRight},
               {"precision", "Precision", Align::kRight},
               {"recall", "Recall", Align::kRight},
               {"f1", "F1", Align::kRight},
               {"auc", "AUC against the others", Align::kRight}});
  for (const auto& a_class : evaluation.classes()) {
    table.AddRow({Cell::Text(a_class.name()), Cell::Count(a_class.rows()), AsShare(a_class.precision()),
                  AsShare(a_class.recall()), Three(a_class.f1()), Three(a_class.auc())});
  }
  return table;
}

Table RuleTable(const ClusterEvaluation& evaluation) {
  Table table({{"name", "Cluster"},
               {"differs_by", "What sets it apart"},
               {"rule", "Who is in it, as a rule"},
               {"precision", "Rule is right", Align::kRight},
               {"recall", "Rule finds", Align::kRight}});
  for (const auto& profile : evaluation.profiles()) {
    const bool has_rule = !profile.rule().text().empty();
    table.AddRow({Cell::Text(profile.name()), Cell::Text(absl::StrJoin(profile.differs_by(), "; ")),
                  Cell::Text(has_rule ? Sentence(profile.rule().text()) : ""),
                  has_rule ? AsShare(profile.rule().precision()) : Cell::Missing(),
                  has_rule ? AsShare(profile.rule().recall()) : Cell::Missing()});
  }
  return table;
}

}  // namespace clientele::cli
