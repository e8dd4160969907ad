#include "services/cli/page/survival_tables.h"

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"

namespace clientele::cli {

using model::v1::SurvivalEvaluation;
using Test = SurvivalEvaluation::Test;

namespace {

Cell Three(double value) { return Cell::Text(Significant(value)); }
Cell AsShare(double share) { return Cell::Text(Share(share)); }

Table TestTable(std::string first_heading) {
  return Table({{"name", std::move(first_heading)},
                {"chi_squared", "Chi squared", Align::kRight},
                {"degrees_of_freedom", "Degrees of freedom", Align::kRight},
                {"p_value", "p-value", Align::kRight}});
}

void AddTest(absl::string_view name, const Test& test, Table& table) {
  table.AddRow({Cell::Text(name), Three(test.chi_squared()), Cell::Text(Plain(test.degrees_of_freedom())),
                Cell::Text(PValue(test.p_value()))});
}

}  // namespace

Table GroupTable(const SurvivalEvaluation& evaluation, absl::string_view unit) {
  Table table({{"group", "Group"},
               {"rows", "Customers", Align::kRight},
               {"events", "Left", Align::kRight},
               {"median", absl::StrCat("Half have left after (", unit, ")"), Align::kRight},
               {"interval", "95 % interval", Align::kRight},
               {"restricted_mean", absl::StrCat("Mean stay while watched (", unit, ")"), Align::kRight}});
  for (const auto& curve : evaluation.curves()) {
    const bool bounded = curve.has_median_lower() && curve.has_median_upper();
    table.AddRow({Cell::Text(curve.group().empty() ? "all" : curve.group()), Cell::Count(curve.rows()),
                  Cell::Count(curve.events()),
                  curve.has_median() ? Cell::Text(Plain(curve.median())) : Cell::Text("not reached"),
                  Cell::Text(bounded ? Between(curve.median_lower(), curve.median_upper(), &Plain) : ""),
                  Three(curve.restricted_mean())});
  }
  return table;
}

Table LogRankTable(const SurvivalEvaluation::LogRank& log_rank) {
  Table table({{"group", "Group"},
               {"observed", "Left", Align::kRight},
               {"expected", "Expected, were all groups alike", Align::kRight}});
  for (int i = 0; i < log_rank.groups_size(); ++i) {
    table.AddRow({Cell::Text(log_rank.groups(i)),
                  i < log_rank.observed_size() ? Cell::Number(log_rank.observed(i), 0) : Cell::Missing(),
                  i < log_rank.expected_size() ? Cell::Number(log_rank.expected(i), 1) : Cell::Missing()});
  }
  return table;
}

Table GlobalTestTable(const SurvivalEvaluation& evaluation) {
  Table table = TestTable("Test");
  if (evaluation.has_likelihood_ratio()) AddTest("Likelihood ratio", evaluation.likelihood_ratio(), table);
  if (evaluation.has_wald()) AddTest("Wald", evaluation.wald(), table);
  if (evaluation.has_score()) AddTest("Score (log-rank)", evaluation.score(), table);
  return table;
}

Table ProportionalityTable(const SurvivalEvaluation& evaluation) {
  Table table = TestTable("Column");
  for (const Test& test : evaluation.proportionality()) AddTest(test.name(), test, table);
  return table;
}

Table SurvivalCalibrationTable(const SurvivalEvaluation& evaluation, absl::string_view unit) {
  Table table({{"horizon", absl::StrCat("Horizon (", unit, ")"), Align::kRight},
               {"predicted", "Predicted to be there", Align::kRight},
               {"observed", "Seen there (Kaplan-Meier)", Align::kRight}});
  for (const auto& at : evaluation.calibration()) {
    table.AddRow({Cell::Text(Plain(at.horizon())), AsShare(at.predicted()), AsShare(at.observed())});
  }
  return table;
}

Table RetentionTable(const SurvivalEvaluation& evaluation) {
  Table table({{"period", "Period", Align::kRight}, {"rate", "Of those still there, stay", Align::kRight}});
  for (int i = 0; i < evaluation.retention_size(); ++i) {
    table.AddRow({Cell::Count(i + 1), AsShare(evaluation.retention(i))});
  }
  return table;
}

}  // namespace clientele::cli
