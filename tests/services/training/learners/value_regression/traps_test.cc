// Data that cannot be learnt from, and requests that make no sense: each says what is the matter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "common/base/error.h"
#include "common/model/value_regression/family.h"
#include "tests/services/training/learners/value_regression/sample.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using testutil::MatrixOf;
using testutil::OfFamily;
using testutil::TrainOn;
using testutil::ValueRegressionParameters;
using testutil::ValueRows;
using P = ValueRegressionParameters;

constexpr model::ValueFamily kLogLink[] = {P::FAMILY_GAUSSIAN,     P::FAMILY_POISSON,
                                           P::FAMILY_GAMMA,        P::FAMILY_TWEEDIE,
                                           P::FAMILY_HURDLE_GAMMA, P::FAMILY_ZERO_INFLATED_LOGNORMAL};

absl::Status Refusal(model::ValueFamily family, std::vector<double> labels, std::vector<double> weights = {}) {
  ValueRows data{{}, std::move(labels), std::move(weights), {}};
  for (size_t i = 0; i < data.labels.size(); ++i) data.rows.push_back({i % 5 / 4.0});
  return TrainOn(MatrixOf(data), OfFamily(family, 1)).status();
}

void ExpectNotReady(const absl::Status& status, const char* why) {
  EXPECT_EQ(ReasonOf(status), "DATA_NOT_READY") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(why));
}

TEST(ValueTrapsTest, NothingIsBoughtAtAll) {
  for (const model::ValueFamily family : kLogLink) {
    ExpectNotReady(Refusal(family, {0, 0, 0, 0}), family == P::FAMILY_GAMMA ? "above 0" : "nothing to learn");
  }
  EXPECT_TRUE(Refusal(P::FAMILY_LEAST_SQUARES, {0, 0, 0, 0}).ok());
}

TEST(ValueTrapsTest, EverybodySpendsTheSame) {
  for (const model::ValueFamily family : {P::FAMILY_GAUSSIAN, P::FAMILY_POISSON, P::FAMILY_GAMMA, P::FAMILY_TWEEDIE}) {
    const TrainingMatrix matrix = MatrixOf({{{0}, {0.5}, {1}, {0.25}}, {6, 6, 6, 6}, {}, {}});
    const auto model = TrainOn(matrix, OfFamily(family, 1, family == P::FAMILY_TWEEDIE ? 1.5 : 0));
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_NEAR(model->coefficients(0), 0, 1e-7);
    EXPECT_NEAR(model->intercept(), std::log(6.0), 1e-7);
    EXPECT_NEAR(model->dispersion(), 0, 1e-7);
  }
  ExpectNotReady(Refusal(P::FAMILY_HURDLE_GAMMA, {6, 6, 6, 6}), "no value is 0");
  ExpectNotReady(Refusal(P::FAMILY_ZERO_INFLATED_LOGNORMAL, {6, 6, 6, 6}), "FAMILY_GAMMA");
  ExpectNotReady(Refusal(P::FAMILY_ZERO_INFLATED_LOGNORMAL, {0, 6, 6, 6}), "equal");
  // A subscription has one price: who takes it is what is to be learnt.
  EXPECT_TRUE(Refusal(P::FAMILY_HURDLE_GAMMA, {0, 6, 0, 6}).ok());
}

TEST(ValueTrapsTest, ReturnsExceedPurchases) {
  for (const model::ValueFamily family : {P::FAMILY_POISSON, P::FAMILY_TWEEDIE, P::FAMILY_HURDLE_GAMMA}) {
    ExpectNotReady(Refusal(family, {1, 2, -3, 0}), "1 of 4 values are below 0");
    ExpectNotReady(Refusal(family, {1, 2, -3, 0}), "FAMILY_LEAST_SQUARES");
    // A few returns of little are no reason to learn nothing: they count as 0.
    EXPECT_TRUE(Refusal(family, {100, 200, -2, 0}).ok());
  }
  ExpectNotReady(Refusal(P::FAMILY_GAMMA, {1, 2, 0, -1}), "2 of 4 values are 0 or less");
  EXPECT_TRUE(Refusal(P::FAMILY_GAUSSIAN, {4, 2, -3, 1}).ok());
  ExpectNotReady(Refusal(P::FAMILY_GAUSSIAN, {1, 2, -9, 0}), "the mean value is -1.5");
}

TEST(ValueTrapsTest, AValueSlightlyBelowZeroCountsAsNone) {
  ValueRows data = testutil::FixedRows(false, false);
  for (const model::ValueFamily family :
       {P::FAMILY_POISSON, P::FAMILY_TWEEDIE, P::FAMILY_HURDLE_GAMMA, P::FAMILY_ZERO_INFLATED_LOGNORMAL}) {
    const auto without = TrainOn(MatrixOf(data), OfFamily(family, 1));
    ValueRows returned = data;
    *std::find(returned.labels.begin(), returned.labels.end(), 0.0) = -3;
    const auto with = TrainOn(MatrixOf(returned), OfFamily(family, 1));
    ASSERT_TRUE(with.ok()) << with.status();
    EXPECT_NEAR(with->coefficients(0), without->coefficients(0), 1e-7);
    EXPECT_NEAR(with->objective(), without->objective(), 1e-6);
  }
}

TEST(ValueTrapsTest, NoRowCounts) {
  for (const model::ValueFamily family : kLogLink) ExpectNotReady(Refusal(family, {1, 2, 0}, {0, 0, 0}), "weights");
  ExpectNotReady(Refusal(P::FAMILY_POISSON, {}), "no row");
  ExpectNotReady(Refusal(P::FAMILY_POISSON, {5}), "single row");
}

TEST(ValueTrapsTest, MoreParametersThanRowsAndNoPenalty) {
  const TrainingMatrix matrix = MatrixOf({{{1, 2}, {2, 1}, {3, 3}, {0, 1}}, {1, 2, 3, 0}, {}, {}});
  ExpectNotReady(TrainOn(matrix, OfFamily(P::FAMILY_HURDLE_GAMMA, 0)).status(), "3 rows cannot determine 3 parameters");
  EXPECT_TRUE(TrainOn(matrix, OfFamily(P::FAMILY_HURDLE_GAMMA, 1)).ok());
  EXPECT_TRUE(TrainOn(matrix, OfFamily(P::FAMILY_POISSON, 0)).ok());
}

TEST(ValueTrapsTest, NumbersThatAreNone) {
  for (const model::ValueFamily family : kLogLink) {
    for (const double number : {std::nan(""), HUGE_VAL, 1e30}) {
      EXPECT_EQ(Refusal(family, {1, number, 2, 0}).code(), absl::StatusCode::kInvalidArgument);
      const double other = model::HasOccurrence(family) ? 0 : 2;  // What the family can learn.
      const TrainingMatrix matrix = MatrixOf({{{1}, {number}, {2}}, {1, other, 3}, {}, {}});
      EXPECT_EQ(TrainOn(matrix, OfFamily(family, 1)).status().code(), absl::StatusCode::kInvalidArgument);
    }
  }
}

TEST(ValueTrapsTest, EnormousValuesAreStillNumbers) {
  ValueRows data = testutil::FixedRows(false, false);
  for (double& label : data.labels) label *= 1e12;
  for (const model::ValueFamily family : {P::FAMILY_GAUSSIAN, P::FAMILY_POISSON, P::FAMILY_TWEEDIE,
                                          P::FAMILY_HURDLE_GAMMA, P::FAMILY_ZERO_INFLATED_LOGNORMAL}) {
    const auto model = TrainOn(MatrixOf(data), OfFamily(family, 0, family == P::FAMILY_TWEEDIE ? 1.5 : 0));
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_TRUE(std::isfinite(model->objective()));
    EXPECT_NEAR(model->intercept(), 12 * std::log(10.0) + 2, 1);
  }
}

TEST(ValidateValueFamilyTest, NamesTheFieldThatIsOutOfRange) {
  const auto field = [](const ValueRegressionParameters& parameters) {
    return FieldOf(ValidateValueRegression(parameters, "value"));
  };
  for (const model::ValueFamily family : kLogLink)
    EXPECT_TRUE(ValidateValueRegression(OfFamily(family, 1), "value").ok());
  EXPECT_EQ(field(OfFamily(static_cast<model::ValueFamily>(99), 1)), "value.family");
  EXPECT_EQ(field(OfFamily(P::FAMILY_TWEEDIE, 1, 2)), "value.tweedie_power");
  EXPECT_EQ(field(OfFamily(P::FAMILY_TWEEDIE, 1, NAN)), "value.tweedie_power");
  EXPECT_EQ(field(OfFamily(P::FAMILY_GAMMA, 1, 1.5)), "value.tweedie_power");
  ValueRegressionParameters parameters = OfFamily(P::FAMILY_GAMMA, 1);
  parameters.set_target(P::TARGET_PLAIN);
  EXPECT_EQ(field(parameters), "value.target");
  parameters = OfFamily(P::FAMILY_GAMMA, 1);
  parameters.set_allow_negative(true);
  EXPECT_EQ(field(parameters), "value.allow_negative");
  parameters.set_allow_negative(false);
  for (const double coverage : {-0.1, 1.0, static_cast<double>(NAN)}) {
    parameters.set_interval_coverage(coverage);
    EXPECT_EQ(field(parameters), "value.interval_coverage");
  }
  parameters.set_interval_coverage(0.8);
  parameters.set_max_iterations(1001);
  EXPECT_EQ(field(parameters), "value.max_iterations");
  parameters.set_max_iterations(10);
  parameters.set_gradient_tolerance(-1);
  EXPECT_EQ(field(parameters), "value.gradient_tolerance");
}

}  // namespace
}  // namespace clientele::training
