// Purchase models beside what CDNOW's customers did, against the published way of looking at it.
#include "services/training/evaluation/lifetime_value/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/model/lifetime_value/predictor.h"
#include "services/training/effective_preprocessing.h"
#include "services/training/evaluation/lifetime_value/incomplete_beta.h"
#include "tests/common/model/lifetime_value/sample.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::LifetimeValueEvaluation;

// The sample model's parameters, which are the reference's for these transactions.
model::v1::ModelArtifact ArtifactFor(const Dataset& dataset, const model::v1::TrainingSpec& spec) {
  model::v1::ModelArtifact artifact = testutil::LifetimeArtifact();
  *artifact.mutable_schema() = model::SchemaOf(dataset);
  auto fitted = model::FitPreprocessing(dataset, RowSelection::All(dataset), EffectivePreprocessing(spec, artifact.schema()));
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  *artifact.mutable_preprocessing() = *std::move(fitted);
  return artifact;
}

LifetimeValueEvaluation Evaluate(const Dataset& dataset, int threads) {
  const model::v1::TrainingSpec spec = testutil::LifetimeValueSpec(testutil::kCdnowHoldoutDays);
  const auto predictor = model::Predictor::Create(ArtifactFor(dataset, spec));
  EXPECT_TRUE(predictor.ok()) << predictor.status();
  const auto& lifetime = static_cast<const model::LifetimeValuePredictor&>(**predictor);
  const auto encoder = model::DatasetEncoder::Create(lifetime.encoder(), dataset);
  const RowSelection all = RowSelection::All(dataset);
  const Holdout holdout(spec.dataset());
  const LifetimeRows rows = ScoreLifetimeRows(lifetime.model(), *encoder, all, all, holdout, threads);
  return EvaluateLifetimeValue(lifetime.artifact().lifetime_value(), lifetime.model(), *encoder, rows, holdout);
}

TEST(EvaluateLifetimeValueTest, TracksCdnowWeekByWeekAsTheReference) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  CLIENTELE_REFERENCE(reference);
  const auto evaluation = Evaluate(testutil::CdnowSample(table), 1);
  ASSERT_EQ(evaluation.tracking_size(), 78);
  for (const auto& week : reference["clv_cdnow"]["weekly_cumulative"]) {
    const auto& point = evaluation.tracking(week["week"].get<int>() - 1);
    EXPECT_EQ(point.actual_cumulative(), week["actual"].get<double>());
    EXPECT_NEAR(point.expected_cumulative(), week["bgnbd"].get<double>(), 1e-3 * week["bgnbd"].get<double>());
    EXPECT_EQ(point.holdout(), week["week"].get<int>() > 39);
  }
  EXPECT_NEAR(evaluation.tracking(77).expected_cumulative() - evaluation.tracking(38).expected_cumulative(),
              reference["clv_cdnow"]["weeks_40_78"]["bgnbd"].get<double>(), 0.5);
}

TEST(EvaluateLifetimeValueTest, ForecastsTheHoldoutAsTheReference) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  CLIENTELE_REFERENCE(reference);
  const auto evaluation = Evaluate(testutil::CdnowSample(table), 1);
  const auto& expected = reference["clv_cdnow"]["from_transactions"];
  EXPECT_EQ(evaluation.purchases().actual(), expected["holdout"]["actual"].get<double>());
  EXPECT_NEAR(evaluation.purchases().expected(), expected["bgnbd"]["sum_expected_holdout"].get<double>(), 0.01);
  EXPECT_NEAR(evaluation.purchases().rmse(), expected["holdout"]["rmse"]["bgnbd"].get<double>(), 1e-5);
  EXPECT_NEAR(evaluation.purchases().mae(), expected["holdout"]["mae"]["bgnbd"].get<double>(), 1e-5);
  EXPECT_NEAR(evaluation.purchases().correlation(), expected["holdout"]["correlation"]["bgnbd"].get<double>(), 1e-5);
  EXPECT_NEAR(evaluation.probability_alive_mean() * 2357, expected["bgnbd"]["sum_p_alive"].get<double>(), 0.01);
  EXPECT_NEAR(evaluation.frequency_spend_correlation(), expected["gamma_gamma"]["corr_x_zbar"].get<double>(), 1e-5);
  EXPECT_EQ(evaluation.holdout_days(), 273);
  ASSERT_EQ(evaluation.conditional_size(), 8);
  for (int x = 0; x < 8; ++x) {
    const auto& row = expected["holdout"]["by_x"][x];
    EXPECT_EQ(evaluation.conditional(x).customers(), row["customers"].get<int>());
    EXPECT_NEAR(evaluation.conditional(x).actual(), row["actual"].get<double>(), 1e-6);
    EXPECT_NEAR(evaluation.conditional(x).expected(), row["bgnbd"].get<double>(), 1e-5);
    EXPECT_LE(evaluation.conditional(x).lower(), evaluation.conditional(x).actual());
  }
  EXPECT_TRUE(evaluation.conditional(7).and_more());
}

TEST(EvaluateLifetimeValueTest, CountsCustomersByFrequencyMonthAndSpend) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  const auto evaluation = Evaluate(testutil::CdnowSample(table), 1);
  ASSERT_EQ(evaluation.frequencies_size(), 11);
  double actual = 0, expected = 0;
  for (const auto& bin : evaluation.frequencies()) {
    actual += bin.actual();
    expected += bin.expected();
  }
  EXPECT_EQ(actual, 2357);
  EXPECT_NEAR(expected, 2357, 1e-6);
  EXPECT_EQ(evaluation.frequencies(0).actual(), 1411);
  EXPECT_NEAR(evaluation.frequencies(0).expected(), 1411, 60);
  EXPECT_TRUE(std::isinf(evaluation.frequencies(10).to()));

  ASSERT_EQ(evaluation.cohorts_size(), 3);
  EXPECT_EQ(evaluation.cohorts(0).month(), "1997-01");
  EXPECT_EQ(evaluation.cohorts(2).month(), "1997-03");
  EXPECT_EQ(evaluation.cohorts(0).customers() + evaluation.cohorts(1).customers() + evaluation.cohorts(2).customers(), 2357);

  double repeaters = 0, expected_repeaters = 0;
  for (const auto& bin : evaluation.spend()) {
    repeaters += bin.actual();
    expected_repeaters += bin.expected();
  }
  EXPECT_EQ(repeaters, 946);
  EXPECT_NEAR(expected_repeaters, 946, 1e-6);
}

TEST(EvaluateLifetimeValueTest, SurfacesHaveHolesWhereNoCustomerCanBe) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  const auto evaluation = Evaluate(testutil::CdnowSample(table), 1);
  ASSERT_EQ(evaluation.surfaces_size(), 2);
  for (const auto& surface : evaluation.surfaces()) {
    ASSERT_EQ(surface.values_size(), surface.frequencies_size() * surface.recencies_size());
    EXPECT_FALSE(std::isnan(surface.values(0)));   // No repeat purchase, no recency.
    EXPECT_TRUE(std::isnan(surface.values(1)));    // Recency without a repeat purchase.
    EXPECT_TRUE(std::isnan(surface.values(surface.recencies_size())));
    EXPECT_GT(surface.values(surface.values_size() - 1), surface.values(surface.values_size() - 10));
  }
}

TEST(EvaluateLifetimeValueTest, DensitiesIntegrateToOneAndHaveTheirMeans) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  const auto evaluation = Evaluate(testutil::CdnowSample(table), 1);
  ASSERT_EQ(evaluation.distributions_size(), 3);
  EXPECT_EQ(evaluation.distributions(0).quantity(), "purchase_rate");
  EXPECT_NEAR(evaluation.distributions(0).mean(), 0.2425945124 / 4.413601861, 1e-12);
  EXPECT_EQ(evaluation.distributions(1).quantity(), "dropout_probability");
  EXPECT_NEAR(evaluation.distributions(1).mean(), 0.79292197 / (0.79292197 + 2.425906482), 1e-12);
  const auto& spend = evaluation.distributions(2);
  EXPECT_NEAR(spend.mean(), 35.17037141, 1e-6);
  double mass = 0;
  for (const auto& point : spend.density()) mass += point.y() * (spend.density(1).x() - spend.density(0).x());
  EXPECT_NEAR(mass, 1, 0.02);
}

TEST(EvaluateLifetimeValueTest, ThePortfolioAddsUpAndItsIntervalIsNarrowerThanThatOfOne) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  const auto evaluation = Evaluate(testutil::CdnowSample(table), 1);
  const auto& portfolio = evaluation.portfolio();
  double value = 0, at_risk = 0;
  int64_t customers = 0;
  for (const auto& tier : portfolio.tiers()) {
    value += tier.value();
    at_risk += tier.value_at_risk();
    customers += tier.customers();
  }
  EXPECT_EQ(customers, 2357);
  EXPECT_NEAR(value, portfolio.value(), 1e-6 * value);
  EXPECT_NEAR(at_risk, portfolio.value_at_risk(), 1e-6 * at_risk);
  EXPECT_LT(portfolio.value_lower(), portfolio.value());
  EXPECT_GT(portfolio.value_upper(), portfolio.value());
  EXPECT_LE(portfolio.alive_upper(), 2357);
  EXPECT_NEAR(portfolio.alive(), 1917.277664, 0.01);
  EXPECT_NEAR(portfolio.purchases(), 1653.408684, 0.01);
  EXPECT_LT(evaluation.portfolio().tiers(1).customers(), evaluation.portfolio().tiers(0).customers());
}

TEST(EvaluateLifetimeValueTest, IsTheSameForAnyNumberOfThreads) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  const Dataset dataset = testutil::CdnowSample(table);
  EXPECT_EQ(Evaluate(dataset, 1).SerializeAsString(), Evaluate(dataset, 2).SerializeAsString());
}

TEST(HoldoutTest, TakesLabelsOfOneWindow) {
  common::v1::DatasetSpec spec;
  EXPECT_EQ(Holdout(spec).days(), 0);
  spec.mutable_label()->mutable_spend_within()->set_days(90);
  spec.add_auxiliary_labels()->mutable_purchases_within()->set_days(30);
  EXPECT_EQ(Holdout(spec).days(), 90);
  EXPECT_TRUE(Holdout(spec).has_money());
  EXPECT_FALSE(Holdout(spec).has_purchases());  // Of another window.
  spec.add_auxiliary_labels()->mutable_purchases_within()->set_days(90);
  EXPECT_TRUE(Holdout(spec).has_purchases());
  spec.clear_label();
  EXPECT_EQ(Holdout(spec).days(), 30);
  EXPECT_FALSE(Holdout(spec).has_money());
}

TEST(IncompleteBetaTest, IsTheDistributionFunction) {
  EXPECT_NEAR(IncompleteBeta(0.3, 1, 1), 0.3, 1e-14);
  EXPECT_NEAR(IncompleteBeta(0.5, 2, 3), 0.6875, 1e-13);
  EXPECT_NEAR(IncompleteBeta(0.2, 40, 3.7) + IncompleteBeta(0.8, 3.7, 40), 1, 1e-12);
  EXPECT_EQ(IncompleteBeta(0, 2, 3), 0);
  EXPECT_EQ(IncompleteBeta(1, 2, 3), 1);
}

}  // namespace
}  // namespace clientele::training
