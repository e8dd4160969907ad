// Optima of every family against those of statsmodels 0.13 (GLM, Newton's and Fisher's method) and, where there is a
// penalty or three heads, of SciPy's minimisers on the objective written down anew. Rows, weights and exposures are
// FixedRows.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/services/training/learners/value_regression/sample.h"

namespace clientele::training {
namespace {

using model::v1::LinearPredictor;
using testutil::FixedRows;
using testutil::MatrixOf;
using testutil::OfFamily;
using testutil::TrainOn;
using testutil::ValueRegressionModel;
using testutil::ValueRegressionParameters;
using P = ValueRegressionParameters;

// Two coefficients and the intercept.
template <typename Message>
void ExpectParameters(const Message& message, const std::vector<double>& expected, double tolerance) {
  EXPECT_NEAR(message.coefficients(0), expected[0], tolerance);
  EXPECT_NEAR(message.coefficients(1), expected[1], tolerance);
  EXPECT_NEAR(message.intercept(), expected[2], tolerance);
}

// The engine's last Hessian may be of a step before the last: half a hundredth is as close as anybody reads an error.
template <typename Message>
void ExpectErrors(const Message& message, const std::vector<double>& expected) {
  EXPECT_NEAR(message.standard_errors(0) / expected[0], 1, 5e-3);
  EXPECT_NEAR(message.standard_errors(1) / expected[1], 1, 5e-3);
  EXPECT_NEAR(message.intercept_standard_error() / expected[2], 1, 5e-3);
}

struct Expected {
  ValueRegressionParameters::Family family;
  double power;
  double shift;                    // Added to the values.
  std::vector<double> parameters;  // Without a penalty.
  std::vector<double> errors;      // By the observed information.
  double dispersion, half_deviance;
  std::vector<double> penalised;  // l2_penalty = 3.
  double penalised_objective;
};

const Expected kExpected[] = {{P::FAMILY_GAUSSIAN,
                               0,
                               0,
                               {0.237185584809, 0.0790868957712, 1.79695929388},
                               {0.07280445025, 0.0787807102, 0.07054335461},
                               97.3438978116,
                               14431.2328506,
                               {0.237146865531, 0.0790718421507, 1.79697614446},
                               14431.326602618},
                              {P::FAMILY_POISSON,
                               0,
                               0,
                               {0.24521936979, 0.0506325127035, 1.8210434318},
                               {0.0703872025738, 0.0788410993805, 0.0652623645731},
                               10.5452838833,
                               1747.9772943,
                               {0.244876468218, 0.0505538778719, 1.82111871696},
                               1748.0712064859},
                              {P::FAMILY_TWEEDIE,
                               1.5,
                               0,
                               {0.252245189837, 0.0354737030762, 1.83321344198},
                               {0.06980649627, 0.07877671025, 0.06364394651},
                               3.51127194882,
                               886.008243923,
                               {0.25120612601, 0.0353348401843, 1.83333067463},
                               886.10517241604},
                              {P::FAMILY_GAMMA,
                               0,
                               0.75,
                               {0.239441780988, 0.0191470497363, 1.93389829283},
                               {0.06416419199, 0.07227735447, 0.05773811291},
                               0.998262511179,
                               240.478502433,
                               {0.236528238568, 0.0190137489939, 1.93391211362},
                               240.56400067364}};

TEST(LogLinkTest, ReachesTheOptimaOfStatsmodels) {
  for (const Expected& expected : kExpected) {
    SCOPED_TRACE(P::Family_Name(expected.family));
    testutil::ValueRows data = FixedRows(/*weighted=*/true, /*exposed=*/true);
    for (double& label : data.labels) label += expected.shift;
    const auto model = TrainOn(MatrixOf(data), OfFamily(expected.family, 0, expected.power));
    ASSERT_TRUE(model.ok()) << model.status();
    ExpectParameters(*model, expected.parameters, 1e-6);
    ExpectErrors(*model, expected.errors);
    EXPECT_NEAR(model->dispersion() / expected.dispersion, 1, 1e-6);
    EXPECT_NEAR(model->objective() / expected.half_deviance, 1, 1e-9);
    const auto penalised = TrainOn(MatrixOf(data), OfFamily(expected.family, 3, expected.power));
    ASSERT_TRUE(penalised.ok()) << penalised.status();
    ExpectParameters(*penalised, expected.penalised, 1e-6);
    EXPECT_NEAR(penalised->objective() / expected.penalised_objective, 1, 1e-9);
  }
}

TEST(TwoPartTest, TheLognormalReachesTheOptimumOfScipy) {
  const TrainingMatrix matrix = MatrixOf(FixedRows(/*weighted=*/true, /*exposed=*/false));
  const auto model = TrainOn(matrix, OfFamily(P::FAMILY_ZERO_INFLATED_LOGNORMAL, 0));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectParameters(model->occurrence(), {-0.180220897602, -0.0473443813057, 0.534390969122}, 2e-6);
  ExpectParameters(*model, {0.294120392707, 0.101688570006, 2.35171345516}, 2e-6);
  ExpectParameters(model->spread(), {0.0835756112453, -0.159150824877, -0.191009536484}, 2e-6);
  EXPECT_NEAR(model->objective() / 867.13871307595, 1, 1e-10);
  const auto penalised = TrainOn(matrix, OfFamily(P::FAMILY_ZERO_INFLATED_LOGNORMAL, 3));
  ASSERT_TRUE(penalised.ok()) << penalised.status();
  ExpectParameters(penalised->occurrence(), {-0.171433994659, -0.0447352989588, 0.5339757844}, 2e-6);
  ExpectParameters(*penalised, {0.290161843057, 0.100133640636, 2.35128062248}, 2e-6);
  ExpectParameters(penalised->spread(), {0.0833731602859, -0.156603370063, -0.190999447783}, 2e-6);
  EXPECT_NEAR(penalised->objective() / 867.37935902987, 1, 1e-10);
}

TEST(TwoPartTest, TheHurdleIsALogisticRegressionAndAGammaOfStatsmodels) {
  const TrainingMatrix matrix = MatrixOf(FixedRows(/*weighted=*/true, /*exposed=*/false));
  const auto model = TrainOn(matrix, OfFamily(P::FAMILY_HURDLE_GAMMA, 0));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectParameters(model->occurrence(), {-0.180220890287, -0.0473444021746, 0.53439097142}, 1e-6);
  ExpectErrors(model->occurrence(), {0.131503846606, 0.149484946118, 0.120207892171});
  ExpectParameters(*model, {0.316362369487, 0.0603232779412, 2.6036311822}, 1e-6);
  ExpectErrors(*model, {0.04624376285, 0.05300977585, 0.04244492295});
  EXPECT_NEAR(model->dispersion() / 0.33845312513, 1, 1e-6);
  EXPECT_NEAR(model->objective() / 244.02684092453, 1, 1e-9);
}

}  // namespace
}  // namespace clientele::training
