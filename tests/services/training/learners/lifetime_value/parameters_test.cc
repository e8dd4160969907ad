#include "services/training/learners/lifetime_value/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/training/readiness.h"
#include "services/training/spec.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using model::v1::LifetimeValueParameters;
using model::v1::TrainingSpec;
using ::testing::HasSubstr;
using testutil::StatusIs;

absl::Status Validate(void (*change)(LifetimeValueParameters&)) {
  TrainingSpec spec = testutil::LifetimeValueSpec(90);
  change(*spec.mutable_lifetime_value());
  return ValidateSpec(spec, "spec");
}

TEST(ValidateLifetimeValueTest, NamesTheFieldThatIsWrong) {
  const auto wrong = [](absl::string_view field) {
    return StatusIs(absl::StatusCode::kInvalidArgument,
                    HasSubstr(std::string("spec.lifetime_value.") + std::string(field)));
  };
  EXPECT_OK(Validate([](auto&) {}));
  EXPECT_THAT(Validate([](auto& p) { p.set_purchase_model(static_cast<LifetimeValueParameters::PurchaseModel>(99)); }),
              wrong("purchase_model"));
  EXPECT_THAT(Validate([](auto& p) { p.set_horizon_days(36'501); }), wrong("horizon_days"));
  EXPECT_THAT(Validate([](auto& p) { p.set_horizon_days(-1); }), wrong("horizon_days"));
  EXPECT_THAT(Validate([](auto& p) { p.set_annual_discount_rate(10.5); }), wrong("annual_discount_rate"));
  EXPECT_THAT(Validate([](auto& p) { p.set_margin(0); }), wrong("margin"));
  EXPECT_THAT(Validate([](auto& p) { p.set_margin(1.5); }), wrong("margin"));
  EXPECT_THAT(Validate([](auto& p) { p.set_interval_coverage(1); }), wrong("interval_coverage"));
  EXPECT_THAT(Validate([](auto& p) { p.set_bootstrap_replicates(19); }), wrong("bootstrap_replicates"));
  EXPECT_THAT(Validate([](auto& p) { p.set_max_iterations(1001); }), wrong("max_iterations"));
  EXPECT_THAT(Validate([](auto& p) { p.set_covariate_l2_penalty(-1); }), wrong("covariate_l2_penalty"));
  EXPECT_THAT(Validate([](auto& p) { p.add_spend_covariates("plan"); }), wrong("spend_covariates[0]"));
  EXPECT_THAT(Validate([](auto& p) { p.add_purchase_covariates("btyd_frequency"); }), wrong("purchase_covariates[0]"));
  EXPECT_THAT(Validate([](auto& p) { p.set_historic_value_feature("nothing"); }), wrong("historic_value_feature"));
  EXPECT_THAT(Validate([](auto& p) { p.add_tiers()->set_at_least_percentile(5); }), wrong("tiers[0].name"));
  EXPECT_THAT(Validate([](auto& p) {
                p.add_tiers()->set_name("a");
                p.add_tiers()->set_name("b");
              }),
              wrong("tiers[1].at_least_percentile"));
}

TEST(ValidateLifetimeValueTest, DefaultsAreThoseOfTheProto) {
  const LifetimeValueParameters parameters = WithDefaults({});
  EXPECT_EQ(parameters.purchase_model(), LifetimeValueParameters::PURCHASE_MODEL_BG_NBD);
  EXPECT_EQ(parameters.horizon_days(), 365);
  EXPECT_EQ(parameters.annual_discount_rate(), 0.10);
  EXPECT_EQ(parameters.margin(), 1);
  EXPECT_EQ(parameters.interval_coverage(), 0.95);
  ASSERT_EQ(parameters.tiers_size(), 4);
  EXPECT_EQ(parameters.tiers(3).name(), "platinum");
  LifetimeValueParameters undiscounted;
  undiscounted.set_annual_discount_rate(0);
  EXPECT_EQ(WithDefaults(undiscounted).annual_discount_rate(), 0);
}

TEST(LifetimeValueReadinessTest, WantsRepeatPurchasesThatBringMoney) {
  std::vector<testutil::Purchase> purchases;
  const absl::CivilDay start(2025, 1, 1);
  for (int i = 0; i < 40; ++i) purchases.push_back({std::to_string(i), start + i % 20, 10});
  const TrainingSpec spec = testutil::LifetimeValueSpec(30);
  const auto codes = [&] {
    std::vector<std::string> found;
    for (const auto& issue : CheckReadiness(testutil::PurchaseDataset(purchases, start + 60, 30), spec))
      found.push_back(issue.code());
    return found;
  };
  EXPECT_THAT(codes(), ::testing::Contains("NO_REPEAT_BUYERS"));
  for (int i = 0; i < 10; ++i) purchases.push_back({std::to_string(i), start + 30, i < 5 ? -3.0 : 8.0});
  EXPECT_THAT(codes(),
              ::testing::AllOf(::testing::Contains("FEW_REPEAT_BUYERS"), ::testing::Contains("SPEND_NOT_POSITIVE")));
  // Who buys more often spends more on each purchase.
  for (int i = 5; i < 10; ++i) {
    for (int k = 0; k < i; ++k) purchases.push_back({std::to_string(i), start + 31 + k, i * 10.0});
  }
  EXPECT_THAT(codes(), ::testing::Contains("FREQUENCY_AND_SPEND_GO_TOGETHER"));
}

}  // namespace
}  // namespace clientele::training
