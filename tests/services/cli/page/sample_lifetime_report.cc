// A lifetime value model that might have come out of a shop whose customers came in twelve weeks, watched for 39 weeks
// and as many more: BG/NBD with Gamma-Gamma, chosen among several.
#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/services/cli/page/sample_reports.h"

namespace clientele::testutil {
namespace {

using cli::ModelReport;
using model::v1::FittedDistribution;
using model::v1::LifetimeValueEvaluation;
using model::v1::ValueEvaluation;
using model::v1::ValueSelection;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void AddTracking(LifetimeValueEvaluation& e) {
  double actual = 0, expected = 0;
  for (int week = 1; week <= 78; ++week) {
    const double mean = 62.0 * std::min(1.0, week / 12.0) * std::exp(-0.012 * week);
    auto* point = e.add_tracking();
    point->set_day(7 * week);
    point->set_expected(mean);
    point->set_actual(std::round(mean * (1 + 0.16 * std::sin(0.9 * week) + (week % 26 == 0 ? 0.5 : 0))));
    point->set_actual_cumulative(actual += point->actual());
    point->set_expected_cumulative(expected += point->expected());
    point->set_holdout(week > 39);
  }
}

void AddBins(LifetimeValueEvaluation& e) {
  const double customers[] = {1'411, 439, 214, 100, 62, 38, 29, 19, 45};
  for (int i = 0; i < 9; ++i) {
    auto* bin = e.add_frequencies();
    bin->set_from(i);
    bin->set_to(i < 8 ? i : kInfinity);
    bin->set_actual(customers[i]);
    bin->set_expected(customers[i] * (1 + 0.06 * std::cos(2.0 * i)));
  }
  for (int i = 0; i <= 20; ++i) {
    auto* bin = e.add_spend();
    bin->set_from(5 * i);
    bin->set_to(i < 20 ? 5 * (i + 1) : kInfinity);
    bin->set_expected(i == 0 ? 8 : 620 * std::exp(-std::pow(std::log(5 * i + 2.5) - 3.3, 2)) * 5 / (5 * i + 2.5));
    bin->set_actual(std::round(bin->expected() * (1 + 0.2 * std::sin(2.3 * i))));
  }
  for (int i = 0; i <= 7; ++i) {
    auto* bin = e.add_conditional();
    bin->set_frequency(i);
    bin->set_and_more(i == 7);
    bin->set_customers(static_cast<int64_t>(customers[i]));
    bin->set_expected(0.22 + 0.48 * i + 0.02 * i * i);
    bin->set_actual(bin->expected() * (1 + 0.12 * std::cos(1.7 * i)));
    const double error = 1.2 / std::sqrt(customers[i]);
    bin->set_lower(std::max(0.0, bin->actual() - 1.96 * error));
    bin->set_upper(bin->actual() + 1.96 * error);
  }
  for (int month = 1; month <= 3; ++month) {
    auto* cohort = e.add_cohorts();
    cohort->set_month(absl::StrCat("2025-0", month));
    cohort->set_customers(700 + 50 * month);
    cohort->set_actual(0.71 + 0.05 * month);
    cohort->set_expected(0.69 + 0.06 * month);
    cohort->set_probability_alive(0.6 + 0.03 * month);
  }
}

// P(alive) of BG/NBD, and purchases in proportion to it.
void AddSurfaces(LifetimeValueEvaluation& e) {
  constexpr double kR = 0.243, kAlpha = 4.414, kA = 0.793, kB = 2.426, kAge = 38.86;
  for (const char* measure : {"probability_alive", "expected_purchases"}) {
    auto* surface = e.add_surfaces();
    surface->set_measure(measure);
    surface->set_age(kAge);
    for (int i = 0; i <= 20; ++i) surface->add_recencies(kAge * i / 20);
    for (int x = 0; x <= 14; ++x) {
      surface->add_frequencies(x);
      for (const double recency : surface->recencies()) {
        double value = std::numeric_limits<double>::quiet_NaN();
        if ((x == 0) == (recency == 0)) {
          const double odds = x == 0 ? 0 : kA / (kB + x - 1) * std::pow((kAlpha + kAge) / (kAlpha + recency), kR + x);
          value = 1 / (1 + odds);
          if (surface->measure() == "expected_purchases") value *= 52 * (kR + x) / (kAlpha + kAge) * 0.8;
        }
        surface->add_values(value);
      }
    }
  }
}

void AddDistribution(LifetimeValueEvaluation& e, const std::string& quantity, const std::string& unit, double mean,
                     double deviation, double end, double shape) {
  auto* distribution = e.add_distributions();
  distribution->set_quantity(quantity);
  distribution->set_unit(unit);
  distribution->set_mean(mean);
  distribution->set_deviation(deviation);
  for (int i = 0; i < 100; ++i) {
    const double x = end * (i + 0.5) / 100;
    auto* point = distribution->add_density();
    point->set_x(x);
    point->set_y(std::pow(x / mean, shape - 1) * std::exp(-shape * x / mean) / mean);
  }
}

void AddParameter(FittedDistribution& fit, const std::string& name, double value, double error,
                  bool identified = true) {
  auto* parameter = fit.add_parameters();
  parameter->set_name(name);
  parameter->set_value(value);
  parameter->set_identified(identified);
  parameter->set_upper(std::numeric_limits<double>::infinity());
  if (!identified) return;
  parameter->set_standard_error(error);
  parameter->set_lower(value * std::exp(-1.96 * error / value));
  parameter->set_upper(value * std::exp(1.96 * error / value));
  parameter->set_bootstrap_lower(0.98 * parameter->lower());
  parameter->set_bootstrap_upper(1.03 * parameter->upper());
}

void AddFits(LifetimeValueEvaluation& e) {
  FittedDistribution& purchases = *e.mutable_purchase_fit();
  AddParameter(purchases, "r", 0.2426, 0.0125);
  AddParameter(purchases, "alpha", 4.414, 0.378);
  AddParameter(purchases, "a", 0.7929, 0.186);
  AddParameter(purchases, "b", 2.426, 0.705);
  purchases.set_log_likelihood(-9'582.4292);
  purchases.set_rows(2'357);
  purchases.set_iterations(11);
  purchases.set_gradient_norm(3.1e-12);
  purchases.set_condition_number(412);
  purchases.set_optimum(FittedDistribution::OPTIMUM_INTERIOR);
  purchases.add_findings("customers differ much in how often they buy: half of all purchases come from few of them");
  auto* effect = purchases.add_covariates();
  effect->set_parameter("purchase rate");
  effect->set_column("plan=gold");
  effect->set_coefficient(0.31);
  effect->set_standard_error(0.08);
  effect->set_lower(0.15);
  effect->set_upper(0.47);
  FittedDistribution& spend = *e.mutable_spend_fit();
  AddParameter(spend, "p", 6.25, 1.19);
  AddParameter(spend, "q", 3.744, 0.29);
  AddParameter(spend, "gamma", 15.45, 0, /*identified=*/false);
  spend.set_log_likelihood(-4'058.97);
  spend.set_rows(946);
  spend.set_iterations(14);
  spend.set_condition_number(5'210);
  spend.set_optimum(FittedDistribution::OPTIMUM_RIDGE);
}

void AddPortfolio(LifetimeValueEvaluation& e) {
  auto& portfolio = *e.mutable_portfolio();
  portfolio.set_value(88'412);
  portfolio.set_value_lower(80'903);
  portfolio.set_value_upper(96'118);
  portfolio.set_purchases(2'512);
  portfolio.set_purchases_lower(2'316);
  portfolio.set_purchases_upper(2'706);
  portfolio.set_alive(1'529);
  portfolio.set_alive_lower(1'388);
  portfolio.set_alive_upper(1'661);
  portfolio.set_historic_value(242'950);
  portfolio.set_value_at_risk(21'730);
  const char* names[] = {"standard", "silver", "gold", "platinum"};
  const double shares[] = {0.06, 0.21, 0.34, 0.39};
  for (int i = 0; i < 4; ++i) {
    auto* tier = portfolio.add_tiers();
    tier->set_name(names[i]);
    tier->set_customers(i == 0 ? 1'179 : i == 1 ? 707 : i == 2 ? 353 : 118);
    tier->set_value(88'412 * shares[i]);
    tier->set_value_at_risk(21'730 * shares[3 - i]);
  }
  auto& purchases = *e.mutable_purchases();
  purchases.set_actual(1'882);
  purchases.set_expected(1'742.6);
  purchases.set_rmse(1.49);
  purchases.set_mae(0.75);
  purchases.set_correlation(0.63);
}

void AddCandidate(ValueSelection& selection, const std::string& name, const std::string& algorithm, double mae,
                  double gini, double ratio) {
  auto* candidate = selection.add_candidates();
  candidate->set_name(name);
  candidate->set_algorithm(algorithm);
  candidate->set_mae(mae);
  candidate->set_rmse(2.2 * mae);
  candidate->set_normalised_gini(gini);
  candidate->set_spearman(0.7 * gini);
  candidate->set_total_ratio(ratio);
  candidate->set_top_decile_share(0.6 * gini);
}

void AddSelection(ValueSelection& selection) {
  AddCandidate(selection, "BG/NBD", "lifetime_value", 25.1, 0.744, 0.931);
  AddCandidate(selection, "Tweedie", "value_regression", 27.9, 0.751, 1.018);
  AddCandidate(selection, "training mean", "rule", 41.0, 0, 1.1);
  auto* failed = selection.add_candidates();
  failed->set_name("hurdle Gamma");
  failed->set_algorithm("value_regression");
  failed->set_failure("nobody has spent anything");
  selection.set_chosen("BG/NBD");
  const char* reasons[] = {
      "mean absolute error 25.1, Tweedie 27.9: 2.8 less (95 % interval 1.9 to 3.7)",
      "normalised Gini 0.751, BG/NBD 0.744: within noise (95 % interval of the difference -0.01 to 0.02)",
      "predicted / actual 1.018, BG/NBD 0.931"};
  int i = 0;
  for (const char* decision : {"customer", "ranking", "total"}) {
    auto* recommendation = selection.add_recommendations();
    recommendation->set_decision(decision);
    recommendation->set_candidate(i == 0 ? "BG/NBD" : "Tweedie");
    recommendation->set_explanation(reasons[i++]);
  }
}

}  // namespace

ModelReport LifetimeValueReport() {
  ModelReport report = ValueReport();
  report.version.mutable_spec()->set_display_name("Lifetime value");
  report.version.mutable_spec()->mutable_lifetime_value()->set_horizon_days(365);
  report.version.mutable_evaluation()->clear_coefficients();
  LifetimeValueEvaluation& e = *report.version.mutable_evaluation()->mutable_lifetime_value();
  e.set_holdout_days(273);
  e.set_probability_alive_mean(0.649);
  e.set_frequency_spend_correlation(0.06);
  AddTracking(e);
  AddBins(e);
  AddSurfaces(e);
  AddDistribution(e, "purchase_rate", "a week", 0.055, 0.1116, 0.5, 0.243);
  AddDistribution(e, "dropout_probability", "", 0.246, 0.21, 1, 1.1);
  AddDistribution(e, "mean_spend", "base currency", 35.2, 26.6, 140, 3);
  AddFits(e);
  AddPortfolio(e);
  AddSelection(*report.version.mutable_evaluation()->mutable_selection());
  return report;
}

}  // namespace clientele::testutil
