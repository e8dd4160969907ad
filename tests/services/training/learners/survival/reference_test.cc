// Against published results: R's survival on lung, rossi, veteran and ovarian, and on Telco's customers.
#include <cmath>
#include <map>

#include "gtest/gtest.h"
#include "services/training/learners/survival/aft.h"
#include "common/statistics/chi_squared.h"
#include "services/training/learners/survival/concordance.h"
#include "services/training/learners/survival/kaplan_meier.h"
#include "services/training/learners/survival/log_rank.h"
#include "services/training/learners/survival/proportionality.h"
#include "tests/services/training/learners/survival/survival_data.h"

namespace clientele::training::survival {
namespace {

using nlohmann::json;
using testutil::CsvTable;
using testutil::ReadSurvival;
using testutil::SurvivalData;

constexpr double kTolerance = 1e-6;

void ExpectClose(double value, double expected, const std::string& what) {
  EXPECT_NEAR(value, expected, kTolerance * std::max(std::abs(expected), 1e-3)) << what;
}

void ExpectCurve(const KaplanMeier& curve, const json& expected) {
  for (size_t i = 0; i < expected["times"].size(); ++i) {
    const double time = expected["times"][i];
    const int64_t at = curve.IndexAt(time);
    ASSERT_GE(at, 0);
    const std::string when = " at " + std::to_string(time);
    ExpectClose(curve.survival[at], expected["survival"][i], "survival" + when);
    ExpectClose(curve.standard_errors[at], expected["std_err"][i], "error" + when);
    ExpectClose(curve.lower[at], expected["lower95_log"][i], "lower" + when);
    ExpectClose(curve.upper[at], expected["upper95_log"][i], "upper" + when);
    // At risk at the time itself: where nobody leaves then, at the next one.
    const int64_t risk_at = curve.times[at] == time ? at : at + 1;
    EXPECT_EQ(curve.at_risk[risk_at], expected["at_risk"][i].get<int64_t>()) << when;
  }
  const auto expect_median = [](const std::optional<double>& median, const json& value, const std::string& what) {
    EXPECT_EQ(median.has_value(), !value.is_null()) << what;
    if (median.has_value() && !value.is_null()) ExpectClose(*median, value, what);
  };
  expect_median(curve.median, expected["median"], "median");
  expect_median(curve.median_lower, expected["median_lower"], "median_lower");
  expect_median(curve.median_upper, expected["median_upper"], "median_upper");
  ExpectClose(curve.restricted_mean, expected["rmean"], "restricted mean");
}

void ExpectLogRank(const LogRank& test, const json& expected) {
  ExpectClose(test.chi_squared, expected["chisq"], "chi-squared");
  EXPECT_EQ(test.degrees_of_freedom, expected["df"].get<int>());
  for (size_t j = 0; j < expected["observed"].size(); ++j) {
    ExpectClose(test.observed[j], expected["observed"][j], "observed");
    ExpectClose(test.expected[j], expected["expected"][j], "expected");
  }
}

void ExpectCox(const SurvivalData& data, const json& expected) {
  EXPECT_EQ(data.n(), expected["n"].get<int64_t>());
  const Ties ties = expected["ties"] == "efron" ? Ties::kEfron : Ties::kBreslow;
  const CoxFit fit = testutil::FitOrFail(data, ties);
  EXPECT_TRUE(fit.converged);
  for (int j = 0; j < data.d(); ++j) {
    ExpectClose(fit.coefficients[j], expected["coef"][data.names[j]], data.names[j]);
    ExpectClose(fit.standard_errors[j], expected["se"][data.names[j]], "error of " + data.names[j]);
  }
  ExpectClose(fit.log_likelihood_null, expected["loglik_null"], "null log-likelihood");
  ExpectClose(fit.log_likelihood, expected["loglik"], "log-likelihood");
  ExpectClose(fit.likelihood_ratio, expected["lr_test"], "likelihood ratio");
  ExpectClose(fit.wald, expected["wald"], "Wald");
  ExpectClose(fit.score, expected["score"], "score");
  std::vector<double> risks;
  for (int64_t i = 0; i < data.n(); ++i) {
    double risk = 0;
    for (int j = 0; j < data.d(); ++j) risk += data.columns[i * data.d() + j] * fit.coefficients[j];
    risks.push_back(std::round(risk * 1e10) / 1e10);  // Equal columns are equal risks.
  }
  ExpectClose(MeasureConcordance(data.rows(), risks).value, expected["concordance"], "concordance");
}

// The rows where a column has a value.
SurvivalData Where(const SurvivalData& data, const CsvTable& table, const std::string& column,
                   const std::string& value) {
  std::vector<int64_t> which;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i][table.Column(column)] == value) which.push_back(static_cast<int64_t>(i));
  }
  return data.Rows(which);
}

std::vector<int> GroupsOf(const CsvTable& table, const std::string& column, const std::vector<std::string>& values) {
  std::vector<int> groups;
  for (const auto& row : table.rows) {
    groups.push_back(
        static_cast<int>(std::find(values.begin(), values.end(), row[table.Column(column)]) - values.begin()));
  }
  return groups;
}

TEST(SurvivalReference, LungCurvesAreRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/lung.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["lung"];
  const SurvivalData data = ReadSurvival(table, "time", "status", "2", {});
  ExpectCurve(FitKaplanMeier(data.rows()), expected["km_all"]);
  const SurvivalData men = Where(data, table, "sex", "1"), women = Where(data, table, "sex", "2");
  ExpectCurve(FitKaplanMeier(men.rows()), expected["km_male"]);
  ExpectCurve(FitKaplanMeier(women.rows()), expected["km_female"]);
  ExpectLogRank(TestLogRank(data.rows(), GroupsOf(table, "sex", {"1", "2"}), 2), expected["logrank_sex"]);
}

TEST(SurvivalReference, LungCoxModelsAreRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/lung.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["lung"];
  const std::vector<std::string> three = {"age", "sex", "ph.ecog"};
  ExpectCox(ReadSurvival(table, "time", "status", "2", three), expected["cox_age_sex_ecog_efron"]);
  ExpectCox(ReadSurvival(table, "time", "status", "2", three), expected["cox_age_sex_ecog_breslow"]);
  ExpectCox(ReadSurvival(table, "time", "status", "2", {"age", "sex"}), expected["cox_age_sex_efron"]);
  const std::vector<std::string> six = {"age", "sex", "ph.ecog", "ph.karno", "pat.karno", "wt.loss"};
  ExpectCox(ReadSurvival(table, "time", "status", "2", six), expected["cox_six"]);
}

TEST(SurvivalReference, LungBaselineHazardIsRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/lung.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected =
      reference["survival"]["lung"]["cox_age_sex_efron"]["cumulative_baseline_hazard_at_zero_covariates"];
  const SurvivalData data = ReadSurvival(table, "time", "status", "2", {"age", "sex"});
  CoxObjective objective(data.rows(), data.columns, data.d(), Ties::kEfron, 1, StopToken());
  const auto fit = FitCox(objective, {});
  ASSERT_TRUE(fit.ok());
  const std::vector<Baseline> baselines = BaselinesOf(objective);
  ASSERT_EQ(baselines.size(), 1u);
  double at_zero = 0;
  for (int j = 0; j < 2; ++j) at_zero -= objective.means()[j] * fit->coefficients[j];
  for (size_t i = 0; i < expected["times"].size(); ++i) {
    const auto& times = baselines[0].times;
    const auto at =
        std::upper_bound(times.begin(), times.end(), expected["times"][i].get<double>()) - times.begin() - 1;
    ExpectClose(baselines[0].cumulative_hazards[at] * std::exp(at_zero), expected["H0"][i], "hazard");
  }
}

TEST(SurvivalReference, LungAcceleratedFailureTimesAreRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/lung.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["lung"];
  const SurvivalData data = ReadSurvival(table, "time", "status", "2", {"age", "sex"});
  for (const bool exponential : {false, true}) {
    const json& one = expected[exponential ? "exponential_aft" : "weibull_aft"];
    const auto fit = FitAft(data.rows(), data.columns, 2, {.exponential = exponential}, StopToken());
    ASSERT_TRUE(fit.ok());
    ExpectClose(fit->intercept, one["coef"]["(Intercept)"], "intercept");
    ExpectClose(fit->coefficients[0], one["coef"]["age"], "age");
    ExpectClose(fit->coefficients[1], one["coef"]["sex"], "sex");
    ExpectClose(fit->log_likelihood, one["loglik"], "log-likelihood");
    if (!exponential) ExpectClose(fit->scale, one["scale"], "scale");
  }
}

TEST(SurvivalReference, RossiIsRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/rossi.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["rossi"];
  const std::vector<std::string> columns = {"fin", "age", "race", "wexp", "mar", "paro", "prio"};
  const SurvivalData data = ReadSurvival(table, "week", "arrest", "1", columns);
  ExpectCox(data, expected["cox_efron"]);
  ExpectCox(data, expected["cox_breslow"]);
  ExpectCurve(FitKaplanMeier(data.rows()), expected["km"]);
  ExpectLogRank(TestLogRank(data.rows(), GroupsOf(table, "fin", {"0", "1"}), 2), expected["logrank_fin"]);
}

TEST(SurvivalReference, RossiProportionalityTestIsRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/rossi.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["rossi"]["ph_test_zph"];
  const SurvivalData data =
      ReadSurvival(table, "week", "arrest", "1", {"fin", "age", "race", "wexp", "mar", "paro", "prio"});
  CoxObjective objective(data.rows(), data.columns, data.d(), Ties::kEfron, 2, StopToken());
  const auto fit = FitCox(objective, {});
  ASSERT_TRUE(fit.ok());
  const auto test = TestProportionality(objective, *fit, FitKaplanMeier(data.rows()));
  ASSERT_TRUE(test.ok());
  for (int j = 0; j < data.d(); ++j) {
    ExpectClose(test->chi_squared[j], expected["chisq"][j], data.names[j]);
    ExpectClose(statistics::ChiSquaredTail(test->chi_squared[j], 1), expected["p"][j], data.names[j]);
  }
  ExpectClose(test->global_chi_squared, expected["chisq"][7], "global");
  ExpectClose(statistics::ChiSquaredTail(test->global_chi_squared, test->degrees_of_freedom), expected["p"][7],
              "global p");
}

TEST(SurvivalReference, VeteranIsRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/veteran.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["veteran"];
  CsvTable with_cells = table;
  const std::vector<std::string> cells = {"squamous", "smallcell", "adeno", "large"};
  for (size_t c = 1; c < cells.size(); ++c) {
    with_cells.header.push_back("celltype" + cells[c]);
    for (auto& row : with_cells.rows) row.push_back(row[table.Column("celltype")] == cells[c] ? "1" : "0");
  }
  ExpectCox(ReadSurvival(with_cells, "time", "status", "1",
                         {"trt", "celltypesmallcell", "celltypeadeno", "celltypelarge", "karno"}),
            expected["cox_trt_cell_karno"]);
  const SurvivalData data = ReadSurvival(table, "time", "status", "1", {});
  ExpectLogRank(TestLogRank(data.rows(), GroupsOf(table, "celltype", cells), 4), expected["logrank_cell"]);
}

TEST(SurvivalReference, OvarianIsRs) {
  CLIENTELE_PUBLIC_TABLE(table, "survival/ovarian.csv");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["ovarian"];
  const SurvivalData data = ReadSurvival(table, "futime", "fustat", "1", {"age", "rx"});
  ExpectCox(data, expected["cox_age_rx"]);
  const auto fit = FitAft(data.rows(), data.columns, 2, {}, StopToken());
  ASSERT_TRUE(fit.ok());
  ExpectClose(fit->intercept, expected["weibull_aft"]["coef"]["(Intercept)"], "intercept");
  ExpectClose(fit->coefficients[0], expected["weibull_aft"]["coef"]["age"], "age");
  ExpectClose(fit->coefficients[1], expected["weibull_aft"]["coef"]["rx"], "rx");
  ExpectClose(fit->scale, expected["weibull_aft"]["scale"], "scale");
  ExpectClose(fit->log_likelihood, expected["weibull_aft"]["loglik"], "log-likelihood");
}

TEST(SurvivalReference, TelcoIsRs) {
  CLIENTELE_PUBLIC_TABLE(table, "telco_churn/telco_churn.csv.gz");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["survival"]["telco"];
  const SurvivalData data = testutil::ReadTelco(table);
  ExpectCox(data, expected["cox_efron"]);
  ExpectCox(data, expected["cox_breslow"]);
  ExpectCurve(FitKaplanMeier(data.rows()), expected["km_all"]);
  std::vector<int> contracts;
  std::vector<int64_t> monthly;
  for (int64_t i = 0; i < data.n(); ++i) {
    contracts.push_back(data.columns[i * 6] == 1 ? 1 : data.columns[i * 6 + 1] == 1 ? 2 : 0);
    if (contracts.back() == 0) monthly.push_back(i);
  }
  const SurvivalData month_to_month = data.Rows(monthly);
  ExpectCurve(FitKaplanMeier(month_to_month.rows()), expected["km_month_to_month"]);
  ExpectLogRank(TestLogRank(data.rows(), contracts, 3), expected["logrank_contract"]);
}

}  // namespace
}  // namespace clientele::training::survival
