#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "tests/services/training/learners/btyd/simulated_customers.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training::btyd {
namespace {

constexpr double kPurchase = 0.7, kStop = 0.5;

class CovariatesTest : public ::testing::Test {
 protected:
  CovariatesTest() {
    std::mt19937_64 random(3);
    for (int i = 0; i < 2 * kCustomers; ++i) values_.push_back(std::normal_distribution<double>()(random));
    customers_ = testutil::SimulateBgNbd(kCustomers, 9, [&](int i) {
      return std::vector<double>{0.8, 8 * std::exp(-kPurchase * values_[2 * i]),
                                 0.8 * std::exp(kStop * values_[2 * i + 1]), 2.5};
    });
  }
  absl::StatusOr<BtydFit> Fit(const BtydCovariates& covariates, double penalty = 0, int threads = 1) const {
    const LikelihoodRows rows{customers_.x, customers_.t_x, customers_.T};
    const std::vector<double> ones(kCustomers, 1.0);
    BtydFitOptions options;
    options.coefficient_penalty = penalty;
    options.threads = threads;
    return FitBtyd(BgNbdLikelihood(), GeometricDropoutTraits(rows, ones), rows, ones, covariates, options, StopToken());
  }

  static constexpr int kCustomers = 6000;
  const std::vector<CovariateEffect> effects_ = {{0, {0, -1, 0, 0}}, {1, {0, 0, 1, 0}}};
  std::vector<double> values_;
  testutil::SimulatedCustomers customers_;
};

TEST_F(CovariatesTest, CoefficientsComeBackWithinTheirIntervals) {
  const auto fit = Fit({values_, 2, effects_});
  ASSERT_OK(fit.status());
  EXPECT_NEAR(fit->coefficients[0].value, kPurchase, 3 * fit->coefficients[0].standard_error);
  EXPECT_NEAR(fit->coefficients[1].value, kStop, 3 * fit->coefficients[1].standard_error);
  EXPECT_GT(fit->coefficients[0].lower, 0.5);
  EXPECT_GT(fit->coefficients[1].lower, 0.2);
  EXPECT_LT(fit->coefficients[0].standard_error, 0.05);
  const double truth[] = {0.8, 8, 0.8, 2.5};
  for (int j = 0; j < 4; ++j) {
    EXPECT_NEAR(fit->parameters[j].value, truth[j], 3 * fit->parameters[j].standard_error) << j;
  }
  EXPECT_EQ(fit->covariance.size(), 36u);
  EXPECT_GT(fit->log_likelihood, Fit({})->log_likelihood + 500);
}

TEST_F(CovariatesTest, ColumnsOfZerosChangeNothingAndAreNotIdentified) {
  const std::vector<double> zeros(2 * kCustomers);
  const auto without = Fit({}), with = Fit({zeros, 2, effects_});
  ASSERT_OK(with.status());
  EXPECT_NEAR(with->log_likelihood, without->log_likelihood, 1e-8 * std::abs(without->log_likelihood));
  EXPECT_EQ(with->coefficients[0].value, 0);
  EXPECT_FALSE(with->coefficients[0].identified);
  EXPECT_TRUE(with->parameters[0].identified);
}

TEST_F(CovariatesTest, APenaltyShrinks) {
  const auto free = Fit({values_, 2, effects_}), shrunk = Fit({values_, 2, effects_}, 1e3);
  EXPECT_LT(std::abs(shrunk->coefficients[0].value), std::abs(free->coefficients[0].value));
  EXPECT_LT(shrunk->log_likelihood, free->log_likelihood);
}

TEST_F(CovariatesTest, ThreadsDoNotChangeABit) {
  const auto one = Fit({values_, 2, effects_}), three = Fit({values_, 2, effects_}, 0, 3);
  EXPECT_EQ(one->covariance, three->covariance);
  EXPECT_EQ(one->coefficients[1].value, three->coefficients[1].value);
}

TEST_F(CovariatesTest, AColumnThatIsNotThereIsAnError) {
  const std::vector<CovariateEffect> effects = {{2, {0, -1, 0, 0}}};
  EXPECT_EQ(Fit({values_, 2, effects}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SpendCovariatesTest, AShiftOfSpendComesBack) {
  std::mt19937_64 random(4);
  std::vector<double> x, spend, values;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(std::normal_distribution<double>()(random));
    const double gamma = 15 * std::exp(0.4 * values.back());
    x.push_back(1 + static_cast<double>(random() % 5));
    const double scale = std::gamma_distribution<double>(4, 1 / gamma)(random);
    spend.push_back(std::gamma_distribution<double>(6 * x.back(), 1 / scale)(random) / x.back());
  }
  const std::vector<double> ones(x.size(), 1.0);
  const std::vector<CovariateEffect> effects = {{0, {0, 0, 1, 0}}};
  const LikelihoodRows rows{x, spend, {}};
  const auto fit =
      FitBtyd(GammaGammaLikelihood(), GammaGammaTraits(rows, ones), rows, ones, {values, 1, effects}, {}, StopToken());
  ASSERT_OK(fit.status());
  EXPECT_NEAR(fit->coefficients[0].value, 0.4, 3 * fit->coefficients[0].standard_error);
  EXPECT_LT(fit->coefficients[0].standard_error, 0.02);
}

}  // namespace
}  // namespace clientele::training::btyd
