#include "services/cli/training/survival_evaluation_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using model::v1::SurvivalEvaluation;

std::string PValue(double p) { return p < 0.001 ? absl::StrFormat("%.1e", p) : absl::StrFormat("%.3f", p); }

Cell OptionalNumber(bool there, double number) { return there ? Cell::Number(number, 1) : Cell::Missing(); }

void AddTest(const SurvivalEvaluation::Test& test, Table& measures) {
  if (test.degrees_of_freedom() == 0) return;
  measures.AddRow({Cell::Text(absl::StrCat(test.name(), " test")), Cell::Number(test.chi_squared(), 2),
                   Cell::Text(absl::StrFormat("chi-squared, %g degrees of freedom, p %s", test.degrees_of_freedom(),
                                              PValue(test.p_value())))});
}

void ShowGroups(const SurvivalEvaluation& evaluation, Console& console) {
  Table table({{"group", "Group"},
               {"rows", "Customers", Align::kRight},
               {"events", "Ended", Align::kRight},
               {"median", "Median", Align::kRight},
               {"median_lower", "from", Align::kRight},
               {"median_upper", "to (95 %)", Align::kRight},
               {"restricted_mean", "Mean, as far as seen", Align::kRight}});
  for (const auto& curve : evaluation.curves()) {
    table.AddRow({Cell::Text(curve.group().empty() ? "all" : curve.group()), Cell::Count(curve.rows()),
                  Cell::Count(curve.events()), OptionalNumber(curve.has_median(), curve.median()),
                  OptionalNumber(curve.has_median_lower(), curve.median_lower()),
                  OptionalNumber(curve.has_median_upper(), curve.median_upper()),
                  Cell::Number(curve.restricted_mean(), 1)});
  }
  console.Heading("How long customers stay (Kaplan-Meier)");
  console.Print(table);
}

void ShowCalibration(const SurvivalEvaluation& evaluation, Console& console) {
  if (evaluation.calibration().empty()) return;
  Table table({{"horizon", "After", Align::kRight},
               {"predicted", "Predicted to stay", Align::kRight},
               {"observed", "Observed", Align::kRight}});
  for (const auto& one : evaluation.calibration()) {
    table.AddRow({Cell::Number(one.horizon(), 1), Cell::Percent(one.predicted(), 1), Cell::Percent(one.observed(), 1)});
  }
  console.Heading("Predicted against observed");
  console.Print(table);
}

void ShowProportionality(const SurvivalEvaluation& evaluation, Console& console) {
  if (evaluation.proportionality().empty()) return;
  Table table({{"column", "Column"},
               {"chi_squared", "Chi-squared", Align::kRight},
               {"degrees_of_freedom", "Degrees", Align::kRight},
               {"p_value", "p", Align::kRight}});
  for (const auto& test : evaluation.proportionality()) {
    table.AddRow({Cell::Text(test.name()), Cell::Number(test.chi_squared(), 2),
                  Cell::Number(test.degrees_of_freedom(), 0), Cell::Text(PValue(test.p_value()))});
  }
  console.Heading("Does the effect change with time? (small p: it does)");
  console.Print(table);
}

void ShowRetention(const SurvivalEvaluation& evaluation, Console& console) {
  if (evaluation.retention().empty()) return;
  Table table({{"period", "Renewal", Align::kRight}, {"rate", "Renew", Align::kRight}});
  for (int t = 0; t < evaluation.retention_size(); ++t) {
    table.AddRow({Cell::Count(t + 1), Cell::Percent(evaluation.retention(t), 1)});
  }
  console.Heading("Retention of those who have stayed so long");
  console.Print(table);
}

}  // namespace

std::string SurvivalLine(const SurvivalEvaluation& evaluation) {
  const std::string events = absl::StrCat(FormatCount(evaluation.events()), " events");
  if (!evaluation.retention().empty()) {
    return absl::StrCat("retention ", FormatPercent(evaluation.retention(0), 1), " at first, ",
                        FormatPercent(*evaluation.retention().rbegin(), 1), " at last; ", events);
  }
  return absl::StrFormat("concordance %.3f, %s", evaluation.concordance(), events);
}

void AddSurvivalMeasures(const SurvivalEvaluation& evaluation, Table& measures) {
  if (evaluation.retention().empty()) {
    measures.AddRow({Cell::Text("concordance"), Cell::Number(evaluation.concordance(), 4),
                     Cell::Text(absl::StrFormat("how often the riskier of two leaves first; +- %.4f; 0.5 is chance",
                                                evaluation.concordance_standard_error()))});
    measures.AddRow({Cell::Text("in training"), Cell::Number(evaluation.train_concordance(), 4),
                     Cell::Text("the same on the rows that trained it")});
  }
  measures.AddRow(
      {Cell::Text("events"), Cell::Count(evaluation.events()), Cell::Text("customers who left, of those judged")});
  AddTest(evaluation.likelihood_ratio(), measures);
  AddTest(evaluation.wald(), measures);
  AddTest(evaluation.score(), measures);
  if (evaluation.has_log_rank()) AddTest(evaluation.log_rank().test(), measures);
}

void ShowSurvival(const SurvivalEvaluation& evaluation, Console& console) {
  ShowGroups(evaluation, console);
  ShowCalibration(evaluation, console);
  ShowProportionality(evaluation, console);
  ShowRetention(evaluation, console);
}

}  // namespace clientele::cli
