#include "services/cli/output/lifetime_value_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clientele::cli {
namespace {

using ::testing::HasSubstr;

inference::v1::Score::LifetimeValue Value() {
  inference::v1::Score::LifetimeValue value;
  value.mutable_probability_alive()->set_value(0.831);
  value.mutable_predicted_value()->set_value(123.4);
  value.mutable_predicted_value()->set_lower(98.1);
  value.mutable_predicted_value()->set_upper(155.2);
  value.mutable_days_to_next_purchase()->set_value(40);
  value.mutable_next_purchase_time()->set_seconds(1'764'000'000);
  value.set_percentile(87);
  value.set_tier("gold");
  value.set_currency_code("EUR");
  value.set_horizon_days(365);
  value.set_annual_discount_rate(0.1);
  value.set_margin(1);
  value.set_interval_coverage(0.95);
  value.set_note("no repeat purchase: spend is the average of all");
  return value;
}

TEST(LifetimeValueViewTest, OneLineSaysValueHorizonAndWhetherStillACustomer) {
  EXPECT_EQ(LifetimeValueText(Value()), "123.40 EUR in 365 days, alive 83.1 %, gold (percentile 87)");
}

TEST(LifetimeValueViewTest, TheTableNamesUnitsAndIntervals) {
  const std::string table = RenderTable(LifetimeValueTable(Value()), {});
  EXPECT_THAT(table, HasSubstr("95 % from"));
  EXPECT_THAT(table, HasSubstr("Value in 365 days"));
  EXPECT_THAT(table, HasSubstr("155.20"));
  EXPECT_THAT(table, HasSubstr("EUR"));
  EXPECT_THAT(table, HasSubstr("Next purchase due in"));
}

TEST(LifetimeValueViewTest, TermsAndNoteAreSaid) {
  const std::string terms = LifetimeValueTerms(Value());
  EXPECT_THAT(terms, HasSubstr("100 % of spend, discounted by 10.0 % a year"));
  EXPECT_THAT(terms, HasSubstr("due by 2025-11-24"));
  EXPECT_THAT(terms, HasSubstr("Note: no repeat purchase"));
}

TEST(LifetimeValueViewTest, NoNextPurchaseOfWhoNeverBought) {
  auto value = Value();
  value.clear_days_to_next_purchase();
  EXPECT_THAT(RenderTable(LifetimeValueTable(value), {}), ::testing::Not(HasSubstr("Next purchase")));
}

}  // namespace
}  // namespace clientele::cli
