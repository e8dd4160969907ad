#include "common/model/btyd/modified_bg_nbd.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clientele::btyd {
namespace {

// Published for CDNOW.
const std::vector<double> kCdnow = {0.525, 6.183, 0.891, 1.614};

TEST(ModifiedBgNbdTest, WhoNeverCameBackMayHaveStopped) {
  const ModifiedBgNbd model(kCdnow);
  const auto odds = [](double x, double t_x, double age) {
    return 0.891 / (1.614 + x) * std::pow((6.183 + age) / (6.183 + t_x), 0.525 + x);
  };
  EXPECT_NEAR(model.ProbabilityAlive({0, 0, 38.86}).value, 1 / (1 + odds(0, 0, 38.86)), 1e-15);
  EXPECT_NEAR(model.ProbabilityAlive({2, 30.43, 38.86}).value, 1 / (1 + odds(2, 30.43, 38.86)), 1e-15);
}

TEST(ModifiedBgNbdTest, CountProbabilitiesAddUpToOneAndToTheExpectation) {
  const ModifiedBgNbd model(kCdnow);
  const std::vector<double> probabilities = model.CountProbabilities(39, 3000);
  double sum = 0, mean = 0;
  for (size_t k = 0; k < probabilities.size(); ++k) {
    sum += probabilities[k];
    mean += static_cast<double>(k) * probabilities[k];
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(mean, model.ExpectedPurchases(39).value, 1e-10);
  // Stopped at once, or stayed and bought nothing.
  const double stopped = 0.891 / (0.891 + 1.614);
  EXPECT_NEAR(probabilities[0], stopped + (1 - stopped) * std::pow(6.183 / (6.183 + 39), 0.525), 1e-14);
}

TEST(ModifiedBgNbdTest, ANewCustomersFutureIsTheExpectation) {
  const ModifiedBgNbd model(kCdnow);
  const PurchaseHistory today{0, 0, 0};
  const double future = model.ProbabilityAlive(today).value * model.PurchasesIfAlive(today, 39).value;
  EXPECT_NEAR(future, model.ExpectedPurchases(39).value, 1e-13);
}

}  // namespace
}  // namespace clientele::btyd
