// Survival scores and evaluations for people.
#include "services/cli/output/survival_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/cli/training/evaluation_view.h"
#include "services/cli/training/survival_evaluation_view.h"

namespace clientele::cli {
namespace {

using inference::v1::Score;
using model::v1::Evaluation;
using ::testing::HasSubstr;

Score::Survival Sample() {
  Score::Survival survival;
  survival.set_hazard_ratio(1.84);
  survival.set_log_hazard_ratio(0.61);
  survival.set_percentile(87);
  survival.set_duration_unit("months");
  survival.set_stayed(12);
  survival.set_median_remaining(30);
  for (const double horizon : {6.0, 12.0}) {
    auto& point = *survival.add_curve();
    point.set_duration(horizon);
    point.set_survival(1 - horizon / 66);
    point.set_lower(1 - horizon / 60);
    point.set_upper(1 - horizon / 80);
  }
  return survival;
}

TEST(SurvivalViewTest, AScoreSaysRiskAndHowLikelyTheCustomerStays) {
  EXPECT_EQ(SurvivalText(Sample()), "1.84 x the average risk (percentile 87), stays 12 months more with 81.8 %");
  EXPECT_EQ(SurvivalTable(Sample()).rows().size(), 2u);
  EXPECT_EQ(SurvivalTerms(Sample()), "Stayed 12 months so far; half of such customers stay 30 months more");
}

TEST(SurvivalViewTest, RetentionHasNoRisk) {
  Score::Survival survival = Sample();
  survival.set_hazard_ratio(1);
  survival.set_log_hazard_ratio(0);
  survival.set_stayed(0);
  survival.clear_median_remaining();
  survival.set_discounted_remaining(4.5);
  EXPECT_EQ(SurvivalText(survival), "stays 12 months more with 81.8 %");
  EXPECT_EQ(SurvivalTerms(survival), "From the start, or from an unknown time; discounted 4.5 months");
}

TEST(SurvivalViewTest, AnEvaluationSaysOrderEventsAndTests) {
  Evaluation evaluation;
  auto& survival = *evaluation.mutable_survival();
  survival.set_concordance(0.834);
  survival.set_events(1869);
  survival.mutable_wald()->set_name("Wald");
  survival.mutable_wald()->set_degrees_of_freedom(6);
  EXPECT_THAT(EvaluationLine(evaluation), HasSubstr("concordance 0.834"));
  EXPECT_THAT(EvaluationLine(evaluation), HasSubstr("events"));
  // Rows, concordance, in training, events, the one test.
  EXPECT_EQ(EvaluationTable(evaluation).rows().size(), 5u);
  survival.add_retention(0.8);
  survival.add_retention(0.9);
  EXPECT_THAT(SurvivalLine(survival), HasSubstr("at last"));
}

}  // namespace
}  // namespace clientele::cli
