#include "services/training/selection/recommend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "services/training/evaluation/value.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

using model::v1::ValueSelectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kCustomer = ValueSelectionParameters::DECISION_CUSTOMER;
constexpr auto kRanking = ValueSelectionParameters::DECISION_RANKING;
constexpr auto kTotal = ValueSelectionParameters::DECISION_TOTAL;

// What came; said exactly but ten times too high, and said right on the whole but in no order.
struct Sayings {
  std::vector<double> actuals;
  ValuePredictions ordered{"ordered", {}}, level{"level", {}};
};

Sayings Say(int rows) {
  Sayings sayings;
  Random random(3, 1);
  double sum = 0;
  for (int i = 0; i < rows; ++i) {
    const double came = random.Uniform() < 0.5 ? 0 : std::round(100 * random.Uniform());
    sayings.actuals.push_back(came);
    sayings.ordered.values.push_back(10 * came);
    sum += came;
  }
  sayings.level.values.assign(rows, sum / rows);
  return sayings;
}

TEST(DecisionMeasureTest, WithEqualCountsItIsTheEvaluationsOwn) {
  Random random(5, 1);
  std::vector<double> predictions, actuals;
  for (int i = 0; i < 400; ++i) {
    predictions.push_back(std::floor(20 * random.Uniform()));  // With ties.
    actuals.push_back(std::floor(30 * random.Uniform() * random.Uniform()));
  }
  const auto evaluation = EvaluateValues(predictions, actuals, 0);
  const std::vector<uint16_t> ones(400, 1);
  EXPECT_NEAR(DecisionMeasure(kCustomer, predictions, actuals)(ones), evaluation.mae(), 1e-12);
  EXPECT_NEAR(DecisionMeasure(kRanking, predictions, actuals)(ones), evaluation.normalised_gini(), 1e-12);
  EXPECT_NEAR(DecisionMeasure(kTotal, predictions, actuals)(ones), evaluation.total_ratio(), 1e-12);
}

TEST(DecisionMeasureTest, ACountIsARowSoManyTimes) {
  const std::vector<double> predictions = {3, 1, 2}, actuals = {4, 0, 5};
  const std::vector<double> thrice_predictions = {3, 3, 2}, thrice_actuals = {4, 4, 5};
  const std::vector<uint16_t> counts = {2, 0, 1}, ones(3, 1);
  for (const auto decision : {kCustomer, kRanking, kTotal}) {
    EXPECT_NEAR(DecisionMeasure(decision, predictions, actuals)(counts),
                DecisionMeasure(decision, thrice_predictions, thrice_actuals)(ones), 1e-12);
  }
}

TEST(RecommendTest, EachDecisionHasItsOwnWinner) {
  const Sayings sayings = Say(300);
  const std::vector<ValuePredictions> all = {sayings.ordered, sayings.level};
  EXPECT_EQ(Recommend(kCustomer, all, sayings.actuals, 1)->candidate(), "level");
  EXPECT_EQ(Recommend(kRanking, all, sayings.actuals, 1)->candidate(), "ordered");
  const auto total = *Recommend(kTotal, all, sayings.actuals, 1);
  EXPECT_EQ(total.candidate(), "level");
  EXPECT_EQ(total.decision(), "total");
  EXPECT_THAT(total.explanation(), AllOf(HasSubstr("predicted / actual total 1, the next best (ordered) 10"),
                                         HasSubstr("95 % interval"), Not(HasSubstr("chance"))));
}

TEST(RecommendTest, SaysWhereTheNextBestLiesWithinNoise) {
  Sayings sayings = Say(60);
  ValuePredictions like = sayings.level;
  like.name = "much alike";
  like.values[0] += 0.5;
  const auto one = *Recommend(kCustomer, {sayings.level, like}, sayings.actuals, 1);
  EXPECT_THAT(one.explanation(), HasSubstr("which may be chance"));
}

TEST(RecommendTest, ARuleThatDoesBetterIsNamedAndNotChosen) {
  Sayings sayings = Say(200);
  sayings.level.can_be_chosen = false;
  const auto one = *Recommend(kCustomer, {sayings.ordered, sayings.level}, sayings.actuals, 1);
  EXPECT_EQ(one.candidate(), "ordered");
  EXPECT_THAT(one.explanation(), AllOf(HasSubstr("no other candidate"), HasSubstr("the rule \"level\" does better"),
                                       HasSubstr("cannot be chosen")));
}

TEST(RecommendTest, RowsThatCannotTellSayThat) {
  const std::vector<double> nothing(20, 0.0);
  const auto one = *Recommend(kTotal, {{"first", nothing}, {"second", nothing}}, nothing, 1);
  EXPECT_EQ(one.candidate(), "first");
  EXPECT_THAT(one.explanation(), HasSubstr("cannot tell"));
}

TEST(RecommendTest, ThreadsDoNotChangeIt) {
  const Sayings sayings = Say(150);
  const std::vector<ValuePredictions> all = {sayings.ordered, sayings.level};
  EXPECT_EQ(Recommend(kRanking, all, sayings.actuals, 1)->SerializeAsString(),
            Recommend(kRanking, all, sayings.actuals, 2)->SerializeAsString());
}

}  // namespace
}  // namespace clientele::training
