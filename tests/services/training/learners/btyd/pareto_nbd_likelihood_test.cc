#include "services/training/learners/btyd/pareto_nbd_likelihood.h"

#include <numeric>

#include "common/model/btyd/pareto_nbd.h"
#include "common/model/btyd/simulate.h"
#include "services/training/learners/btyd/rows.h"
#include "tests/services/training/learners/btyd/derivatives.h"
#include "tests/services/training/learners/btyd/purchase_histories.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"

namespace clientele::training::btyd {
namespace {

using clientele::btyd::ParetoNbd;

// No purchase, one just now, one long ago, many, a broken count, hardly any time.
const std::vector<double> kCount = {0, 0, 1, 1, 2, 2.5, 7, 7, 7, 30, 300, 10000, 0};
const std::vector<double> kRecency = {0, 0, 1.7, 30, 0, 12, 38, 20.5, 38.9, 38.5, 90, 100, 0};
const std::vector<double> kAge = {0, 38.9, 38.9, 30, 38.9, 12.25, 38.9, 38.9, 38.9, 38.9, 104, 104, 1e-9};
const LikelihoodRows kRows{kCount, kRecency, kAge};

const std::vector<std::vector<double>> kLogParameters = {
    {-0.6, 2.36, -0.5, 2.46},  // CDNOW: alpha < beta.
    {0.3, 4, 0.2, 1},          // alpha > beta.
    {0.1, 2, 0, 2},            // alpha = beta.
    {-0.2, 2.3, -14, 3},       // Hardly any drop-out.
    {-2, -5, 1, -6},           // Both near 0.
    {12, 14, 11, 15},          // All customers nearly alike.
};

TEST(ParetoNbdLikelihoodTest, DerivativesAreThoseOfDifferences) {
  for (size_t i = 0; i < kLogParameters.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectDerivativesOfDifferences(ParetoNbdLikelihood(), kRows, kLogParameters[i]);
  }
}

// L's part of one still there, over their probability of it (computed apart, with 14 digits), is L.
TEST(ParetoNbdLikelihoodTest, ValueAgreesWithTheModelsProbabilityOfBeingThere) {
  for (const std::vector<double>& logs : kLogParameters) {
    const double r = std::exp(logs[0]), alpha = std::exp(logs[1]), s = std::exp(logs[2]), beta = std::exp(logs[3]);
    const ParetoNbd model({r, alpha, s, beta});
    const Derivatives at = Evaluate(ParetoNbdLikelihood(), kRows, logs, false);
    for (size_t i = 0; i < kCount.size(); ++i) {
      const double x = kCount[i], T = kAge[i];
      const double alive = model.ProbabilityAlive({x, kRecency[i], T}).value;
      if (alive < 1e-300) continue;
      const double value = clientele::btyd::LogGammaRise(r, x) - r * std::log1p(T / alpha) - x * std::log(alpha + T) -
                           s * std::log1p(T / beta) - std::log(alive);
      EXPECT_NEAR(at.values[i], value, 1e-12 * (1 + x * std::abs(std::log(alpha + T)) + std::abs(value))) << i;
    }
  }
}

TEST(ParetoNbdLikelihoodTest, ARowsOwnParametersGiveWhatTheyGiveAlone) {
  std::vector<double> own;
  for (size_t i = 0; i < kCount.size(); ++i) {
    const std::vector<double>& logs = kLogParameters[i % kLogParameters.size()];
    own.insert(own.end(), logs.begin(), logs.end());
  }
  const Derivatives together = Evaluate(ParetoNbdLikelihood(), kRows, own, true);
  for (size_t i = 0; i < kCount.size(); ++i) {
    const Derivatives alone = Evaluate(ParetoNbdLikelihood(), kRows, kLogParameters[i % kLogParameters.size()], false);
    EXPECT_EQ(together.values[i], alone.values[i]);
    for (int j = 0; j < 4; ++j) EXPECT_EQ(together.slopes[4 * i + j], alone.slopes[4 * i + j]);
    for (int j = 0; j < 10; ++j) EXPECT_EQ(together.curvatures[10 * i + j], alone.curvatures[10 * i + j]);
  }
}

// Counts, times and parameters as no business has them, but an optimiser or a careless export may.
TEST(ParetoNbdLikelihoodTest, HostileRowsAndParametersGiveFiniteNumbers) {
  const std::vector<double> count = {0, 1, 1e6, 1e6, 3, 0.5}, recency = {0, 1e-9, 1e-9, 1e9, 50, 0};
  const std::vector<double> age = {1e9, 1e9, 1e9, 1e9, 40, 3};  // One was last seen after now.
  for (const double a : {-25.0, 0.0, 25.0}) {
    for (const double b : {-25.0, 0.0, 25.0}) {
      for (const double c : {-25.0, 0.0, 25.0}) {
        for (const double d : {-25.0, 0.0, 25.0}) {
          const Derivatives at = Evaluate(ParetoNbdLikelihood(), {count, recency, age}, {a, b, c, d}, false);
          for (const auto* numbers : {&at.values, &at.slopes, &at.curvatures}) {
            for (const double number : *numbers) ASSERT_TRUE(std::isfinite(number)) << a << " " << b << " " << c << " " << d;
          }
        }
      }
    }
  }
}

BtydFit Fit(const LikelihoodRows& histories) {
  const std::vector<double> ones(histories.first.size(), 1);
  const CollapsedRows rows = CollapseRows(histories, ones, 1);
  const auto fit = FitBtyd(ParetoNbdLikelihood(), ParetoNbdTraits(rows.rows(), rows.weights), rows.rows(), rows.weights,
                           {}, {}, StopToken());
  EXPECT_OK(fit.status());
  return fit.value();
}

TEST(ParetoNbdFitTest, WithoutDropoutIsToldAsSuchAndPredictsLikeAPlainNegativeBinomial) {
  std::vector<double> x, t_x, T;
  for (uint64_t i = 0; i < 3000; ++i) {
    clientele::btyd::Draws draws(7, i);
    const auto history = HistoryAt(SimulateParetoNbd({2.0, 10.0, 1e-9, 10.0}, 50, draws), 50);
    x.push_back(history.frequency);
    t_x.push_back(history.recency);
    T.push_back(history.age);
  }
  const BtydFit fit = Fit({x, t_x, T});
  EXPECT_NE(fit.optimum, Optimum::kInterior);
  EXPECT_FALSE(fit.findings.empty());
  const ParetoNbd model(
      {fit.parameters[0].value, fit.parameters[1].value, fit.parameters[2].value, fit.parameters[3].value});
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / 3000;
  EXPECT_NEAR(model.ExpectedPurchases(50).value, mean, 0.01 * mean);
  EXPECT_GT(model.ProbabilityAlive({10, 49, 50}).value, 0.99);
}

class ParetoNbdReferenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto reference = testutil::ReadReference();
    if (!reference) GTEST_SKIP() << testutil::TestDataMissing("reference.json");
    cdnow_ = (*reference)["clv_cdnow"];
  }

  static std::vector<double> ParametersOf(const nlohmann::json& fit) {
    return {fit["r"], fit["alpha"], fit["s"], fit["beta"]};
  }
  static void ExpectFit(const testutil::PurchaseHistories& histories, const nlohmann::json& expected) {
    const BtydFit fit = Fit(histories.purchases());
    const double log_likelihood = expected["loglik"];
    EXPECT_NEAR(fit.log_likelihood, log_likelihood, 1e-7 * std::abs(log_likelihood));
    EXPECT_GT(fit.log_likelihood, log_likelihood - 1e-5);
    const std::vector<double> parameters = ParametersOf(expected);
    for (int j = 0; j < 4; ++j) EXPECT_NEAR(fit.parameters[j].value / parameters[j], 1, 2e-4) << j;
    EXPECT_EQ(fit.optimum, Optimum::kInterior);
  }

  nlohmann::json cdnow_;
};

TEST_F(ParetoNbdReferenceTest, TheCdnowSummaryFitsAsPublished) {
  ExpectFit(*testutil::CdnowSummary(), cdnow_["summary_file"]["paretonbd"]);
}

TEST_F(ParetoNbdReferenceTest, TheCdnowMasterFitsAsInTheReference) {
  ExpectFit(*testutil::CdnowMaster("1997-09-30"), cdnow_["master_full_cohort"]["paretonbd"]);
}

TEST_F(ParetoNbdReferenceTest, AnswersForTheCdnowExamplesAreTheReferences) {
  const ParetoNbd model(ParametersOf(cdnow_["summary_file"]["paretonbd"]));
  for (const auto& example : cdnow_["summary_file"]["examples"]) {
    const clientele::btyd::PurchaseHistory history{example["x"], example["t_x"], example["T"]};
    const double alive = model.ProbabilityAlive(history).value;
    EXPECT_NEAR(alive, example["paretonbd_p_alive"].get<double>(), 1e-6);
    EXPECT_NEAR(alive * model.PurchasesIfAlive(history, 39).value, example["paretonbd_next_39w"].get<double>(), 1e-6);
  }
}

TEST_F(ParetoNbdReferenceTest, TheCdnowHoldoutIsTheReferences) {
  const auto histories = testutil::CdnowSummary();
  const auto& summary = cdnow_["summary_file"];
  const ParetoNbd model(ParametersOf(summary["paretonbd"]));
  std::vector<double> purchases(8), customers(8);
  double alive = 0;
  for (size_t i = 0; i < histories->x.size(); ++i) {
    const clientele::btyd::PurchaseHistory history{histories->x[i], histories->t_x[i], histories->T[i]};
    const double still = model.ProbabilityAlive(history).value;
    const int group = std::min(7, static_cast<int>(history.frequency));
    alive += still;
    purchases[group] += still * model.PurchasesIfAlive(history, 39).value;
    ++customers[group];
  }
  EXPECT_NEAR(alive, summary["paretonbd"]["sum_p_alive"].get<double>(), 1e-4);
  EXPECT_NEAR(std::accumulate(purchases.begin(), purchases.end(), 0.0),
              summary["paretonbd"]["sum_expected_holdout"].get<double>(), 1e-4);
  for (int group = 0; group < 8; ++group) {
    EXPECT_NEAR(purchases[group] / customers[group], summary["holdout"]["by_x"][group]["paretonbd"].get<double>(),
                1e-6);
  }
}

}  // namespace
}  // namespace clientele::training::btyd
