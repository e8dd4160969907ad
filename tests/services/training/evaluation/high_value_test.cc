#include "services/training/evaluation/high_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

using model::v1::Grade;

double Found(const std::vector<double>& scores, const std::vector<double>& actuals,
             const std::vector<uint16_t>& counts) {
  const CustomersByValue customers(actuals);
  return HighValueSearch(scores, customers).ShareFound(counts, customers.FindHighValue(counts));
}
double Found(const std::vector<double>& scores, const std::vector<double>& actuals) {
  return Found(scores, actuals, std::vector<uint16_t>(scores.size(), 1));
}

TEST(HighValueSearchTest, HighValueAreTheFewestWhoHoldFourFifths) {
  // 50 + 30 of 100 are the first two.
  const std::vector<double> actuals = {5, 50, 10, 30, 5, 0};
  EXPECT_EQ(Found({0, 9, 0, 8, 0, 0}, actuals), 1);
  EXPECT_EQ(Found({0, 9, 8, 0, 0, 0}, actuals), 0.5);
  EXPECT_EQ(Found({9, 0, 8, 0, 0, 0}, actuals), 0);
}

TEST(HighValueSearchTest, EqualScoresShareThePlacesThatAreLeft) {
  // Who names everybody alike finds as many as chance would.
  EXPECT_NEAR(Found({1, 1, 1, 1, 1, 1}, {5, 50, 10, 30, 5, 0}), 2.0 / 6, 1e-15);
  EXPECT_NEAR(Found({9, 1, 1, 1, 1, 1}, {5, 50, 10, 30, 5, 0}), 2.0 / 5 / 2, 1e-15);
}

TEST(HighValueSearchTest, ACountIsThatManyRows) {
  const std::vector<double> actuals = {5, 50, 30, 15}, scores = {1, 4, 2, 3};
  const double counted = Found(scores, actuals, {3, 2, 0, 1});
  EXPECT_DOUBLE_EQ(counted, Found({1, 1, 1, 4, 4, 3}, {5, 5, 5, 50, 50, 15}));
}

TEST(HighValueSearchTest, NothingToFindIsNotANumber) { EXPECT_TRUE(std::isnan(Found({1, 2}, {0, 0}))); }

struct Rows {
  std::vector<double> actuals, close, noise;
};
Rows Simulate(int n) {
  Random random(8, 0);
  Rows rows;
  for (int i = 0; i < n; ++i) {
    const double value = 1 / (1 - random.Uniform());
    rows.actuals.push_back(value);
    rows.close.push_back(value * std::exp(0.5 * random.Uniform()));
    rows.noise.push_back(random.Uniform());
  }
  return rows;
}

TEST(GradeValuesTest, FindingMoreThanTheRuleIsAnA) {
  const Rows rows = Simulate(1000);
  const Grade grade = *GradeValues(rows.close, "chance", rows.noise, rows.actuals, 2);
  EXPECT_EQ(grade.letter(), Grade::LETTER_A) << grade.explanation();
  EXPECT_GT(grade.gain_lower(), 0.05);
  EXPECT_LT(grade.gain_lower(), grade.gain());
  EXPECT_GT(grade.gain_upper(), grade.gain());
  EXPECT_EQ(grade.baseline(), "chance");
}

TEST(GradeValuesTest, AGainInsideTheNoiseIsNoGain) {
  const Rows rows = Simulate(60);
  std::vector<double> almost = rows.close;
  almost[7] = 0;
  EXPECT_EQ(GradeValues(rows.close, "the same but for one", almost, rows.actuals, 1)->letter(), Grade::LETTER_C);
  EXPECT_EQ(GradeValues(rows.noise, "better", rows.close, rows.actuals, 1)->letter(), Grade::LETTER_C);
}

TEST(GradeValuesTest, IsTheSameForAnyNumberOfThreads) {
  const Rows rows = Simulate(300);
  const auto graded = [&](int threads) {
    return GradeValues(rows.close, "chance", rows.noise, rows.actuals, threads)->SerializeAsString();
  };
  for (const int threads : {2, 3, 8}) EXPECT_EQ(graded(threads), graded(1));
}

}  // namespace
}  // namespace clientele::training
