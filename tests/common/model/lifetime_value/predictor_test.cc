#include "common/model/lifetime_value/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "common/model/lifetime_value/portfolio.h"
#include "tests/common/model/lifetime_value/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testutil::CompleteLifetimeArtifact;
using testutil::LifetimeArtifact;
using testutil::StatusIs;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Customer {
  double frequency = 0, recency = 0, age = 0, spend = 0, historic = 0;
  absl::string_view plan = "basic";

  std::vector<Cell> Row() const {
    return {Cell::Number(frequency), Cell::Number(recency), Cell::Number(age), Cell::Number(spend), Cell::Number(historic),
            Cell::Category(plan)};
  }
};
// The first of CDNOW's sample; its published 39 weeks are the sample model's horizon.
constexpr Customer kFirst = {2, 30.42857143, 38.85714286, 22.345, 89.08};

class LifetimeValuePredictorTest : public ::testing::Test {
 protected:
  void Use(v1::ModelArtifact artifact) {
    const auto loaded = Predictor::Load(SerializeArtifact(CompleteLifetimeArtifact(std::move(artifact))).bytes);
    ASSERT_OK(loaded);
    predictor_ = std::static_pointer_cast<const LifetimeValuePredictor>(*loaded);
  }
  LifetimeScore Score(const Customer& customer, int horizon_days = 0) const {
    return predictor_->Describe(customer.Row(), horizon_days, /*explain=*/true);
  }
  static double Explained(const LifetimeScore& score) {
    double sum = score.prediction.baseline;
    for (const double contribution : score.prediction.contributions) sum += contribution;
    return sum;
  }

  std::shared_ptr<const LifetimeValuePredictor> predictor_;
};

TEST_F(LifetimeValuePredictorTest, TheFirstCustomerOfCdnowIsAsPublished) {
  Use(LifetimeArtifact());
  const LifetimeScore score = Score(kFirst);
  EXPECT_NEAR(score.estimates.alive.value, 0.7266203064, 1e-6);
  EXPECT_NEAR(score.estimates.purchases.value, 1.225994446, 2e-6);
  EXPECT_NEAR(score.estimates.spend.value, 24.65391832, 1e-5);
  EXPECT_NEAR(score.estimates.value.value, 1.225994446 * 24.65391832, 1e-4);
  EXPECT_NEAR(score.estimates.value_at_risk, score.estimates.value.value * (1 / 0.7266203064 - 1), 1e-4);
  EXPECT_NEAR(score.historic_value, 89.08, 1e-5);
  EXPECT_NEAR(score.estimates.usual_gap_days, 30.42857143 / 2 * 7, 1e-4);
  ASSERT_EQ(score.alive_curve.size(), 13u);
  EXPECT_EQ(score.alive_curve.front().probability, score.estimates.alive.value);
  EXPECT_EQ(score.alive_curve.back().days_ahead, 273);
  EXPECT_LT(score.alive_curve.back().probability, score.alive_curve.front().probability);
  EXPECT_THAT(score.note, IsEmpty());
}

TEST_F(LifetimeValuePredictorTest, PredictIsTheSameToTheBit) {
  Use(LifetimeArtifact(/*covariates=*/true));
  const LifetimeScore score = Score(kFirst);
  const Prediction prediction = predictor_->Predict(kFirst.Row(), /*explain=*/true);
  EXPECT_EQ(prediction.output, score.estimates.value.value);
  EXPECT_EQ(prediction.lower, score.estimates.value.lower);
  EXPECT_EQ(prediction.probability_alive, score.estimates.alive.value);
  EXPECT_EQ(prediction.expected_purchases, score.estimates.purchases.value);
  EXPECT_EQ(prediction.percentile, score.prediction.percentile);
  EXPECT_EQ(prediction.contributions, score.prediction.contributions);
}

TEST_F(LifetimeValuePredictorTest, BaselineAndContributionsAddUpForEveryCustomer) {
  for (const bool covariates : {false, true}) {
    Use(LifetimeArtifact(covariates));
    std::mt19937 random(1);
    for (int i = 0; i < 200; ++i) {
      const double age = random() % 60, x = random() % 8;
      const Customer customer = {x, x == 0 ? 0 : age * (random() % 100) / 100, age, x == 0 ? 0 : double(random() % 90), 5,
                                 random() % 2 == 0 ? "gold" : "basic"};
      const LifetimeScore score = Score(customer, i % 3 == 0 ? 0 : 1 + static_cast<int>(random() % 1000));
      EXPECT_NEAR(Explained(score), score.estimates.value.value, 1e-9 * (1 + score.estimates.value.value));
    }
  }
}

TEST_F(LifetimeValuePredictorTest, ACovariateThatMovesNothingExplainsNothing) {
  Use(LifetimeArtifact());
  EXPECT_EQ(Score(kFirst).prediction.contributions[5], 0);
  Use(LifetimeArtifact(/*covariates=*/true));
  Customer gold = kFirst;
  gold.plan = "gold";
  EXPECT_GT(Score(gold).prediction.contributions[5], 0);
  EXPECT_LT(Score(kFirst).prediction.contributions[5], 0);
  EXPECT_GT(Score(gold).estimates.value.value, Score(kFirst).estimates.value.value);
}

TEST_F(LifetimeValuePredictorTest, ALateLastPurchaseSpeaksForACustomerAndASilenceAgainst) {
  Use(LifetimeArtifact());
  const Customer late = {4, 38, 38.86, 35, 150}, silent = {4, 3, 38.86, 35, 150};
  EXPECT_GT(Score(late).prediction.contributions[1], Score(silent).prediction.contributions[1]);
  EXPECT_LT(Score(silent).prediction.contributions[1], 0);
}

TEST_F(LifetimeValuePredictorTest, WhoNeverBoughtIsWorthNothingUntilTheFirstPurchase) {
  Use(LifetimeArtifact());
  const LifetimeScore score = Score({kMissing, kMissing, kMissing, kMissing, kMissing});
  EXPECT_EQ(score.estimates.value.value, 0);
  EXPECT_EQ(score.estimates.alive.value, 0);
  EXPECT_EQ(score.historic_value, 0);
  EXPECT_EQ(score.estimates.days_to_next.value, 0);
  EXPECT_THAT(score.note, HasSubstr("no purchase so far; after a first one, repeat purchases are worth"));
  EXPECT_EQ(score.prediction.imputed.size(), 5u);
  EXPECT_NEAR(Explained(score), 0, 1e-12);
  EXPECT_EQ(score.prediction.percentile, score.prediction.percentile);
}

TEST_F(LifetimeValuePredictorTest, AnIncompleteHistoryIsSaidToBeOne) {
  Use(LifetimeArtifact());
  const LifetimeScore score = Score({2, 30, kMissing, 22, 80});
  EXPECT_EQ(score.estimates.value.value, 0);
  EXPECT_THAT(score.note, HasSubstr("not complete"));
}

TEST_F(LifetimeValuePredictorTest, WithoutARepeatPurchaseSpendIsTheAverageOfAll) {
  Use(LifetimeArtifact());
  const LifetimeScore score = Score({0, 0, 38.857, 0, 30});
  EXPECT_EQ(score.estimates.alive.value, 1);  // BG/NBD: nobody stops before the first repeat purchase.
  EXPECT_NEAR(score.estimates.spend.value, 35.17037141, 1e-6);
  EXPECT_THAT(score.note, HasSubstr("no repeat purchase"));
  EXPECT_EQ(score.estimates.usual_gap_days, score.estimates.days_to_next.value);
}

TEST_F(LifetimeValuePredictorTest, ReturnsBeyondWhatWasBoughtLeaveTheAverageSpend) {
  Use(LifetimeArtifact());
  const LifetimeScore score = Score({3, 10, 30, -4, -12});
  EXPECT_NEAR(score.estimates.spend.value, 35.17037141, 1e-6);
  EXPECT_NEAR(score.historic_value, -12, 1e-6);
  EXPECT_THAT(score.note, HasSubstr("returns exceed"));
}

TEST_F(LifetimeValuePredictorTest, WhateverTheCellsAreTheAnswerIsNumbers) {
  Use(LifetimeArtifact(/*covariates=*/true));
  const double odd[] = {-1e30, -5, -0.4, 0, 0.5, 3, 1e4, 1e30};
  for (const double x : odd) {
    for (const double recency : odd) {
      for (const double age : odd) {
        const LifetimeScore score = Score({x, recency, age, x, age, "never seen"}, 36'500);
        for (const Range& range : {score.estimates.alive, score.estimates.purchases, score.estimates.spend,
                                   score.estimates.value, score.estimates.days_to_next}) {
          ASSERT_TRUE(std::isfinite(range.value) && range.value >= 0) << x << " " << recency << " " << age;
          ASSERT_TRUE(range.lower <= range.value && range.value <= range.upper && std::isfinite(range.upper));
        }
        ASSERT_LE(score.estimates.alive.upper, 1);
        double size = 1;  // Large numbers that cancel each other leave their rounding.
        for (const double contribution : score.prediction.contributions) size += std::abs(contribution);
        ASSERT_NEAR(Explained(score), score.estimates.value.value, 1e-12 * size);
      }
    }
  }
  EXPECT_THAT(Score({2, 50, 38, 20, 60}).note, HasSubstr("cannot be as given"));
}

TEST_F(LifetimeValuePredictorTest, AnotherHorizonIsAnotherValueOfTheSameRank) {
  v1::ModelArtifact artifact = LifetimeArtifact();
  artifact.mutable_lifetime_value()->set_annual_discount_rate(0.1);
  Use(std::move(artifact));
  const LifetimeScore own = Score(kFirst), same = Score(kFirst, 273), year = Score(kFirst, 365), ten = Score(kFirst, 3650);
  EXPECT_EQ(own.estimates.value.value, same.estimates.value.value);
  EXPECT_EQ(own.horizon_days, 273);
  EXPECT_EQ(year.horizon_days, 365);
  EXPECT_GT(year.estimates.value.value, own.estimates.value.value);
  EXPECT_GT(ten.estimates.purchases.value, year.estimates.purchases.value);
  EXPECT_EQ(ten.prediction.percentile, own.prediction.percentile);
  EXPECT_EQ(ten.tier, own.tier);
  EXPECT_LT(own.estimates.value.value, own.estimates.purchases.value * own.estimates.spend.value);  // Discounted.
}

TEST_F(LifetimeValuePredictorTest, AMarginScalesMoneyAndNothingElse) {
  Use(LifetimeArtifact());
  const LifetimeScore whole = Score(kFirst);
  v1::ModelArtifact artifact = LifetimeArtifact();
  artifact.mutable_lifetime_value()->set_margin(0.25);
  Use(std::move(artifact));
  const LifetimeScore quarter = Score(kFirst);
  EXPECT_NEAR(quarter.estimates.value.upper, whole.estimates.value.upper / 4, 1e-9);
  EXPECT_NEAR(quarter.estimates.value_at_risk, whole.estimates.value_at_risk / 4, 1e-9);
  EXPECT_NEAR(quarter.historic_value, whole.historic_value / 4, 1e-9);
  EXPECT_EQ(quarter.estimates.spend.value, whole.estimates.spend.value);
}

TEST_F(LifetimeValuePredictorTest, TheIntervalIsThatOfTheDeltaMethod) {
  Use(LifetimeArtifact());
  const LifetimeScore score = Score(kFirst);
  // Slopes of the logarithm of the value by differences of whole models.
  std::vector<double> slopes;
  for (int i = 0; i < 7; ++i) {
    double logs[2];
    for (const int side : {0, 1}) {
      v1::ModelArtifact artifact = LifetimeArtifact();
      auto& fitted = i < 4 ? *artifact.mutable_lifetime_value()->mutable_purchases()
                           : *artifact.mutable_lifetime_value()->mutable_spend();
      auto& parameter = *fitted.mutable_parameters(i < 4 ? i : i - 4);
      parameter.set_value(parameter.value() * std::exp(side == 0 ? -1e-4 : 1e-4));
      Use(std::move(artifact));
      logs[side] = std::log(Score(kFirst).estimates.value.value);
    }
    slopes.push_back((logs[1] - logs[0]) / 2e-4);
  }
  double variance = 0;
  for (int i = 0; i < 7; ++i) {
    for (int j = 0; j < 7; ++j) {
      if ((i < 4) == (j < 4)) variance += slopes[i] * slopes[j] * (i < 4 ? 0.01 : 0.004) * (i == j ? 1 : 0.25);
    }
  }
  EXPECT_NEAR(std::log(score.estimates.value.upper / score.estimates.value.value), 1.959963985 * std::sqrt(variance), 1e-6);
}

TEST_F(LifetimeValuePredictorTest, InBulkIsTheSameToTheBit) {
  for (const bool covariates : {false, true}) {
    Use(LifetimeArtifact(covariates));
    const LifetimeModel& model = predictor_->model();
    PortfolioScorer scorer(model, model.terms());
    std::vector<double> columns(predictor_->encoder().num_columns());
    for (const double x : {0.0, 1.0, 2.0, 1.0, 0.0}) {
      for (const absl::string_view plan : {"gold", "basic"}) {
        const Customer customer = {x, x * 3, 20, x * 30, 40, plan};
        predictor_->encoder().Encode(customer.Row(), absl::MakeSpan(columns));
        const LifetimeCustomer read = model.Read(columns);
        const LifetimeParts bulk = scorer.PartsOf(read, columns), one = model.PartsOf(read, columns, model.terms());
        EXPECT_EQ(bulk.alive.value, one.alive.value);
        EXPECT_EQ(bulk.ahead.discounted.slopes, one.ahead.discounted.slopes);
        EXPECT_EQ(bulk.spend.value, one.spend.value);
      }
    }
  }
}

TEST(LifetimeValuePredictorCreateTest, RefusesWhatCannotScore) {
  const auto refused = [](void (*damage)(v1::LifetimeValueModel&)) {
    v1::ModelArtifact artifact = LifetimeArtifact(/*covariates=*/true);
    damage(*artifact.mutable_lifetime_value());
    return Predictor::Create(std::move(artifact)).status();
  };
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(refused([](auto& model) { model.mutable_purchases()->mutable_parameters(0)->set_value(-1); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.mutable_purchases()->mutable_parameters(0)->set_name("s"); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.mutable_spend()->mutable_parameters()->RemoveLast(); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.mutable_spend()->add_covariance(1); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.mutable_spend()->mutable_covariates(0)->set_column_index(8); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.mutable_spend()->mutable_covariates(0)->set_parameter("luck"); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_age_feature(5); }), invalid);  // A category.
  EXPECT_THAT(refused([](auto& model) { model.set_age_feature(6); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_days_per_unit(0); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_horizon_days(0); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_margin(kMissing); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_annual_discount_rate(-0.5); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_interval_coverage(1); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.set_mean_frequency(kMissing); }), invalid);
  EXPECT_THAT(refused([](auto& model) { model.mutable_tiers(1)->set_at_least_percentile(-1); }), invalid);
  EXPECT_OK(refused([](auto&) {}));
}

}  // namespace
}  // namespace clientele::model
