#include "common/model/survival/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "tests/common/model/survival/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::HasSubstr;
using testutil::SampleCox;
using testutil::SampleRetention;
using testutil::SampleWeibull;
using testutil::StatusIs;

constexpr double kDeviate = 1.959963984540054;

class SurvivalPredictorTest : public ::testing::Test {
 protected:
  void Load(v1::ModelArtifact artifact) {
    auto predictor = Predictor::Load(testutil::CompleteSurvival(std::move(artifact)));
    ASSERT_OK(predictor);
    predictor_ = *std::move(predictor);
  }
  SurvivalOutlook Describe(double tenure, const char* plan, double x) const {
    const std::vector<Cell> row = {std::isnan(tenure) ? Cell::Missing() : Cell::Number(tenure),
                                   *plan == '\0' ? Cell::Missing() : Cell::Category(plan), Cell::Number(x)};
    return static_cast<const SurvivalPredictor&>(*predictor_).Describe(row, /*explain=*/true);
  }

  std::shared_ptr<const Predictor> predictor_;
};

TEST_F(SurvivalPredictorTest, CoxIsTheBaselineTimesTheHazardRatio) {
  Load(SampleCox());
  const SurvivalOutlook outlook = Describe(NAN, "gold", 3);
  EXPECT_NEAR(outlook.prediction.fit, 0.5, 1e-15);
  EXPECT_NEAR(outlook.prediction.output, std::exp(0.5), 1e-15);
  EXPECT_EQ(outlook.prediction.baseline, 0);
  EXPECT_EQ(outlook.prediction.contributions, (std::vector<double>{0, 0, 0.5}));
  ASSERT_EQ(outlook.curve.size(), 2u);
  EXPECT_NEAR(outlook.curve[0].survival, std::exp(-0.3 * std::exp(0.5)), 1e-14);
  EXPECT_NEAR(outlook.curve[1].survival, std::exp(-0.6 * std::exp(0.5)), 1e-14);
  // var(log H0) + var(b) (x - mean)^2.
  const double deviation = std::sqrt(0.03 / 100 / 0.09 + 0.01);
  EXPECT_NEAR(outlook.curve[0].lower, std::exp(-0.3 * std::exp(0.5 + kDeviate * deviation)), 1e-9);
  EXPECT_NEAR(outlook.curve[0].upper, std::exp(-0.3 * std::exp(0.5 - kDeviate * deviation)), 1e-9);
  // log 2 / exp(0.5) is 0.42: the fifth step.
  EXPECT_EQ(outlook.median_remaining, 10);
  EXPECT_FALSE(outlook.mean_remaining.has_value());
}

TEST_F(SurvivalPredictorTest, AStratumHasItsOwnBaselineAndAnUnknownOneThatOfAll) {
  Load(SampleCox());
  EXPECT_NEAR(Describe(NAN, "mini", 2).curve[0].survival, std::exp(-0.6), 1e-14);
  EXPECT_EQ(Describe(NAN, "mini", 2).stratum, "mini");
  EXPECT_NEAR(Describe(NAN, "gold", 2).curve[0].survival, std::exp(-0.3), 1e-14);
  EXPECT_NEAR(Describe(NAN, "other", 2).curve[0].survival, std::exp(-0.3), 1e-14);
  EXPECT_NEAR(Describe(NAN, "", 2).curve[0].survival, std::exp(-0.3), 1e-14);
}

TEST_F(SurvivalPredictorTest, TimeStayedIsConditionedOn) {
  Load(SampleCox());
  const SurvivalOutlook outlook = Describe(4, "gold", 2);
  EXPECT_EQ(outlook.stayed, 4);
  EXPECT_NEAR(outlook.curve[0].survival, std::exp(-0.3), 1e-14);  // From 4 to 10.
  EXPECT_EQ(outlook.median_remaining, 14);                        // Seven steps.
  // No more is known than the last time.
  const SurvivalOutlook late = Describe(50, "gold", 2);
  EXPECT_EQ(late.curve[1].survival, 1);
  EXPECT_EQ(late.curve[1].lower, 1);
  EXPECT_FALSE(late.median_remaining.has_value());
  EXPECT_EQ(Describe(-3, "gold", 2).stayed, 0);
}

// The same numbers by hand: H = 0.2 e^0.5 at x = 3 from 4 to 8, with q = 0.2 (3 - 2) - 0.05.
TEST_F(SurvivalPredictorTest, ACoxIntervalKnowsWhatBaselineAndCoefficientsHaveInCommon) {
  v1::ModelArtifact artifact = SampleCox();
  for (auto& baseline : *artifact.mutable_survival()->mutable_baselines()) {
    for (int i = 1; i <= 20; ++i) {
      for (const double shift : {0.0, 0.0, 0.0, 0.025 * i}) baseline.add_mean_shifts(static_cast<float>(shift));
    }
  }
  artifact.mutable_survival()->set_horizons(0, 4);
  Load(std::move(artifact));
  const SurvivalChance chance = Describe(4, "gold", 3).curve[0];
  EXPECT_NEAR(chance.survival, std::exp(-0.2 * std::exp(0.5)), 1e-14);
  const double q = 0.2 - 0.05, variance = (2 * 0.0001 + q * q * 0.01) / 0.04;
  EXPECT_NEAR(std::log(std::log(chance.lower) / std::log(chance.survival)), kDeviate * std::sqrt(variance), 1e-6);
  EXPECT_NEAR(std::log(std::log(chance.upper) / std::log(chance.survival)), -kDeviate * std::sqrt(variance), 1e-6);
}

TEST_F(SurvivalPredictorTest, WeibullIsItsFormulas) {
  Load(SampleWeibull());
  const SurvivalOutlook outlook = Describe(NAN, "gold", 3);
  EXPECT_NEAR(outlook.prediction.fit, 0.4 / 0.8, 1e-14);
  EXPECT_NEAR(outlook.prediction.contributions[2], 0.5, 1e-14);
  const double scale = std::exp(2.6), shape = 1 / 0.8;
  EXPECT_NEAR(outlook.curve[0].survival, std::exp(-std::pow(6 / scale, shape)), 1e-13);
  EXPECT_NEAR(*outlook.median_remaining, scale * std::pow(std::log(2), 0.8), 1e-11);
  EXPECT_NEAR(*outlook.mean_remaining, scale * std::tgamma(1.8), 1e-11);
  // d log H / d (b, fit, log scale) = (-1 / s, -1 / s, -log H).
  const double log_hazard = shape * std::log(6 / scale);
  const double deviation = std::sqrt((0.01 + 0.0025) / 0.64 + 0.0016 * log_hazard * log_hazard);
  EXPECT_NEAR(outlook.curve[0].lower, std::exp(-std::exp(log_hazard + kDeviate * deviation)), 1e-9);
}

// The mean by plain quadrature of the survival curve, in logarithms of time.
double SlowMean(double scale, double shape, double from) {
  const double start = std::pow(from / scale, shape);
  double sum = 0;
  constexpr double kStep = 1e-4;
  for (double y = -12; y < 14; y += kStep) {
    const double t = std::exp(y);
    sum += kStep * t * std::exp(start - std::pow((from + t) / scale, shape));
  }
  return sum;
}

TEST_F(SurvivalPredictorTest, MeanRemainingIsTheAreaUnderTheCurve) {
  for (const double scale : {0.5, 0.8, 1.7}) {
    Load(SampleWeibull(scale));
    for (const double stayed : {0.5, 10.0, 60.0}) {
      const double slow = SlowMean(std::exp(3), 1 / scale, stayed);
      EXPECT_NEAR(*Describe(stayed, "gold", 2).mean_remaining, slow, 2e-5 * slow) << scale << " " << stayed;
    }
  }
  Load(SampleWeibull(1));
  EXPECT_NEAR(*Describe(25, "gold", 2).mean_remaining, std::exp(3), 1e-12) << "an exponential forgets";
}

TEST_F(SurvivalPredictorTest, RetentionIsFadersAndHardies) {
  Load(SampleRetention());
  const SurvivalOutlook outlook = Describe(NAN, "gold", 3);
  EXPECT_EQ(outlook.prediction.output, 1);
  EXPECT_EQ(outlook.prediction.contributions, (std::vector<double>{0, 0, 0}));
  const auto survival = [](int from, int periods) {
    double product = 1;
    for (int t = from + 1; t <= from + periods; ++t) product *= (3.806 + t - 1) / (0.668 + 3.806 + t - 1);
    return product;
  };
  EXPECT_NEAR(outlook.curve[0].survival, survival(0, 6), 1e-13);
  EXPECT_NEAR(Describe(5, "gold", 3).curve[1].survival, survival(5, 12), 1e-13);
  EXPECT_LE(survival(0, static_cast<int>(*outlook.median_remaining)), 0.5);
  EXPECT_GT(survival(0, static_cast<int>(*outlook.median_remaining) - 1), 0.5);
  EXPECT_FALSE(outlook.mean_remaining.has_value()) << "alpha is below 1: the mean is infinite";
  double discounted = 0;
  for (int k = 1; k < 2000; ++k) discounted += survival(0, k) * std::pow(1.1, 1 - k);
  EXPECT_NEAR(*outlook.discounted_remaining, discounted, 1e-10);
  EXPECT_LT(outlook.curve[0].lower, outlook.curve[0].survival);
  EXPECT_GT(outlook.curve[0].upper, outlook.curve[0].survival);
}

TEST_F(SurvivalPredictorTest, ExtremeRowsLeaveNumbers) {
  for (const auto& artifact : {SampleCox(), SampleWeibull(), SampleWeibull(1), SampleRetention()}) {
    Load(artifact);
    for (const double x : {-1e38, -1e6, 1e6, 1e38}) {
      for (const double tenure : {0.0, 1e-30, 1e12, 1e38}) {
        const SurvivalOutlook outlook = Describe(tenure, "mini", x);
        EXPECT_TRUE(std::isfinite(outlook.prediction.output));
        for (const SurvivalChance& chance : outlook.curve) {
          EXPECT_TRUE(chance.lower >= 0 && chance.lower <= chance.survival) << x << " " << tenure;
          EXPECT_TRUE(chance.upper <= 1 && chance.upper >= chance.survival) << x << " " << tenure;
        }
        EXPECT_TRUE(std::isfinite(outlook.mean_remaining.value_or(0))) << x << " " << tenure;
      }
    }
  }
}

TEST(SurvivalArtifact, DamagedOnesAreRefused) {
  const auto expect = [](v1::ModelArtifact artifact, const std::function<void(v1::SurvivalModel&)>& damage) {
    damage(*artifact.mutable_survival());
    EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not valid")));
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  expect(SampleCox(), [](auto& m) { m.set_method(v1::SurvivalParameters::METHOD_UNSPECIFIED); });
  expect(SampleCox(), [](auto& m) { m.set_coefficients(3, kNan); });
  expect(SampleCox(), [](auto& m) { m.mutable_coefficients()->RemoveLast(); });
  expect(SampleCox(), [](auto& m) { m.mutable_covariance()->RemoveLast(); });
  expect(SampleCox(), [](auto& m) { m.mutable_column_means()->Clear(); });
  expect(SampleCox(), [](auto& m) { m.clear_baselines(); });
  expect(SampleCox(), [](auto& m) { m.mutable_baselines(0)->set_stratum("gold"); });
  expect(SampleCox(), [](auto& m) { m.mutable_baselines(1)->set_times(3, 1); });
  expect(SampleCox(), [](auto& m) { m.mutable_baselines(1)->set_cumulative_hazards(3, 0); });
  expect(SampleCox(), [](auto& m) { m.mutable_baselines(1)->set_variances(3, -1); });
  expect(SampleCox(), [](auto& m) { m.mutable_baselines(1)->mutable_variances()->RemoveLast(); });
  expect(SampleCox(), [](auto& m) { m.mutable_baselines(1)->add_mean_shifts(0); });
  expect(SampleCox(), [](auto& m) {
    for (int i = 0; i < 80; ++i) m.mutable_baselines(0)->add_mean_shifts(i == 9 ? static_cast<float>(kNan) : 0);
  });
  expect(SampleCox(), [](auto& m) { m.set_duration_feature(7); });
  expect(SampleCox(), [](auto& m) { m.set_duration_feature(1); });
  expect(SampleCox(), [](auto& m) { m.set_strata_feature(0); });
  expect(SampleCox(), [](auto& m) { m.set_strata_feature(-1); });
  expect(SampleCox(), [](auto& m) { m.set_interval_coverage(1); });
  expect(SampleCox(), [](auto& m) { m.set_horizons(0, 0); });
  expect(SampleCox(), [](auto& m) { m.set_horizons(1, 6); });
  expect(SampleWeibull(), [](auto& m) { m.set_scale(0); });
  expect(SampleWeibull(), [](auto& m) { m.set_intercept(kNan); });
  expect(SampleWeibull(), [](auto& m) { m.mutable_covariance()->RemoveLast(); });
  expect(SampleRetention(), [](auto& m) { m.set_alpha(0); });
  expect(SampleRetention(), [](auto& m) { m.set_beta(kNan); });
  expect(SampleRetention(), [](auto& m) { m.set_period_discount_rate(-1); });
}

TEST(SurvivalArtifact, OneThatScoresOtherwiseIsRefused) {
  v1::ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(testutil::CompleteSurvival(SampleCox())));
  EXPECT_EQ(artifact.golden_rows(0).outputs_size(), 3) << "a hazard ratio and two horizons";
  artifact.mutable_survival()->set_coefficients(3, 0.5000001);
  EXPECT_THAT(Predictor::Load(artifact.SerializeAsString()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("golden row")));
}

TEST(SurvivalArtifact, FlippedBitsNeverCrash) {
  std::mt19937_64 random(5);
  for (const auto& sample : {SampleCox(), SampleWeibull(), SampleRetention()}) {
    const std::string bytes = testutil::CompleteSurvival(sample);
    for (int trial = 0; trial < 2000; ++trial) {
      std::string damaged = bytes;
      for (int flip = 0; flip < 3; ++flip) damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      v1::ModelArtifact artifact;
      if (!artifact.ParseFromString(damaged)) continue;
      const auto predictor = Predictor::Create(std::move(artifact));
      if (!predictor.ok() || (*predictor)->schema().size() != 3) continue;
      const std::vector<Cell> row = {Cell::Number(7), Cell::Category("mini"), Cell::Number(1e30)};
      if (!(*predictor)->artifact().has_survival()) continue;
      const auto outlook = static_cast<const SurvivalPredictor&>(**predictor).Describe(row, true);
      EXPECT_TRUE(std::isfinite(outlook.prediction.output));
    }
  }
}

}  // namespace
}  // namespace clientele::model
