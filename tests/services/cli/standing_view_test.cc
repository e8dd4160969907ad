#include "services/cli/output/standing_view.h"

#include <gtest/gtest.h>

#include "services/cli/output/potential_value_view.h"

namespace clientele::cli {
namespace {

using inference::v1::Score;

TEST(StandingViewTest, GradeAndTierAreOneLine) {
  Score score;
  EXPECT_EQ(StandingText(score), "");
  score.mutable_standing()->set_grade("B");
  EXPECT_EQ(StandingText(score), "Grade B");
  score.mutable_standing()->set_tier("gold");
  EXPECT_EQ(StandingText(score), "Grade B, tier gold");
}

TEST(StandingViewTest, ATrendSaysNowAndThen) {
  Score score;
  EXPECT_EQ(TrendText(score), "");
  score.mutable_standing()->set_percentile(83.2);
  auto& trend = *score.mutable_trend();
  trend.mutable_previous_time()->set_seconds(1'764'000'000);
  EXPECT_EQ(TrendText(score), "No trend: the customer was not known on 2025-11-24");
  trend.set_previous_score(0.12);
  trend.set_change(0.19);
  trend.set_previous_percentile(40);
  trend.set_direction(Score::Trend::DIRECTION_RISING);
  EXPECT_EQ(TrendText(score), "Rising: percentile 83, on 2025-11-24 it was 40 (score 0.31, then 0.12)");
}

TEST(StandingViewTest, ValueAtRiskSaysWhatItIsMadeOf) {
  inference::v1::ScoreCustomerResponse response;
  EXPECT_EQ(ValueAtRiskText(response), "");
  auto& risk = *response.mutable_value_at_risk();
  risk.set_amount(100);
  risk.set_churn_probability(0.25);
  risk.set_expected_value(400);
  risk.set_currency_code("GBP");
  risk.set_churn_version("tenants/demo/models/churn/versions/3");
  risk.set_value_version("tenants/demo/models/worth/versions/1");
  EXPECT_EQ(ValueAtRiskText(response),
            "Value at risk 100.00 GBP: 25.0 % of 400.00 GBP (churn version 3, worth version 1)");
}

TEST(StandingViewTest, WhatSpeaksForTheScoreComesBeforeWhatSpeaksAgainst) {
  Score score;
  for (const double contribution : {-3.0, 2.0, -1.0, 0.5}) score.add_reasons()->set_contribution(contribution);
  const Table table = ReasonsTable(score);
  std::string order;
  for (const auto& row : table.rows()) order += row[0].raw + " ";
  EXPECT_EQ(order, "2 0.5 -3 -1 ");
}

inference::v1::ValueSettings Settings() {
  inference::v1::ValueSettings settings;
  settings.set_alpha(0.5);
  settings.set_beta(0.3);
  settings.set_gamma(0.2);
  const auto add = [](const char* feature, double factor, inference::v1::ValueSettings::Component* component) {
    component->add_terms()->set_feature(feature);
    component->mutable_terms(component->terms_size() - 1)->set_factor(factor);
  };
  add("spend_365d", 1, settings.mutable_purchase());
  add("logins_90d", 1, settings.mutable_maintenance());
  add("satisfied_feedbacks", 5, settings.mutable_maintenance());
  return settings;
}

TEST(PotentialValueViewTest, TheFormulaIsWrittenOut) {
  EXPECT_EQ(FormulaText(Settings()), "0.5 (spend_365d) + 0.3 (0) + 0.2 (logins_90d + 5 satisfied_feedbacks)");
}

TEST(PotentialValueViewTest, SettingsHaveARowForEachTier) {
  inference::v1::ValueSettings settings = Settings();
  const size_t rows = ValueSettingsTable(settings).rows().size();
  auto& tier = *settings.add_tiers();
  tier.set_tier("gold");
  tier.set_at_least_percentile(90);
  tier.set_model("tenants/demo/models/churn");
  const Table table = ValueSettingsTable(settings);
  ASSERT_EQ(table.rows().size(), rows + 1);
  const auto& row = table.rows()[rows - 1];
  EXPECT_EQ(row[0].shown, "tier gold");
  EXPECT_EQ(row[1].shown, "percentile 90 and above, of churn");
}

}  // namespace
}  // namespace clientele::cli
