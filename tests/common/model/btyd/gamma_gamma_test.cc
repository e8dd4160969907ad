#include "common/model/btyd/gamma_gamma.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clientele::btyd {
namespace {

const std::vector<double> kCdnow = {6.25, 3.74, 15.44};

TEST(GammaGammaTest, LittleIsKnownAtFirstAndTheOwnMeanInTheEnd) {
  const GammaGamma model(kCdnow);
  EXPECT_NEAR(model.PopulationMean().value, 6.25 * 15.44 / 2.74, 1e-13);
  EXPECT_EQ(model.ConditionalMean(0, 99).value, model.PopulationMean().value);
  EXPECT_NEAR(model.ConditionalMean(1, 11.77).value, 6.25 * (15.44 + 11.77) / (6.25 + 2.74), 1e-13);
  EXPECT_NEAR(model.ConditionalMean(1e9, 11.77).value, 11.77, 1e-6);
}

TEST(GammaGammaTest, SlopesAreThoseOfDifferences) {
  constexpr double kStep = 1e-5;
  const Estimate at = GammaGamma(kCdnow).ConditionalMean(2, 22.35);
  for (int i = 0; i < 3; ++i) {
    std::vector<double> above = kCdnow, below = kCdnow;
    above[i] *= std::exp(kStep);
    below[i] *= std::exp(-kStep);
    const double expected =
        (GammaGamma(above).ConditionalMean(2, 22.35).value - GammaGamma(below).ConditionalMean(2, 22.35).value) /
        (2 * kStep);
    EXPECT_NEAR(at.slopes[i], expected, 1e-7);
  }
  EXPECT_EQ(at.slopes[3], 0);
}

TEST(GammaGammaTest, WithoutAPopulationMeanItSaysSo) {
  const GammaGamma model(std::vector<double>{0.5, 0.9, 10});
  EXPECT_FALSE(model.has_mean());
  EXPECT_TRUE(std::isinf(model.PopulationMean().value));
  EXPECT_TRUE(std::isfinite(model.ConditionalMean(1, 10).value));
}

}  // namespace
}  // namespace clientele::btyd
