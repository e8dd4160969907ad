// RFM scores and evaluations for people.
#include "services/cli/output/rfm_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "services/cli/output/console.h"
#include "services/cli/training/evaluation_view.h"
#include "services/cli/training/rfm_evaluation_view.h"
#include "tests/testing/manual_clock.h"

namespace clientele::cli {
namespace {

using model::v1::Evaluation;
using model::v1::RfmEvaluation;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

void AddSegment(RfmEvaluation& rfm, const std::string& name, int customers, double value_share, int before) {
  auto& segment = *rfm.add_segments();
  segment.set_name(name);
  segment.set_action("Do " + name);
  segment.set_customers(customers);
  segment.set_share(customers / 100.0);
  segment.set_value(1'000 * value_share);
  segment.set_value_share(value_share);
  segment.set_previous_customers(before);
}

Evaluation Sample() {
  Evaluation evaluation;
  RfmEvaluation& rfm = *evaluation.mutable_rfm();
  AddSegment(rfm, "Champions", 20, 0.75, 15);
  AddSegment(rfm, "Lost", 80, 0.25, 85);
  AddSegment(rfm, "Nobody", 0, 0, 0);
  rfm.set_unscored(7);
  for (const char* from : {"Lost", "", "Champions"}) {
    auto& move = *rfm.add_moves();
    move.set_from_segment(from);
    move.set_to_segment("Champions");
    move.set_customers(5);
  }
  return evaluation;
}

TEST(RfmViewTest, AScoreSaysSegmentScoresAndAdvice) {
  inference::v1::Score::RfmSegment segment;
  segment.set_segment("Champions");
  segment.set_recency_score(5);
  segment.set_frequency_score(4);
  segment.set_monetary_score(5);
  EXPECT_EQ(RfmText(segment), "Champions (recency 5, frequency 4, monetary 5)");
  EXPECT_EQ(RfmAdvice(segment), "");
  segment.set_action("Reward them");
  EXPECT_EQ(RfmAdvice(segment), "What to do: Reward them");
  segment.clear_recency_score();
  segment.set_segment("No purchase yet");
  EXPECT_EQ(RfmText(segment), "No purchase yet");
}

TEST(RfmViewTest, AnEvaluationSaysWhatSegmentsAreWorthAndWhoMoved) {
  const testutil::ManualClock clock;
  std::ostringstream out, err;
  Console console{out, err, clock};
  ShowEvaluationDetail(Sample(), console);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("75.0 %"), HasSubstr("+5"), HasSubstr("-5"), HasSubstr("Do Champions"),
                               HasSubstr("7 customers have not bought yet"), HasSubstr("(no customer yet)"),
                               Not(HasSubstr("Nobody"))));
  EXPECT_EQ(EvaluationLine(Sample()), "2 segments; Champions hold 75.0 % of the value");
  EXPECT_EQ(RfmMoveTable(Sample().rfm(), 10).rows().size(), 2u);  // Those that stayed are no moves.
  EXPECT_EQ(RfmMoveTable(Sample().rfm(), 1).rows().size(), 1u);
}

}  // namespace
}  // namespace clientele::cli
