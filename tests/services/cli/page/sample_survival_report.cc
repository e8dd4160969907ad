// A Cox model of how many months customers stay, by three contracts; and retention from month to month.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/services/cli/page/sample_reports.h"

namespace clientele::testutil {
namespace {

using cli::ModelReport;
using model::v1::SurvivalEvaluation;

void SetTest(SurvivalEvaluation::Test& test, const std::string& name, double chi_squared, double freedom, double p) {
  test.set_name(name);
  test.set_chi_squared(chi_squared);
  test.set_degrees_of_freedom(freedom);
  test.set_p_value(p);
}

void FillCurve(SurvivalEvaluation::Curve& curve, const std::string& group, int64_t rows, double rate, double bend) {
  curve.set_group(group);
  curve.set_rows(rows);
  curve.set_events(static_cast<int64_t>(0.3 * static_cast<double>(rows)));
  for (int month = 1; month <= 72; ++month) {
    const double survival = std::exp(-std::pow(rate * month, bend));
    const double error =
        0.4 * std::sqrt(survival * (1 - survival) / static_cast<double>(rows) * (1 + month / 12.0)) * 2.5;
    curve.add_times(month);
    curve.add_survival(survival);
    curve.add_lower(survival * std::exp(-1.96 * error / survival));
    curve.add_upper(std::min(1.0, survival * std::exp(1.96 * error / survival)));
    curve.add_at_risk(rows - month);
    curve.add_standard_errors(error);
  }
  const double median = std::pow(std::log(2.0), 1 / bend) / rate;
  curve.set_restricted_mean(std::min(55.0, 1 / rate));
  if (median > 72) return;
  curve.set_median(std::round(median));
  curve.set_median_lower(std::round(0.9 * median));
  curve.set_median_upper(std::round(1.1 * median));
}

}  // namespace

ModelReport SurvivalReport() {
  ModelReport report = ChurnReport();
  report.penalty_path.Clear();
  auto& version = report.version;
  version.mutable_spec()->set_display_name("How long customers stay");
  version.mutable_spec()->mutable_dataset()->clear_label();
  version.mutable_spec()->mutable_survival()->set_duration_unit("months");
  SurvivalEvaluation& e = *version.mutable_evaluation()->mutable_survival();
  e.set_events(1'869);
  e.set_concordance(0.831);
  e.set_train_concordance(0.838);
  e.set_concordance_standard_error(0.0062);
  FillCurve(*e.add_curves(), "", 7'043, 0.008, 0.9);
  FillCurve(*e.add_curves(), "month-to-month", 3'875, 0.022, 0.85);
  FillCurve(*e.add_curves(), "one year", 1'473, 0.003, 1.3);
  FillCurve(*e.add_curves(), "two years", 1'695, 0.0008, 1.5);
  FillCurve(*e.add_model_curves(), "", 0, 0.0076, 0.95);
  SetTest(*e.mutable_log_rank()->mutable_test(), "log-rank", 2'352.9, 2, 0);
  for (int i = 1; i < 4; ++i) {
    e.mutable_log_rank()->add_groups(e.curves(i).group());
    e.mutable_log_rank()->add_observed(1'655 / (4 * i - 3));
    e.mutable_log_rank()->add_expected(600 + 40 * i);
  }
  SetTest(*e.mutable_likelihood_ratio(), "likelihood ratio", 3'281, 14, 0);
  SetTest(*e.mutable_wald(), "Wald", 2'011, 14, 0);
  SetTest(*e.mutable_score(), "score", 2'870, 14, 0);
  SetTest(*e.add_proportionality(), "plan=gold", 1.2, 1, 0.27);
  SetTest(*e.add_proportionality(), "spend_90d", 9.8, 1, 0.0017);
  SetTest(*e.add_proportionality(), "GLOBAL", 20.4, 14, 0.118);
  for (int horizon : {6, 12, 24, 48}) {
    auto* calibration = e.add_calibration();
    calibration->set_horizon(horizon);
    calibration->set_predicted(std::exp(-0.0078 * horizon));
    calibration->set_observed(std::exp(-0.0078 * horizon) + 0.01 * std::cos(horizon));
  }
  for (int period = 1; period <= 12; ++period) e.add_retention((2.78 + period - 1) / (3.45 + period - 1));
  return report;
}

}  // namespace clientele::testutil
