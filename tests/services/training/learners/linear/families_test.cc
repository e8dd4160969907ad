#include "services/training/learners/linear/families.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/targets.h"

namespace clientele::training {
namespace {

struct Case {
  std::string name;
  std::shared_ptr<const Family> family;
  std::vector<double> labels;
  bool convex = true;
  double power = -1;  // Of the variance function, mean^power. Below 0: it has none.
};

std::vector<Case> Cases() {
  return {{"Logistic", std::make_shared<LogisticFamily>(), {0, 1, 0.3}},
          {"LeastSquares", std::make_shared<LeastSquaresFamily>(), {-2, 0, 3.5}},
          {"Gaussian", std::make_shared<GaussianFamily>(), {0, 1, 4}, /*convex=*/false, 0},
          {"Poisson", std::make_shared<PoissonFamily>(), {0, 1, 7}, true, 1},
          {"Gamma", std::make_shared<GammaFamily>(), {0.1, 1, 9}, true, 2},
          {"Tweedie", std::make_shared<TweedieFamily>(1.5), {0, 1, 9}, true, 1.5},
          {"TweedieNearPoisson", std::make_shared<TweedieFamily>(1.05), {0, 1, 9}, true, 1.05}};
}

struct Point {
  double loss, slope, curvature;
};

Point At(const Family& family, double fit, double label) {
  double fits[kTileRows] = {fit}, labels[kTileRows] = {label};
  double losses[kTileRows], slopes[kTileRows], curvatures[kTileRows];
  family.Evaluate({1, fits, labels, losses, slopes, curvatures});
  return {losses[0], slopes[0], curvatures[0]};
}

class FamilyTest : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Families, FamilyTest, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(FamilyTest, SlopeAndCurvatureAreTheDerivativesOfTheLoss) {
  const Family& family = *GetParam().family;
  constexpr double kStep = 1e-5;
  for (const double label : GetParam().labels) {
    for (const double fit : {-4.0, -0.7, 0.0, 0.4, 3.0}) {
      const Point at = At(family, fit, label), after = At(family, fit + kStep, label), before = At(family, fit - kStep, label);
      EXPECT_NEAR(at.slope, (after.loss - before.loss) / (2 * kStep), 1e-6 * (1 + std::abs(at.slope)));
      EXPECT_NEAR(at.curvature, (after.slope - before.slope) / (2 * kStep), 1e-6 * (1 + std::abs(at.curvature)));
      EXPECT_TRUE(!GetParam().convex || at.curvature >= 0);
    }
  }
}

TEST_P(FamilyTest, PearsonsAreSquaredResidualsOverTheVariance) {
  const Family& family = *GetParam().family;
  ASSERT_EQ(family.dispersed(), GetParam().power >= 0);
  for (const double label : GetParam().labels) {
    for (const double fit : {-4.0, -0.7, 0.0, 0.4, 3.0, -2e3}) {
      double fits[kTileRows] = {fit}, labels[kTileRows] = {label};
      double losses[kTileRows], slopes[kTileRows], curvatures[kTileRows], pearson[kTileRows] = {};
      family.Evaluate({1, fits, labels, losses, slopes, curvatures, pearson});
      EXPECT_FALSE(std::isnan(pearson[0])) << fit << " " << label;
      if (!family.dispersed() || fit < -1e3) continue;
      const double mean = std::exp(fit), expected = std::pow(label - mean, 2) / std::pow(mean, GetParam().power);
      EXPECT_NEAR(pearson[0], expected, 1e-12 * (1 + expected)) << fit << " " << label;
    }
  }
}

TEST_P(FamilyTest, AFitFarOutIsFiniteOrLarge) {
  const Family& family = *GetParam().family;
  for (const double label : GetParam().labels) {
    for (const double fit : {-1e6, -800.0, 800.0, 1e6}) {
      const Point at = At(family, fit, label);
      EXPECT_FALSE(std::isnan(at.loss)) << fit << " " << label;
      EXPECT_FALSE(std::isnan(at.slope)) << fit << " " << label;
    }
  }
}

TEST_P(FamilyTest, TheLossesAloneAreTheSameLosses) {
  const Family& family = *GetParam().family;
  double fits[kTileRows], labels[kTileRows], alone[kTileRows], losses[kTileRows], slopes[kTileRows], curvatures[kTileRows];
  for (int r = 0; r < kTileRows; ++r) {
    fits[r] = std::sin(r) * 3;
    labels[r] = GetParam().labels[r % GetParam().labels.size()];
  }
  family.Evaluate({kTileRows, fits, labels, losses, slopes, curvatures});
  family.Evaluate({kTileRows, fits, labels, alone, nullptr, nullptr});
  for (int r = 0; r < kTileRows; ++r) EXPECT_EQ(alone[r], losses[r]);
}

TEST_P(FamilyTest, EveryInstructionSetAgrees) {
  const Family& family = *GetParam().family;
  const double label = GetParam().labels.back();
  const Point best = At(family, 0.8, label);
  for (const int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & target) == 0) continue;
    hwy::SetSupportedTargetsForTest(target);
    const Point other = At(family, 0.8, label);
    hwy::SetSupportedTargetsForTest(0);
    EXPECT_NEAR(other.loss, best.loss, 1e-12 * (1 + std::abs(best.loss)));
    EXPECT_NEAR(other.slope, best.slope, 1e-12 * (1 + std::abs(best.slope)));
    EXPECT_NEAR(other.curvature, best.curvature, 1e-12 * (1 + std::abs(best.curvature)));
  }
}

}  // namespace
}  // namespace clientele::training
