// Fits to the public sets, against published values and the recomputed optima of the reference.
#include <gtest/gtest.h>

#include "common/model/btyd/bg_nbd.h"
#include "common/model/btyd/gamma_gamma.h"
#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "services/training/learners/btyd/modified_bg_nbd_likelihood.h"
#include "services/training/learners/btyd/rows.h"
#include "tests/services/training/learners/btyd/purchase_histories.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training::btyd {
namespace {

using testutil::PurchaseHistories;

BtydFit FitPurchases(const Likelihood& likelihood, const PurchaseHistories& histories) {
  const std::vector<double> ones = histories.Ones();
  const CollapsedRows rows = CollapseRows(histories.purchases(), ones, 1);
  const auto fit = FitBtyd(likelihood, GeometricDropoutTraits(rows.rows(), rows.weights), rows.rows(), rows.weights, {},
                           {}, StopToken());
  EXPECT_OK(fit.status());
  return fit.value();
}

BtydFit FitSpend(const PurchaseHistories& spenders) {
  const std::vector<double> ones = spenders.Ones();
  const CollapsedRows rows = CollapseRows(spenders.spends(), ones, 1);
  const auto fit = FitBtyd(GammaGammaLikelihood(), GammaGammaTraits(rows.rows(), rows.weights), rows.rows(),
                           rows.weights, {}, {}, StopToken());
  EXPECT_OK(fit.status());
  return fit.value();
}

std::vector<double> ValuesOf(const BtydFit& fit) {
  std::vector<double> values;
  for (const FittedParameter& parameter : fit.parameters) values.push_back(parameter.value);
  return values;
}

// Relative; the parameters as well as a flat optimum lets two searches agree.
void ExpectFit(const BtydFit& fit, const nlohmann::json& expected, const std::vector<std::string>& names,
               double tolerance) {
  const double log_likelihood = expected["loglik"];
  EXPECT_NEAR(fit.log_likelihood, log_likelihood, 1e-6 * std::abs(log_likelihood));
  for (size_t j = 0; j < names.size(); ++j) {
    const double value = expected[names[j]];
    EXPECT_NEAR(fit.parameters[j].value, value, tolerance * value) << names[j];
  }
}

class ReferenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto reference = testutil::ReadReference();
    if (!reference) GTEST_SKIP() << testutil::TestDataMissing("reference.json");
    cdnow_ = (*reference)["clv_cdnow"];
    retail_ = (*reference)["clv_online_retail"];
  }
  nlohmann::json cdnow_, retail_;
};

TEST_F(ReferenceTest, BgNbdOfTheCdnowSummaryIsThePublishedOne) {
  const auto histories = testutil::CdnowSummary();
  const BtydFit fit = FitPurchases(BgNbdLikelihood(), *histories);
  ExpectFit(fit, cdnow_["summary_file"]["bgnbd"], {"r", "alpha", "a", "b"}, 1e-4);
  EXPECT_EQ(fit.optimum, Optimum::kInterior);
  EXPECT_TRUE(fit.findings.empty());
  EXPECT_LT(fit.gradient_norm, 1e-7);
  EXPECT_GT(fit.limit_gap, 20);
  // Published in the notes that go with the paper; to the digits given.
  const double published[] = {0.243, 4.414, 0.793, 2.426};
  for (int j = 0; j < 4; ++j) {
    EXPECT_NEAR(fit.parameters[j].value, published[j], 6e-4);
    EXPECT_LT(fit.parameters[j].lower, published[j]);
    EXPECT_GT(fit.parameters[j].upper, published[j]);
  }
}

TEST_F(ReferenceTest, BgNbdAnswersForTheCdnowExamplesAreTheReferences) {
  const auto& bgnbd = cdnow_["summary_file"]["bgnbd"];
  const std::vector<double> parameters = {bgnbd["r"], bgnbd["alpha"], bgnbd["a"], bgnbd["b"]};
  const clientele::btyd::BgNbd model(parameters);
  for (const auto& example : cdnow_["summary_file"]["examples"]) {
    const clientele::btyd::PurchaseHistory history{example["x"], example["t_x"], example["T"]};
    const double alive = model.ProbabilityAlive(history).value;
    EXPECT_NEAR(alive, example["bgnbd_p_alive"].get<double>(), 1e-6);
    EXPECT_NEAR(alive * model.PurchasesIfAlive(history, 39).value, example["bgnbd_next_39w"].get<double>(), 1e-6);
  }
}

TEST_F(ReferenceTest, BgNbdOfTheCdnowMasterIsTheReferences) {
  const auto histories = testutil::CdnowMaster("1997-09-30");
  const auto& master = cdnow_["master_full_cohort"];
  ASSERT_EQ(histories->x.size(), master["customers"].get<size_t>());
  const BtydFit fit = FitPurchases(BgNbdLikelihood(), *histories);
  ExpectFit(fit, master["bgnbd"], {"r", "alpha", "a", "b"}, 1e-4);
  EXPECT_LT(fit.distinct_rows, 12000);
  const std::vector<double> parameters = ValuesOf(fit);
  const clientele::btyd::BgNbd model(parameters);
  double alive = 0, expected = 0;
  for (size_t i = 0; i < histories->x.size(); ++i) {
    const clientele::btyd::PurchaseHistory history{histories->x[i], histories->t_x[i], histories->T[i]};
    const double still = model.ProbabilityAlive(history).value;
    alive += still;
    expected += still * model.PurchasesIfAlive(history, 39).value;
  }
  EXPECT_NEAR(alive, master["bgnbd"]["sum_p_alive"].get<double>(), 0.2);
  EXPECT_NEAR(expected, master["bgnbd"]["sum_expected_holdout"].get<double>(), 0.2);
}

TEST_F(ReferenceTest, ModifiedBgNbdOfTheCdnowSummaryIsThePublishedOne) {
  const BtydFit fit = FitPurchases(ModifiedBgNbdLikelihood(), *testutil::CdnowSummary());
  const double published[] = {0.525, 6.183, 0.891, 1.614};
  for (int j = 0; j < 4; ++j) EXPECT_NEAR(fit.parameters[j].value, published[j], 1.1e-3);
  EXPECT_EQ(fit.optimum, Optimum::kInterior);
}

TEST_F(ReferenceTest, GammaGammaOfCdnowIsThePublishedOne) {
  const auto histories = testutil::CdnowSummary();
  const BtydFit fit = FitSpend(histories->Spenders());
  ExpectFit(fit, cdnow_["summary_file"]["gamma_gamma"], {"p", "q", "gamma"}, 1e-3);
  EXPECT_EQ(fit.optimum, Optimum::kInterior);
  const std::vector<double> parameters = ValuesOf(fit);
  const clientele::btyd::GammaGamma model(parameters);
  const double means[] = {24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17};
  for (int i = 0; i < 10; ++i) {
    EXPECT_NEAR(model.ConditionalMean(histories->x[i], histories->mean_spend[i]).value, means[i], 0.02);
  }
}

TEST_F(ReferenceTest, GammaGammaOfOnlineRetailIsTheReferences) {
  const auto histories = testutil::OnlineRetail("2011-12-09");
  const BtydFit fit = FitSpend(histories->Spenders());
  ExpectFit(fit, retail_["full_period_to_2011_12_09"]["gamma_gamma"], {"p", "q", "gamma"}, 1e-3);
}

// Searches that stop on the ridge end 0.1 below.
TEST_F(ReferenceTest, TheRidgeOfOnlineRetailIsClimbedAndReported) {
  const auto histories = testutil::OnlineRetail("2011-12-09");
  const auto& expected = retail_["full_period_to_2011_12_09"];
  ASSERT_EQ(histories->x.size(), expected["customers"].get<size_t>());
  const BtydFit fit = FitPurchases(BgNbdLikelihood(), *histories);
  EXPECT_GT(fit.log_likelihood, expected["bgnbd"]["loglik"].get<double>() - 1e-4);
  EXPECT_LT(fit.log_likelihood, expected["bgnbd"]["loglik"].get<double>() + 1e-3);
  EXPECT_EQ(fit.optimum, Optimum::kRidge);
  EXPECT_NEAR(fit.limit_gap, 0.1197, 1e-3);
  ASSERT_FALSE(fit.findings.empty());
  EXPECT_NE(fit.findings[0].find("no drop-out cannot be told"), std::string::npos) << fit.findings[0];
  EXPECT_NEAR(fit.parameters[0].value, expected["bgnbd"]["r"].get<double>(), 1e-3);
  EXPECT_NEAR(fit.parameters[1].value, expected["bgnbd"]["alpha"].get<double>(), 1e-2);
}

TEST_F(ReferenceTest, OnlineRetailUntilAugustIsAtTheLimitOfNoDropout) {
  const auto histories = testutil::OnlineRetail("2011-08-31");
  const auto& expected = retail_["calibration_to_2011_08_31_holdout_100_days"];
  ASSERT_EQ(histories->x.size(), expected["customers"].get<size_t>());
  const BtydFit fit = FitPurchases(BgNbdLikelihood(), *histories);
  EXPECT_NEAR(fit.log_likelihood, expected["nbd_limit_without_drop_out"]["loglik"].get<double>(), 1e-4);
  EXPECT_EQ(fit.optimum, Optimum::kNoDropout);
  EXPECT_FALSE(fit.parameters[2].identified);
  EXPECT_TRUE(fit.parameters[0].identified);
  EXPECT_GT(fit.parameters[0].standard_error, 0);
  const std::vector<double> parameters = ValuesOf(fit);
  const clientele::btyd::BgNbd model(parameters);
  double purchases = 0;
  for (size_t i = 0; i < histories->x.size(); ++i) {
    const clientele::btyd::PurchaseHistory history{histories->x[i], histories->t_x[i], histories->T[i]};
    purchases += model.ProbabilityAlive(history).value * model.PurchasesIfAlive(history, 100.0 / 7).value;
  }
  EXPECT_NEAR(purchases, expected["nbd_limit_without_drop_out"]["sum_expected_holdout"].get<double>(), 0.05);
}

}  // namespace
}  // namespace clientele::training::btyd
