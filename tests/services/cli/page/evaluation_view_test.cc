// What `models show` and `train` say of lifetime value and of a selection.
#include "services/cli/training/evaluation_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "services/cli/output/console.h"
#include "services/cli/training/lifetime_value_evaluation_view.h"
#include "services/cli/training/selection_view.h"
#include "tests/services/cli/page/sample_reports.h"
#include "tests/testing/manual_clock.h"

namespace clientele::cli {
namespace {

using model::v1::Evaluation;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class EvaluationViewTest : public testing::Test {
 protected:
  std::string Detail() {
    std::ostringstream out, err;
    Console console{out, err, clock_};
    ShowEvaluationDetail(evaluation_, console);
    return out.str();
  }
  const testutil::ManualClock clock_;
  Evaluation evaluation_ = testutil::LifetimeValueReport().version.evaluation();
};

TEST_F(EvaluationViewTest, MeasuresSayWhatCustomersDidAndWhatTheyAreWorth) {
  const std::string table = RenderTable(EvaluationTable(evaluation_), {});
  EXPECT_THAT(table, AllOf(HasSubstr("purchases held out"), HasSubstr("1,882"),
                           HasSubstr("in 273 days; expected 1,742.6, 0.926 of them"), HasSubstr("64.9 %"),
                           HasSubstr("95 % interval 80,903 to 96,118"), HasSubstr("value at risk")));
  evaluation_.mutable_lifetime_value()->clear_purchases();
  EXPECT_THAT(RenderTable(EvaluationTable(evaluation_), {}), Not(HasSubstr("purchases held out")));
}

TEST_F(EvaluationViewTest, DetailHasFrequenciesTiersAndParameters) {
  EXPECT_THAT(Detail(),
              AllOf(HasSubstr("Mean purchases in the 273 days held out"), HasSubstr("7+"), HasSubstr("platinum"),
                    HasSubstr("4.4140"), HasSubstr("half of all purchases come from few of them")));
}

TEST_F(EvaluationViewTest, DetailSaysHowTheModelWasChosen) {
  EXPECT_THAT(Detail(), AllOf(HasSubstr("BG/NBD (chosen)"), HasSubstr("value regression"),
                              HasSubstr("Could not be trained"), HasSubstr("nobody has spent anything"),
                              HasSubstr("For whom to look after first"), HasSubstr("within noise")));
}

TEST_F(EvaluationViewTest, OneLineOfPurchasesWhereThereIsNoMoney) {
  EXPECT_THAT(EvaluationLine(evaluation_), HasSubstr("Gini"));
  evaluation_.clear_value();
  EXPECT_EQ(EvaluationLine(evaluation_), "1,742.6 purchases expected, 1,882 came");
}

}  // namespace
}  // namespace clientele::cli
