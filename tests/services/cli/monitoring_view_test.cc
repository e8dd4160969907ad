#include "services/cli/output/monitoring_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace clientele::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MonitoringViewTest, AShadowIsOneLineAPairing) {
  inference::v1::ShadowReport report;
  auto& pairing = *report.add_pairings();
  pairing.set_served_version("tenants/demo/models/churn/versions/2");
  pairing.set_shadow_version("tenants/demo/models/churn/versions/3");
  pairing.set_pairs(1'000);
  pairing.set_agreement(0.875);
  for (int i = 0; i < 9; ++i) pairing.add_difference_quantiles(i / 10.0);
  pairing.mutable_decile_moves()->Resize(100, 0);
  pairing.set_decile_moves(0, 700);        // Lowest to lowest.
  pairing.set_decile_moves(1, 200);        // One up.
  pairing.set_decile_moves(9, 100);        // Lowest to highest.
  const std::string text = RenderTable(ShadowTable(report), {});
  EXPECT_THAT(text, HasSubstr("1,000"));
  EXPECT_THAT(text, HasSubstr("87.5 %"));
  EXPECT_EQ(MovesLine(pairing),
            "30 % of the rows are in another tenth of the scores; 10 % moved by two tenths or more.");
}

TEST(MonitoringViewTest, OutcomesStandBesideWhatWasPromised) {
  inference::v1::OutcomeReport report;
  report.set_scores(1'200);
  report.set_pending(300);
  auto& realised = *report.add_realised();
  realised.set_model_version("tenants/demo/models/churn/versions/2");
  realised.set_arm("canary");
  realised.set_auc(0.812);
  realised.set_auc_lower(0.79);
  realised.set_auc_upper(0.834);
  realised.set_trained_auc(0.83);
  realised.set_calibration_ratio(1.02);
  const std::string text = RenderTable(OutcomesTable(report), {});
  EXPECT_THAT(text, HasSubstr("0.812 (0.790 to 0.834)"));
  EXPECT_THAT(text, HasSubstr("0.830"));
  EXPECT_EQ(PendingLine(report), "1,200 scores, of which 300 wait for the end of their label's window.");
}

TEST(MonitoringViewTest, AValueModelHasNoAuc) {
  inference::v1::OutcomeReport report;
  auto& realised = *report.add_realised();
  realised.set_auc(std::numeric_limits<double>::quiet_NaN());
  realised.set_rmse(12.5);
  EXPECT_THAT(RenderTable(OutcomesTable(report), {}), HasSubstr("12.500"));
}

TEST(MonitoringViewTest, DriftSaysHowLargeItIsWhereThereIsAny) {
  inference::v1::DriftReport report;
  auto& age = *report.add_features();
  age.set_feature("age");
  age.set_drifted(true);
  age.set_level(inference::v1::FeatureDrift::LEVEL_LARGE);
  age.set_population_stability_index(0.5);
  age.add_bins("below 10");
  age.add_training_shares(0.25);
  age.add_shares(0.75);
  auto& plan = *report.add_features();
  plan.set_feature("plan");
  plan.set_level(inference::v1::FeatureDrift::LEVEL_MODERATE);  // But not significant.
  const std::string text = RenderTable(DriftTable(report), {});
  EXPECT_THAT(text, HasSubstr("large"));
  EXPECT_THAT(text, Not(HasSubstr("moderate")));
  EXPECT_THAT(RenderTable(BinsTable(age), {}), HasSubstr("75.0 %"));
}

}  // namespace
}  // namespace clientele::cli
