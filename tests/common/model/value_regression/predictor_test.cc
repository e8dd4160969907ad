#include "common/model/value_regression/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <utility>

#include "common/model/artifact.h"
#include "common/model/value_regression/family.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;
using v1::ModelArtifact;
using v1::ValueRegressionParameters;

// fit = 1 + 0.5 (x - 2) + 0 [a] - 3 [b]
ModelArtifact Tiny(ValueRegressionParameters::Target target) {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto* model = artifact.mutable_value_regression();
  for (const double coefficient : {0.5, 0.0, -3.0}) model->add_coefficients(coefficient);
  model->set_intercept(1);
  model->set_target(target);
  model->set_smearing(1.5);
  return artifact;
}

double Value(const ModelArtifact& artifact, double x, absl::string_view plan) {
  auto predictor = Predictor::Create(artifact);
  EXPECT_OK(predictor);
  return (*predictor)->Predict({Cell::Number(x), Cell::Category(plan)}, false).output;
}

TEST(ValueRegressionPredictorTest, BringsLogarithmsBackWithSmearing) {
  const ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  EXPECT_DOUBLE_EQ(Value(artifact, 4, "a"), 1.5 * std::exp(2.0) - 1);
  EXPECT_EQ(Value(artifact, 2, "b"), 0);  // 1.5 exp(-2) - 1 < 0.
}

TEST(ValueRegressionPredictorTest, PlainIsTheFit) {
  const ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  EXPECT_DOUBLE_EQ(Value(artifact, 4, "a"), 2);
  EXPECT_EQ(Value(artifact, 4, "b"), 0);
}

TEST(ValueRegressionPredictorTest, KeepsNegativeValuesWhereAllowed) {
  ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  artifact.mutable_value_regression()->set_allow_negative(true);
  EXPECT_DOUBLE_EQ(Value(artifact, 4, "b"), -1);
  artifact.mutable_value_regression()->set_target(ValueRegressionParameters::TARGET_LOG1P);
  EXPECT_DOUBLE_EQ(Value(artifact, 2, "b"), 1.5 * std::exp(-2.0) - 1);
}

TEST(ValueRegressionPredictorTest, StaysFiniteForAnyNumber) {
  const ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  EXPECT_TRUE(std::isfinite(Value(artifact, 1e300, "a")));
  EXPECT_EQ(Value(artifact, -1e300, "a"), 0);
}

TEST(ValueRegressionPredictorTest, ContributionsAddUpToTheFit) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny(ValueRegressionParameters::TARGET_LOG1P)));
  const Prediction prediction = predictor->Predict({Cell::Number(7), Cell::Category("a")}, true);
  EXPECT_DOUBLE_EQ(prediction.baseline, 1 - 3 * 0.75);
  EXPECT_THAT(prediction.contributions, ::testing::ElementsAre(2.5, 2.25));
  EXPECT_DOUBLE_EQ(prediction.fit, 3.5);
}

void SetPredictor(std::initializer_list<double> coefficients, double intercept, v1::LinearPredictor* part) {
  for (const double coefficient : coefficients) part->add_coefficients(coefficient);
  part->set_intercept(intercept);
}

// Mean as above; log odds of any value 0.4 + 0.7 (x - 2) + 0.2 [a]; log deviation -0.3 + 0.1 (x - 2) + 0.5 [b].
ModelArtifact OfFamily(ValueFamily family) {
  ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_UNSPECIFIED);
  auto* model = artifact.mutable_value_regression();
  model->set_family(family);
  if (HasOccurrence(family)) SetPredictor({0.7, 0.2, 0.0}, 0.4, model->mutable_occurrence());
  if (HasSpread(family)) SetPredictor({0.1, 0.0, 0.5}, -0.3, model->mutable_spread());
  return artifact;
}

constexpr ValueFamily kLogFamilies[] = {
    ValueRegressionParameters::FAMILY_GAUSSIAN,     ValueRegressionParameters::FAMILY_POISSON,
    ValueRegressionParameters::FAMILY_GAMMA,        ValueRegressionParameters::FAMILY_TWEEDIE,
    ValueRegressionParameters::FAMILY_HURDLE_GAMMA, ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL};

TEST(ValueRegressionPredictorTest, LogLinkIsTheExponentialOfTheFit) {
  const ModelArtifact artifact = OfFamily(ValueRegressionParameters::FAMILY_POISSON);
  EXPECT_NEAR(Value(artifact, 4, "a") / std::exp(2.0), 1, 1e-14);
}

TEST(ValueRegressionPredictorTest, TwoPartsMultiply) {
  const double occurrence = 1 / (1 + std::exp(-(0.4 + 0.7 * 2 + 0.2)));
  const ModelArtifact hurdle = OfFamily(ValueRegressionParameters::FAMILY_HURDLE_GAMMA);
  EXPECT_NEAR(Value(hurdle, 4, "a") / (occurrence * std::exp(2.0)), 1, 1e-14);
  const double deviation = std::exp(-0.3 + 0.1 * 2);
  const ModelArtifact lognormal = OfFamily(ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL);
  EXPECT_NEAR(Value(lognormal, 4, "a") / (occurrence * std::exp(2 + deviation * deviation / 2)), 1, 1e-14);
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(lognormal));
  const Prediction prediction = predictor->Predict({Cell::Number(4), Cell::Category("a")}, false);
  EXPECT_NEAR(prediction.occurrence_probability, occurrence, 1e-15);
}

TEST(ValueRegressionPredictorTest, ContributionsOfEveryFamilyAddUpToTheLogarithmOfTheValue) {
  for (const ValueFamily family : kLogFamilies) {
    ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(OfFamily(family)));
    for (const double x : {-20.0, -1.0, 2.0, 2.0000001, 3.0, 25.0}) {
      for (const absl::string_view plan : {"a", "b"}) {
        const Prediction prediction = predictor->Predict({Cell::Number(x), Cell::Category(plan)}, true);
        const double sum = prediction.baseline + prediction.contributions[0] + prediction.contributions[1];
        EXPECT_NEAR(sum, prediction.fit, 1e-12 * (1 + std::abs(prediction.fit))) << family << " " << x << plan;
        EXPECT_NEAR(std::log(prediction.output), prediction.fit, 1e-12 * (1 + std::abs(prediction.fit)));
      }
    }
  }
}

TEST(ValueRegressionPredictorTest, AFeatureThatIsAverageContributesNothing) {
  ASSERT_OK_AND_ASSIGN(const auto predictor,
                       Predictor::Create(OfFamily(ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL)));
  EXPECT_EQ(predictor->Predict({Cell::Number(2), Cell::Category("a")}, true).contributions[0], 0);
}

TEST(ValueRegressionPredictorTest, EveryFamilyStaysFiniteForAnyNumber) {
  for (const ValueFamily family : kLogFamilies) {
    ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(OfFamily(family)));
    for (const double x : {1e300, -1e300, 1e5, -1e5}) {
      const Prediction prediction = predictor->Predict({Cell::Number(x), Cell::Category("a")}, true);
      EXPECT_TRUE(std::isfinite(prediction.output) && std::isfinite(prediction.fit)) << family << " " << x;
      for (const double contribution : prediction.contributions) EXPECT_TRUE(std::isfinite(contribution));
    }
  }
}

TEST(ValueRegressionPredictorTest, TheSpreadIsCutAsInTraining) {
  ModelArtifact artifact = OfFamily(ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL);
  artifact.mutable_value_regression()->mutable_spread()->set_intercept(10);
  const double occurrence = 1 / (1 + std::exp(-(0.4 + 0.7 * 2 + 0.2)));
  EXPECT_NEAR(Value(artifact, 4, "a") / (occurrence * std::exp(2 + std::exp(2 * kMostSpread) / 2)), 1, 1e-13);
}

void AddBand(double below, double lower, double upper, ModelArtifact& artifact) {
  auto* intervals = artifact.mutable_value_regression()->mutable_intervals();
  intervals->set_coverage(0.9);
  auto* band = intervals->add_bands();
  band->set_predictions_below(below);
  band->set_lower(lower);
  band->set_upper(upper);
}

TEST(ValueRegressionPredictorTest, TheIntervalIsThatOfThePredictionsBand) {
  ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  AddBand(2, -5, 1, artifact);
  AddBand(4, -1, 2, artifact);
  AddBand(0, -3, 9, artifact);  // The last: no upper end.
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(artifact));
  const auto interval = [&](double x) {
    const Prediction prediction = predictor->Predict({Cell::Number(x), Cell::Category("a")}, false);
    return std::pair(prediction.lower, prediction.upper);
  };
  EXPECT_EQ(interval(3), std::pair(0.0, 2.5));    // 1.5; its lower end would be below 0.
  EXPECT_EQ(interval(4), std::pair(1.0, 4.0));    // 2 is no longer below 2.
  EXPECT_EQ(interval(10), std::pair(2.0, 14.0));  // 5
  ASSERT_OK_AND_ASSIGN(const auto none, Predictor::Create(Tiny(ValueRegressionParameters::TARGET_PLAIN)));
  EXPECT_EQ(none->Predict({Cell::Number(3), Cell::Category("a")}, false).upper, 0);
}

TEST(ValueRegressionPredictorTest, GoldenRowsOfEveryFamilyScoreTheSame) {
  for (const ValueFamily family : kLogFamilies) {
    ModelArtifact artifact = OfFamily(family);
    ASSERT_OK_AND_ASSIGN(const auto maker, Predictor::Create(artifact));
    for (const auto& row : MakeGoldenRows(*maker)) *artifact.add_golden_rows() = row;
    for (int q = 0; q <= 100; ++q) artifact.add_score_quantiles(q);
    EXPECT_OK(Predictor::Load(SerializeArtifact(artifact).bytes));
    auto* mean = artifact.mutable_value_regression();
    mean->set_intercept(mean->intercept() + 1e-9);
    EXPECT_THAT(Predictor::Load(SerializeArtifact(artifact).bytes),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("golden row")));
  }
}

TEST(ValueRegressionPredictorTest, RefusesFamiliesAndIntervalsThatDoNotHold) {
  const auto refused = [](const ModelArtifact& artifact, const char* why) {
    EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  ModelArtifact artifact = OfFamily(ValueRegressionParameters::FAMILY_HURDLE_GAMMA);
  artifact.mutable_value_regression()->clear_occurrence();
  refused(artifact, "coefficients");
  artifact = OfFamily(ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL);
  artifact.mutable_value_regression()->mutable_spread()->set_intercept(NAN);
  refused(artifact, "intercept");
  artifact.mutable_value_regression()->set_family(static_cast<ValueFamily>(77));
  refused(artifact, "family");
  artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  AddBand(2, 1, -1, artifact);
  refused(artifact, "interval");
  artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  AddBand(3, -1, 1, artifact);
  AddBand(2, -1, 1, artifact);
  AddBand(9, -1, 1, artifact);
  refused(artifact, "rise");
  artifact.mutable_value_regression()->mutable_intervals()->set_coverage(1.5);
  refused(artifact, "coverage");
}

TEST(ValueRegressionPredictorTest, RefusesWhatDoesNotFit) {
  ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_UNSPECIFIED);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("target")));
  artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  artifact.mutable_value_regression()->set_smearing(0);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("smearing")));
  artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  artifact.mutable_value_regression()->mutable_coefficients()->RemoveLast();
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("coefficients")));
}

}  // namespace
}  // namespace clientele::model
