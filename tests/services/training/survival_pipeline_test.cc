// Survival from a dataset to scores: Telco's customers, strata, conditional answers, and data that cannot be learnt
// from.
#include <cmath>

#include "common/model/predictor.h"
#include "common/model/survival/predictor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/gate.h"
#include "services/training/pipeline.h"
#include "services/training/readiness.h"
#include "tests/common/dataset/table.h"
#include "tests/services/training/learners/survival/survival_data.h"
#include "tests/services/training/small_survival_spec.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::GateDecision;
using model::v1::SurvivalParameters;
using model::v1::TrainingSpec;
using ::testing::HasSubstr;
using testutil::SmallSpec;
using testutil::StatusIs;
using testutil::Table;

// Telco's customers as ingestion would bring them. `tenure_known` makes tenure an input.
Dataset Telco(const testutil::CsvTable& csv, bool tenure_known) {
  std::vector<float> tenure, charges, senior;
  std::vector<std::string> contract, fiber, automatic, churn;
  for (size_t i = 0; i < csv.rows.size(); ++i) {
    const auto text = [&](absl::string_view name) { return csv.rows[i][csv.Column(name)]; };
    tenure.push_back(static_cast<float>(csv.Number(i, csv.Column("tenure"))));
    charges.push_back(static_cast<float>(csv.Number(i, csv.Column("MonthlyCharges"))));
    senior.push_back(static_cast<float>(csv.Number(i, csv.Column("SeniorCitizen"))));
    contract.push_back(text("Contract"));
    fiber.push_back(text("InternetService") == "Fiber optic" ? "yes" : "no");
    automatic.push_back(text("PaymentMethod").find("automatic") != std::string::npos ? "yes" : "no");
    churn.push_back(text("Churn"));
  }
  Table table(static_cast<int>(csv.rows.size()));
  if (tenure_known) table.Number("tenure", tenure);
  table.Number("charges", charges).Number("senior", senior).Category("contract", contract);
  table.Category("fiber", fiber).Category("automatic", automatic);
  if (!tenure_known) table.Number("tenure", tenure, true);
  return table.Category("churn", churn, true).Build();
}

TrainingSpec TelcoSpec(bool tenure_known) {
  TrainingSpec spec;
  spec.set_model("tenure");
  for (const char* feature : {"charges", "senior", "contract", "fiber", "automatic"}) {
    spec.mutable_dataset()->add_features(feature);
  }
  if (tenure_known) {
    spec.mutable_dataset()->mutable_features()->Clear();
    for (const char* feature : {"tenure", "charges", "senior", "contract", "fiber", "automatic"}) {
      spec.mutable_dataset()->add_features(feature);
    }
  } else {
    spec.mutable_dataset()->add_auxiliary_features("tenure");
  }
  spec.mutable_dataset()->add_auxiliary_features("churn");
  auto& survival = *spec.mutable_survival();
  survival.set_duration_feature("tenure");
  survival.set_event_feature("churn");
  survival.add_event_values("Yes");
  survival.set_duration_unit("months");
  survival.set_group_feature("contract");
  for (const double horizon : {6.0, 12.0, 24.0}) survival.add_horizons(horizon);
  return spec;
}

std::shared_ptr<const model::Predictor> Load(const TrainedModel& model) {
  auto predictor = model::Predictor::Load(model.artifact_bytes);
  EXPECT_OK(predictor);
  return *predictor;
}

// A customer on the newest contract, with or without a tenure.
std::vector<model::Cell> Customer(const model::Predictor& predictor, const char* contract, double tenure,
                                  double charges = 70) {
  std::vector<model::Cell> row;
  for (const auto& column : predictor.schema()) {
    const std::string& name = column.feature().name();
    if (name == "tenure") row.push_back(std::isnan(tenure) ? model::Cell::Missing() : model::Cell::Number(tenure));
    if (name == "charges") row.push_back(model::Cell::Number(charges));
    if (name == "senior") row.push_back(model::Cell::Number(0));
    if (name == "contract") row.push_back(model::Cell::Category(contract));
    if (name == "fiber") row.push_back(model::Cell::Category("no"));
    if (name == "automatic") row.push_back(model::Cell::Category("no"));
  }
  return row;
}

const model::SurvivalPredictor& Survival(const model::Predictor& predictor) {
  return static_cast<const model::SurvivalPredictor&>(predictor);
}

TEST(SurvivalPipeline, TelcosCoefficientsAreThePublishedOnes) {
  CLIENTELE_PUBLIC_TABLE(csv, "telco_churn/telco_churn.csv.gz");
  CLIENTELE_REFERENCE(reference);
  const auto& expected = reference["survival"]["telco"];
  TrainingSpec spec = TelcoSpec(false);
  spec.mutable_preprocessing()->mutable_defaults()->set_scaling(model::v1::FeaturePreprocessing::SCALING_NONE);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(Telco(csv, false), spec, {.threads = 2}));
  const auto& evaluation = trained.evaluation;
  const std::map<std::string, std::string> names = {{"charges", "MonthlyCharges"}, {"senior", "SeniorCitizen"},
                                                    {"contract=One year", "one"},  {"contract=Two year", "two"},
                                                    {"fiber=yes", "fiber"},        {"automatic=yes", "auto"}};
  ASSERT_EQ(evaluation.coefficients_size(), 6);
  for (const auto& one : evaluation.coefficients()) {
    ASSERT_TRUE(names.contains(one.column())) << one.column();
    const std::string& name = names.at(one.column());
    EXPECT_NEAR(one.estimate(), expected["cox_efron"]["coef"][name].get<double>(), 2e-6) << name;
    EXPECT_NEAR(one.standard_error(), expected["cox_efron"]["se"][name].get<double>(), 1e-6) << name;
    EXPECT_NEAR(one.effect(), std::exp(one.estimate()), 1e-12);
  }
  const auto& survival = evaluation.survival();
  EXPECT_NEAR(survival.concordance(), expected["cox_efron"]["concordance"].get<double>(), 1e-4);
  EXPECT_NEAR(survival.train_concordance(), survival.concordance(), 1e-4);
  EXPECT_GT(survival.concordance_standard_error(), 0.002);
  EXPECT_EQ(survival.events(), 1869);
  EXPECT_NEAR(survival.likelihood_ratio().chi_squared(), expected["cox_efron"]["lr_test"].get<double>(), 1e-2);
  EXPECT_NEAR(survival.log_rank().test().chi_squared(), expected["logrank_contract"]["chisq"].get<double>(), 1e-4);
  ASSERT_EQ(survival.curves_size(), 4);
  EXPECT_EQ(survival.proportionality_size(), 7);
  ASSERT_EQ(survival.calibration_size(), 3);
  for (const auto& one : survival.calibration()) EXPECT_NEAR(one.predicted(), one.observed(), 0.03) << one.horizon();
  // 11 customers have no tenure yet.
  EXPECT_EQ(evaluation.train_rows(), 7032);
  EXPECT_TRUE(std::any_of(trained.issues.begin(), trained.issues.end(),
                          [](const auto& issue) { return issue.code() == "MISSING_DURATIONS"; }));
  EXPECT_EQ(Decide(spec, evaluation, nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST(SurvivalPipeline, GivesTheSameBytesForAnyThreads) {
  CLIENTELE_PUBLIC_TABLE(csv, "telco_churn/telco_churn.csv.gz");
  for (const auto method : {SurvivalParameters::METHOD_COX, SurvivalParameters::METHOD_WEIBULL,
                            SurvivalParameters::METHOD_EXPONENTIAL, SurvivalParameters::METHOD_BETA_GEOMETRIC}) {
    TrainingSpec spec = TelcoSpec(true);
    spec.mutable_survival()->set_method(method);
    ASSERT_OK_AND_ASSIGN(const TrainedModel one, TrainModel(Telco(csv, true), spec, {.threads = 1}));
    for (const int threads : {2, 5}) {
      ASSERT_OK_AND_ASSIGN(const TrainedModel other, TrainModel(Telco(csv, true), spec, {.threads = threads}));
      EXPECT_EQ(one.sha256, other.sha256) << threads;
    }
  }
}

TEST(SurvivalPipeline, ContributionsAddUpToTheLogHazardRatio) {
  CLIENTELE_PUBLIC_TABLE(csv, "telco_churn/telco_churn.csv.gz");
  for (const auto method :
       {SurvivalParameters::METHOD_COX, SurvivalParameters::METHOD_WEIBULL, SurvivalParameters::METHOD_EXPONENTIAL}) {
    TrainingSpec spec = TelcoSpec(true);
    spec.mutable_survival()->set_method(method);
    ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(Telco(csv, true), spec, {.threads = 2}));
    const auto predictor = Load(trained);
    for (const char* contract : {"Month-to-month", "Two year"}) {
      const auto row = Customer(*predictor, contract, 10);
      const model::Prediction prediction = predictor->Predict(row, true);
      double sum = prediction.baseline;
      for (const double contribution : prediction.contributions) sum += contribution;
      EXPECT_NEAR(sum, prediction.fit, 1e-12);
      EXPECT_EQ(prediction.contributions[0], 0) << "tenure is no covariate";
      EXPECT_NEAR(std::log(prediction.output), prediction.fit, 1e-12);
    }
    const auto risk = [&](const char* contract) {
      return predictor->Predict(Customer(*predictor, contract, 10), false).output;
    };
    EXPECT_GT(risk("Month-to-month"), 3 * risk("One year"));
    EXPECT_GT(risk("One year"), 2 * risk("Two year"));
  }
}

TEST(SurvivalPipeline, AnswersForWhoHasStayedSoLong) {
  CLIENTELE_PUBLIC_TABLE(csv, "telco_churn/telco_churn.csv.gz");
  for (const auto method : {SurvivalParameters::METHOD_COX, SurvivalParameters::METHOD_WEIBULL}) {
    TrainingSpec spec = TelcoSpec(true);
    spec.mutable_survival()->set_method(method);
    spec.mutable_survival()->clear_horizons();
    for (const double horizon : {12.0, 24.0, 36.0}) spec.mutable_survival()->add_horizons(horizon);
    ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(Telco(csv, true), spec, {.threads = 2}));
    const auto predictor = Load(trained);
    const auto at = [&](double tenure) {
      return Survival(*predictor).Describe(Customer(*predictor, "Month-to-month", tenure), false);
    };
    const auto start = at(NAN), year = at(12);
    EXPECT_EQ(start.stayed, 0);
    EXPECT_EQ(year.stayed, 12);
    // S(12 + 12) / S(12).
    EXPECT_NEAR(year.curve[0].survival, start.curve[1].survival / start.curve[0].survival, 1e-9);
    EXPECT_GT(year.curve[0].survival, start.curve[0].survival);
    for (const model::SurvivalChance& chance : year.curve) {
      EXPECT_LT(chance.lower, chance.survival);
      EXPECT_GT(chance.upper, chance.survival);
    }
    ASSERT_TRUE(start.median_remaining.has_value());
    EXPECT_EQ(start.mean_remaining.has_value(), method == SurvivalParameters::METHOD_WEIBULL);
  }
}

TEST(SurvivalPipeline, StrataHaveBaselinesOfTheirOwn) {
  CLIENTELE_PUBLIC_TABLE(csv, "telco_churn/telco_churn.csv.gz");
  TrainingSpec spec = TelcoSpec(false);
  spec.mutable_survival()->set_strata_feature("contract");
  spec.mutable_survival()->clear_group_feature();
  const Dataset telco = Telco(csv, false);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(telco, spec, {.threads = 2}));
  EXPECT_EQ(trained.evaluation.coefficients_size(), 4) << "strata are no covariates";
  EXPECT_EQ(trained.evaluation.survival().curves_size(), 4) << "groups are the strata by default";
  const auto predictor = Load(trained);
  const auto monthly = Survival(*predictor).Describe(Customer(*predictor, "Month-to-month", NAN), true);
  const auto years = Survival(*predictor).Describe(Customer(*predictor, "Two year", NAN), true);
  const auto unknown = Survival(*predictor).Describe(Customer(*predictor, "Weekly", NAN), true);
  EXPECT_EQ(monthly.stratum, "Month-to-month");
  EXPECT_EQ(years.stratum, "Two year");
  EXPECT_EQ(unknown.stratum, "");
  EXPECT_EQ(monthly.prediction.fit, years.prediction.fit);
  EXPECT_LT(monthly.curve[2].survival, unknown.curve[2].survival);
  EXPECT_LT(unknown.curve[2].survival, years.curve[2].survival);
}

TEST(SurvivalPipeline, RetentionNeedsNoCovariate) {
  CLIENTELE_PUBLIC_TABLE(csv, "telco_churn/telco_churn.csv.gz");
  TrainingSpec spec = TelcoSpec(true);
  spec.mutable_survival()->set_method(SurvivalParameters::METHOD_BETA_GEOMETRIC);
  spec.mutable_survival()->set_period_discount_rate(0.01);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(Telco(csv, true), spec, {.threads = 2}));
  const auto& retention = trained.evaluation.survival().retention();
  ASSERT_EQ(retention.size(), 60);
  for (int t = 1; t < retention.size(); ++t) EXPECT_GT(retention[t], retention[t - 1]);
  EXPECT_EQ(Decide(spec, trained.evaluation, nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  for (const auto& one : trained.evaluation.survival().calibration())
    EXPECT_NEAR(one.predicted(), one.observed(), 0.04);
  const auto predictor = Load(trained);
  const auto fresh = Survival(*predictor).Describe(Customer(*predictor, "One year", NAN), true);
  const auto loyal = Survival(*predictor).Describe(Customer(*predictor, "One year", 48), true);
  EXPECT_EQ(fresh.prediction.output, 1);
  EXPECT_GT(loyal.curve[0].survival, fresh.curve[0].survival);
  EXPECT_GT(*loyal.median_remaining, *fresh.median_remaining);
  EXPECT_GT(*loyal.discounted_remaining, *fresh.discounted_remaining);
  EXPECT_LT(loyal.curve[0].lower, loyal.curve[0].survival);
}

// Rows whose event and columns the test decides.
Dataset Small(std::vector<float> durations, std::vector<float> ended, std::vector<float> x) {
  const int n = static_cast<int>(durations.size());
  return Table(n)
      .Number("x", std::move(x))
      .Number("t", std::move(durations), true)
      .Number("ended", std::move(ended), true)
      .Build();
}

struct Generated {
  std::vector<float> durations, ended, x;
};

Generated SomeRows(int n) {
  const testutil::SurvivalData data = testutil::GenerateSurvival(n, 1, 0, 71);
  Generated rows;
  for (int i = 0; i < n; ++i) {
    rows.durations.push_back(static_cast<float>(data.durations[i]));
    rows.ended.push_back(data.ended[i]);
    rows.x.push_back(static_cast<float>(data.columns[i]));
  }
  return rows;
}

TEST(SurvivalPipeline, RefusesDataThatSayNothing) {
  Generated rows = SomeRows(200);
  std::vector<float> never(200, 0);
  EXPECT_THAT(TrainModel(Small(rows.durations, never, rows.x), SmallSpec(), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has ended for none")));
  std::vector<float> none(200, NAN);
  EXPECT_THAT(TrainModel(Small(none, rows.ended, rows.x), SmallSpec(), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("do not train")));
}

TEST(SurvivalPipeline, LeavesOutRowsWithoutADurationOrAnEvent) {
  Generated rows = SomeRows(300);
  ASSERT_OK_AND_ASSIGN(const TrainedModel whole,
                       TrainModel(Small(rows.durations, rows.ended, rows.x), SmallSpec(), {}));
  EXPECT_EQ(whole.evaluation.train_rows(), 300);
  rows.durations[3] = NAN;
  rows.durations[4] = 0;
  rows.durations[5] = -1;
  rows.ended[6] = NAN;
  rows.ended[7] = 0.5;
  ASSERT_OK_AND_ASSIGN(const TrainedModel fewer,
                       TrainModel(Small(rows.durations, rows.ended, rows.x), SmallSpec(), {}));
  EXPECT_EQ(fewer.evaluation.train_rows(), 295);
  EXPECT_NEAR(fewer.evaluation.coefficients(0).estimate(), whole.evaluation.coefficients(0).estimate(), 0.1);
}

TEST(SurvivalPipeline, WeightsAndEventsAmongTheInputsAreWhatTheyAre) {
  Generated rows = SomeRows(300);
  std::vector<float> weights;
  for (int i = 0; i < 300; ++i) weights.push_back(i % 3 == 0 ? 0 : 1);
  TrainingSpec spec;
  spec.set_model("small");
  for (const char* feature : {"x", "t", "ended"}) spec.mutable_dataset()->add_features(feature);
  spec.mutable_dataset()->add_auxiliary_features("w");
  spec.mutable_survival()->set_duration_feature("t");
  spec.mutable_survival()->set_event_feature("ended");
  spec.set_weight_feature("w");
  spec.mutable_preprocessing()->mutable_defaults()->set_scaling(model::v1::FeaturePreprocessing::SCALING_NONE);
  const auto table = [](const Generated& of, const std::vector<float>& weight) {
    return Table(static_cast<int>(of.x.size()))
        .Number("x", of.x)
        .Number("t", of.durations)
        .Number("ended", of.ended)
        .Number("w", weight, true)
        .Build();
  };
  ASSERT_OK_AND_ASSIGN(const TrainedModel weighted, TrainModel(table(rows, weights), spec, {}));
  Generated some;
  for (int i = 0; i < 300; ++i) {
    if (i % 3 == 0) continue;
    some.x.push_back(rows.x[i]);
    some.durations.push_back(rows.durations[i]);
    some.ended.push_back(rows.ended[i]);
  }
  ASSERT_OK_AND_ASSIGN(const TrainedModel fewer, TrainModel(table(some, std::vector<float>(200, 1)), spec, {}));
  ASSERT_EQ(weighted.evaluation.coefficients_size(), 1) << "neither duration nor event is a covariate";
  EXPECT_NEAR(weighted.evaluation.coefficients(0).estimate(), fewer.evaluation.coefficients(0).estimate(), 1e-9);
  // Who counts for nothing does not judge either.
  const auto &judged = weighted.evaluation.survival(), &alone = fewer.evaluation.survival();
  EXPECT_NEAR(judged.concordance(), alone.concordance(), 1e-12);
  EXPECT_NEAR(judged.train_concordance(), alone.train_concordance(), 1e-12);
  ASSERT_EQ(judged.curves(0).survival_size(), alone.curves(0).survival_size());
  EXPECT_NEAR(judged.curves(0).survival(50), alone.curves(0).survival(50), 1e-12);
  ASSERT_EQ(judged.calibration_size(), alone.calibration_size());
  EXPECT_NEAR(judged.calibration(0).predicted(), alone.calibration(0).predicted(), 1e-9);
  EXPECT_NEAR(judged.calibration(0).observed(), alone.calibration(0).observed(), 1e-12);
}

TEST(SurvivalPipeline, WarnsOfAPerfectForetellerAndOfFewEvents) {
  Generated rows = SomeRows(200);
  for (int i = 0; i < 200; ++i) rows.x[i] = rows.ended[i];
  ASSERT_OK_AND_ASSIGN(const TrainedModel perfect,
                       TrainModel(Small(rows.durations, rows.ended, rows.x), SmallSpec(), {}));
  EXPECT_TRUE(std::any_of(perfect.issues.begin(), perfect.issues.end(),
                          [](const auto& issue) { return issue.code() == "MONOTONE_LIKELIHOOD"; }));
  for (int i = 0; i < 200; ++i) rows.ended[i] = i % 40 == 0;
  const auto issues = CheckReadiness(Small(rows.durations, rows.ended, rows.x), SmallSpec());
  EXPECT_TRUE(
      std::any_of(issues.begin(), issues.end(), [](const auto& issue) { return issue.code() == "FEW_EVENTS"; }));
}

TEST(SurvivalPipeline, TheGateRejectsRisksInNoOrder) {
  model::v1::Evaluation evaluation;
  evaluation.mutable_survival()->set_concordance(0.51);
  EXPECT_EQ(Decide(SmallSpec(), evaluation, nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  for (const double concordance : {0.5, 0.4, static_cast<double>(NAN)}) {
    evaluation.mutable_survival()->set_concordance(concordance);
    EXPECT_EQ(Decide(SmallSpec(), evaluation, nullptr).decision(), GateDecision::DECISION_REJECTED) << concordance;
  }
}

}  // namespace
}  // namespace clientele::training
