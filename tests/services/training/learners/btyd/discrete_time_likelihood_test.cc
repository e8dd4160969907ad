// The models of discrete time, BG/BB and the shifted beta-geometric: likelihoods against their published forms, fits
// against published values.
#include <fstream>
#include <sstream>

#include "common/model/btyd/beta_geometric.h"
#include "common/model/btyd/bg_bb.h"
#include "services/training/learners/btyd/beta_geometric_likelihood.h"
#include "services/training/learners/btyd/bg_bb_likelihood.h"
#include "tests/services/training/learners/btyd/derivatives.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"

namespace clientele::training::btyd {
namespace {

BtydFit Fit(const Likelihood& likelihood, const ModelTraits& traits, const LikelihoodRows& rows,
            const std::vector<double>& weights) {
  const auto fit = FitBtyd(likelihood, traits, rows, weights, {}, {}, StopToken());
  EXPECT_OK(fit.status());
  return fit.value();
}

double LogBeta(double x, double y) { return std::lgamma(x) + std::lgamma(y) - std::lgamma(x + y); }

// Fader, Hardie and Shang (2010), equation 5.
double PublishedBgBb(double x, double t_x, double n, const std::vector<double>& logs) {
  const double alpha = std::exp(logs[0]), beta = std::exp(logs[1]), gamma = std::exp(logs[2]),
               delta = std::exp(logs[3]);
  const double unit = LogBeta(alpha, beta) + LogBeta(gamma, delta);
  double sum = std::exp(LogBeta(alpha + x, beta + n - x) + LogBeta(gamma, delta + n) - unit);
  for (double i = 0; i < n - t_x; ++i) {
    sum += std::exp(LogBeta(alpha + x, beta + t_x - x + i) + LogBeta(gamma + 1, delta + t_x + i) - unit);
  }
  return std::log(sum);
}

const std::vector<double> kCount = {0, 0, 1, 1, 1, 3, 6, 40}, kRecency = {0, 0, 1, 6, 3, 4, 6, 51},
                          kAge = {0, 6, 1, 6, 6, 6, 6, 60};

TEST(BgBbLikelihoodTest, IsThePublishedOneWithItsDerivatives) {
  const LikelihoodRows rows{kCount, kRecency, kAge};
  for (const std::vector<double>& logs : {std::vector<double>{0.18, -0.29, -0.42, 1.02},
                                          std::vector<double>{-2, 2, -6, 3}, std::vector<double>{3, 4, 4, 6}}) {
    const Derivatives at = Evaluate(BgBbLikelihood(), rows, logs, false);
    for (size_t i = 0; i < kCount.size(); ++i) {
      const double expected = PublishedBgBb(kCount[i], kRecency[i], kAge[i], logs);
      EXPECT_NEAR(at.values[i], expected, 1e-11 * (1 + std::abs(expected))) << i;
    }
    ExpectDerivativesOfDifferences(BgBbLikelihood(), rows, logs);
  }
}

TEST(BgBbLikelihoodTest, TheDonationsFitAsPublished) {
  const auto path = testutil::TestData("cdnow/donations_bgbb.csv");
  if (!path) GTEST_SKIP() << testutil::TestDataMissing("cdnow/donations_bgbb.csv");
  std::ifstream file(*path);
  std::string line;
  std::getline(file, line);
  std::vector<double> x, t_x, n, weights;
  while (std::getline(file, line)) {
    std::stringstream fields(line);
    std::string field;
    for (auto* column : {&x, &t_x, &n, &weights}) {
      std::getline(fields, field, ',');
      column->push_back(std::stod(field));
    }
  }
  const LikelihoodRows rows{x, t_x, n};
  const BtydFit fit = Fit(BgBbLikelihood(), BgBbTraits(rows, weights), rows, weights);
  EXPECT_NEAR(fit.log_likelihood, -33225.58127, 1e-4);
  const double published[] = {1.204, 0.750, 0.657, 2.783};
  for (int j = 0; j < 4; ++j) EXPECT_NEAR(fit.parameters[j].value, published[j], 1e-3);
  EXPECT_EQ(fit.optimum, Optimum::kInterior);
}

TEST(BetaGeometricLikelihoodTest, HasTheDerivativesOfDifferences) {
  const std::vector<double> periods = {1, 1, 2, 5, 40, 1000}, left = {0, 1, 1, 0, 1, 0};
  for (const std::vector<double>& logs :
       {std::vector<double>{-0.4, 1.3}, std::vector<double>{2, 9}, std::vector<double>{-5, -3}}) {
    ExpectDerivativesOfDifferences(BetaGeometricLikelihood(), {periods, left, {}}, logs);
  }
}

// Customers left after each year of 1,000 (Fader and Hardie 2007, table 1): seven years to fit to, five to project.
struct Segment {
  std::vector<double> survivors;
  double alpha, beta, log_likelihood;
};
const Segment kSegments[] = {{{1000, 869, 743, 653, 593, 551, 517, 491}, 0.668, 3.806, -1611.2},
                             {{1000, 631, 468, 382, 326, 289, 262, 241}, 0.704, 1.182, -1680.3}};

TEST(BetaGeometricLikelihoodTest, TheSegmentsOfThePaperFitAsPublished) {
  for (const Segment& segment : kSegments) {
    std::vector<double> periods, left, weights;
    for (size_t year = 1; year < segment.survivors.size(); ++year) {
      periods.push_back(static_cast<double>(year));
      left.push_back(1);
      weights.push_back(segment.survivors[year - 1] - segment.survivors[year]);
    }
    periods.push_back(7);
    left.push_back(0);
    weights.push_back(segment.survivors[7]);
    const LikelihoodRows rows{periods, left, {}};
    const BtydFit fit = Fit(BetaGeometricLikelihood(), BetaGeometricTraits(rows, weights), rows, weights);
    EXPECT_NEAR(fit.log_likelihood, segment.log_likelihood, 0.05);
    EXPECT_NEAR(fit.parameters[0].value, segment.alpha, 1e-3);
    EXPECT_NEAR(fit.parameters[1].value, segment.beta, 2e-3);
    EXPECT_EQ(fit.optimum, Optimum::kInterior);
    const clientele::btyd::BetaGeometric model({fit.parameters[0].value, fit.parameters[1].value});
    EXPECT_NEAR(model.Survival(7).value, segment.survivors[7] / 1000, 0.01);
  }
}

TEST(BetaGeometricLikelihoodTest, CustomersWhoNeverLeaveAreALimit) {
  const std::vector<double> periods = {3, 6, 12}, left = {0, 0, 0}, weights = {10, 20, 30};
  const LikelihoodRows rows{periods, left, {}};
  const BtydFit fit = Fit(BetaGeometricLikelihood(), BetaGeometricTraits(rows, weights), rows, weights);
  EXPECT_NE(fit.optimum, Optimum::kInterior);
  EXPECT_NEAR(clientele::btyd::BetaGeometric({fit.parameters[0].value, fit.parameters[1].value}).Survival(12).value, 1,
              1e-3);
}

}  // namespace
}  // namespace clientele::training::btyd
