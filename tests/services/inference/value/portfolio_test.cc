#include "services/inference/value/portfolio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

void AddTerm(const std::string& feature, double factor, v1::ValueSettings::Component* component) {
  auto& term = *component->add_terms();
  term.set_feature(feature);
  term.set_factor(factor);
}

v1::ValueSettings Settings() {
  v1::ValueSettings settings;
  settings.set_alpha(0.5);
  settings.set_beta(0.3);
  settings.set_gamma(0.2);
  AddTerm("spend", 1, settings.mutable_purchase());
  AddTerm("referrals", 10, settings.mutable_referral());
  AddTerm("visits", 1, settings.mutable_maintenance());
  AddTerm("spend", 0.01, settings.mutable_maintenance());
  return settings;
}

void AddColumn(const std::string& name, common::v1::FeatureType type, common::v1::DatasetHeader& header) {
  auto& column = *header.add_columns();
  column.mutable_feature()->set_name(name);
  column.set_type(type);
}

common::v1::DatasetHeader Header() {
  common::v1::DatasetHeader header;
  AddColumn("spend", common::v1::FEATURE_TYPE_NUMBER, header);
  AddColumn("plan", common::v1::FEATURE_TYPE_CATEGORY, header);
  AddColumn("referrals", common::v1::FEATURE_TYPE_NUMBER, header);
  AddColumn("visits", common::v1::FEATURE_TYPE_NUMBER, header);
  return header;
}

void AddRow(const std::string& id, float spend, float referrals, float visits, common::v1::DatasetChunk& chunk) {
  chunk.add_customer_ids(id);
  for (const float number : {spend, referrals, visits}) chunk.add_numbers(number);
}

TEST(ValueFormulaTest, WeighsSumsOfFeaturesAndMissingOnesCountAsNothing) {
  const ValueFormula formula(Settings());
  EXPECT_EQ(formula.features(), (std::vector<std::string>{"spend", "referrals", "visits"}));
  const ValueComponents components = formula.Components({200, 3, 7});
  EXPECT_EQ(components.purchase, 200);
  EXPECT_EQ(components.referral, 30);
  EXPECT_EQ(components.maintenance, 9);
  EXPECT_NEAR(formula.Value(components), 100 + 9 + 1.8, 1e-12);
  EXPECT_EQ(formula.Value(formula.Components({std::nan(""), std::nan(""), std::nan("")})), 0);
}

TEST(PortfolioTest, SumsAllCustomersAndNamesTheMostValuable) {
  const ValueFormula formula(Settings());
  Portfolio portfolio(formula, 2);
  ASSERT_OK(portfolio.Begin(Header()));
  common::v1::DatasetChunk first, second;
  first.set_shard(3);
  AddRow("a", 100, 0, 0, first);
  AddRow("b", kMissing, 1, 10, first);
  second.set_shard(9);
  AddRow("d", 300, 0, 0, second);
  AddRow("c", 300, 0, 0, second);
  ASSERT_OK(portfolio.Add(first));
  ASSERT_OK(portfolio.Add(second));
  v1::ComputePortfolioValueResponse response;
  std::move(portfolio).Finish(response);
  EXPECT_EQ(response.customers(), 4);
  EXPECT_EQ(response.components().purchase(), 700);
  EXPECT_EQ(response.components().referral(), 10);
  EXPECT_NEAR(response.components().maintenance(), 17, 1e-12);
  EXPECT_NEAR(response.portfolio_value(), 350 + 3 + 3.4, 1e-12);
  ASSERT_EQ(response.top_size(), 2);
  EXPECT_EQ(response.top(0).customer_id(), "c");
  EXPECT_EQ(response.top(1).customer_id(), "d");
  EXPECT_EQ(response.top(0).features(0).value().number(), 300);
}

TEST(PortfolioTest, WhoHasOptedOutIsOnlyCounted) {
  const ValueFormula formula(Settings());
  Portfolio portfolio(formula, 2, [](const std::string& id) { return id == "a"; });
  ASSERT_OK(portfolio.Begin(Header()));
  common::v1::DatasetChunk chunk;
  AddRow("a", 100, 0, 0, chunk);
  AddRow("b", 200, 0, 0, chunk);
  ASSERT_OK(portfolio.Add(chunk));
  portfolio.AddOptedOut(3);
  v1::ComputePortfolioValueResponse response;
  std::move(portfolio).Finish(response);
  EXPECT_EQ(response.customers(), 1);
  EXPECT_EQ(response.opted_out(), 4);
  EXPECT_EQ(response.components().purchase(), 200);
  ASSERT_EQ(response.top_size(), 1);
  EXPECT_EQ(response.top(0).customer_id(), "b");
}

TEST(PortfolioTest, HowAShardIsCutIntoChunksDoesNotChangeABit) {
  const ValueFormula formula(Settings());
  std::vector<double> sums;
  for (const int rows : {1, 7, 100}) {
    Portfolio portfolio(formula, 0);
    ASSERT_OK(portfolio.Begin(Header()));
    for (int shard = 0; shard < 5; ++shard) {
      for (int begin = 0; begin < 100; begin += rows) {
        common::v1::DatasetChunk chunk;
        chunk.set_shard(shard);
        for (int i = begin; i < std::min(begin + rows, 100); ++i) {
          AddRow(absl::StrCat(i), 0.1f * static_cast<float>(i), 0.3f, 1e-3f * static_cast<float>(shard), chunk);
        }
        ASSERT_OK(portfolio.Add(chunk));
      }
    }
    v1::ComputePortfolioValueResponse response;
    std::move(portfolio).Finish(response);
    EXPECT_EQ(response.top_size(), 0);
    sums.push_back(response.portfolio_value());
  }
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(sums[0], sums[2]);
}

TEST(PortfolioTest, ACategoryIsNoComponent) {
  v1::ValueSettings settings = Settings();
  AddTerm("plan", 1, settings.mutable_purchase());
  const ValueFormula formula(settings);
  EXPECT_THAT(Portfolio(formula, 1).Begin(Header()), testutil::StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PortfolioTest, AChunkOfAnotherFormIsAnError) {
  const ValueFormula formula(Settings());
  Portfolio portfolio(formula, 1);
  ASSERT_OK(portfolio.Begin(Header()));
  common::v1::DatasetChunk chunk;
  chunk.add_customer_ids("a");
  chunk.add_numbers(1);
  EXPECT_THAT(portfolio.Add(chunk), testutil::StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace clientele::inference
