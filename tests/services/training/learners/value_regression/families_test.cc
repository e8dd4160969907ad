#include "services/training/learners/value_regression/families.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/model/value_regression/family.h"
#include "services/training/learners/linear/families.h"

namespace clientele::training {
namespace {

struct Point {
  double loss = 0;
  std::vector<double> slopes, curvatures;
};

Point At(const Family& family, const std::vector<double>& fit, double label) {
  const int heads = family.heads(), pairs = heads * (heads + 1) / 2;
  std::vector<double> fits(heads * kTileRows), slopes(fits.size()), curvatures(pairs * kTileRows);
  double labels[kTileRows] = {}, losses[kTileRows];
  const int row = 5;  // Not the first: head-major arrays are easily mistaken.
  labels[row] = label;
  for (int h = 0; h < heads; ++h) fits[h * kTileRows + row] = fit[h];
  family.Evaluate({row + 1, fits.data(), labels, losses, slopes.data(), curvatures.data()});
  Point point{losses[row], {}, {}};
  for (int h = 0; h < heads; ++h) point.slopes.push_back(slopes[h * kTileRows + row]);
  for (int p = 0; p < pairs; ++p) point.curvatures.push_back(curvatures[p * kTileRows + row]);
  family.Evaluate({row + 1, fits.data(), labels, losses, nullptr, nullptr});
  EXPECT_EQ(losses[row], point.loss);
  return point;
}

void ExpectDerivatives(const Family& family, const std::vector<double>& fit, double label) {
  const double h = 1e-5;
  const Point at = At(family, fit, label);
  for (int a = 0, pair = 0; a < family.heads(); ++a) {
    std::vector<double> after = fit, before = fit;
    after[a] += h;
    before[a] -= h;
    const Point up = At(family, after, label), down = At(family, before, label);
    EXPECT_NEAR(at.slopes[a], (up.loss - down.loss) / (2 * h), 1e-6 * (1 + std::abs(at.slopes[a]))) << a;
    for (int b = a; b < family.heads(); ++b, ++pair) {
      EXPECT_NEAR(at.curvatures[pair], (up.slopes[b] - down.slopes[b]) / (2 * h),
                  1e-6 * (1 + std::abs(at.curvatures[pair])))
          << a << b;
    }
  }
}

TEST(ZeroInflatedLognormalFamilyTest, DerivativesAreThoseOfTheLoss) {
  const ZeroInflatedLognormalFamily family;
  for (const double label : {0.0, 0.02, 1.0, 40.0}) {
    for (const double o : {-30.0, -0.7, 0.0, 2.0, 30.0}) {
      for (const double m : {-2.0, 0.3, 4.0}) {
        for (const double s : {-1.5, 0.0, 0.9}) ExpectDerivatives(family, {o, m, s}, label);
      }
    }
  }
}

TEST(ZeroInflatedLognormalFamilyTest, TheLossIsTheNegativeLogLikelihood) {
  const ZeroInflatedLognormalFamily family;
  const double p = 1 / (1 + std::exp(-0.4));
  EXPECT_NEAR(At(family, {0.4, 1, 0.5}, 0).loss, -std::log(1 - p), 1e-14);
  const double y = 7, deviation = std::exp(0.5), r = (std::log(y) - 1) / deviation;
  const double density = std::exp(-r * r / 2) / (y * deviation * std::sqrt(2 * 3.14159265358979323846));
  EXPECT_NEAR(At(family, {0.4, 1, 0.5}, y).loss, -std::log(p * density), 1e-14);
}

TEST(ZeroInflatedLognormalFamilyTest, ASpreadBeyondItsRangeCountsAsItsEnd) {
  const ZeroInflatedLognormalFamily family;
  for (const double beyond : {model::kLeastSpread - 3, model::kMostSpread + 3}) {
    const Point at = At(family, {0, 1, beyond}, 5), end = At(family, {0, 1, model::CutSpread(beyond)}, 5);
    EXPECT_EQ(at.loss, end.loss);
    EXPECT_EQ(at.slopes[2], 0);
    EXPECT_EQ(at.curvatures[5], 0);
    ExpectDerivatives(family, {0, 1, beyond}, 5);
  }
}

TEST(TransformedLabelFamilyTest, IsTheFamilyOfTheTransformedLabel) {
  const LogisticFamily logistic;
  const TransformedLabelFamily occurrence(logistic, [](double label) { return label > 0 ? 1.0 : 0.0; });
  EXPECT_EQ(At(occurrence, {0.3}, 17).loss, At(logistic, {0.3}, 1).loss);
  EXPECT_EQ(At(occurrence, {0.3}, 0).slopes[0], At(logistic, {0.3}, 0).slopes[0]);
  ExpectDerivatives(occurrence, {0.3}, 17);
}

TEST(PositiveLabelFamilyTest, IsTheFamilyWhereThereIsAnyValueAndNothingElsewhere) {
  const GammaFamily gamma;
  const PositiveLabelFamily positive(gamma);
  EXPECT_EQ(At(positive, {0.3}, 2).loss, At(gamma, {0.3}, 2).loss);
  ExpectDerivatives(positive, {0.3}, 2);
  const Point none = At(positive, {0.3}, 0);
  EXPECT_EQ(none.loss, 0);
  EXPECT_EQ(none.slopes[0], 0);
  EXPECT_EQ(none.curvatures[0], 0);
}

}  // namespace
}  // namespace clientele::training
