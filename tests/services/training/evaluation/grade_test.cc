#include "services/training/evaluation/grade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "services/training/evaluation/bootstrap.h"
#include "services/training/learners/random.h"
#include "tests/common/dataset/part_threads.h"

namespace clientele::training {
namespace {

using model::v1::Grade;
using ::testing::HasSubstr;

double Mean(absl::Span<const double> values, RowCounts counts) {
  double sum = 0, all = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += counts[i] * values[i], all += counts[i];
  return sum / all;
}

TEST(BootstrapTest, AgreesWithTheNormalIntervalOfAMean) {
  Random random(1, 1);
  std::vector<double> values(2000);
  double mean = 0, square = 0;
  for (double& value : values) {
    value = random.Uniform();
    mean += value / 2000;
    square += value * value / 2000;
  }
  const Interval interval =
      *BootstrapInterval(2000, 2, [&](RowCounts counts) { return Mean(values, counts); });
  const double error = std::sqrt((square - mean * mean) / 2000);
  EXPECT_NEAR(interval.lower, mean - 1.96 * error, 0.4 * error);
  EXPECT_NEAR(interval.upper, mean + 1.96 * error, 0.4 * error);
}

TEST(BootstrapTest, IsTheSameForAnyNumberOfThreadsAndPartsAndDrawsEachTimeAllRows) {
  std::vector<double> values = {1, 5, 2, 8, 3, 9, 4};
  const auto measure = [&](RowCounts counts) {
    int all = 0;
    for (const int count : counts) all += count;
    EXPECT_EQ(all, 7);
    return Mean(values, counts);
  };
  const Interval one = *BootstrapInterval(7, 1, measure), many = *BootstrapInterval(7, 3, measure);
  EXPECT_EQ(one.lower, many.lower);
  EXPECT_EQ(one.upper, many.upper);
  EXPECT_LT(one.lower, one.upper);
  const auto group = MakeThreadGroup(3, absl::Seconds(20));
  const auto shared = testutil::OnRanks<Interval>(
      3, [&](int rank) { return *BootstrapInterval(7, 2, measure, *group[rank]); });
  for (const Interval& interval : shared) {
    EXPECT_EQ(interval.lower, one.lower);
    EXPECT_EQ(interval.upper, one.upper);
  }
}

TEST(BootstrapTest, LeavesOutWhatCannotBeMeasured) {
  // A mean of the first row where it was drawn.
  const Interval some =
      *BootstrapInterval(3, 1, [](RowCounts counts) { return counts[0] > 0 ? 1.0 : NAN; });
  EXPECT_EQ(some.lower, 1);
  EXPECT_EQ(some.upper, 1);
  EXPECT_TRUE(std::isnan(BootstrapInterval(3, 1, [](RowCounts) { return NAN; })->lower));
}

// Shares of n rows that the model and a baseline get right.
Grade GradeOf(int n, double model_share, double baseline_share, double excellent = 0.1) {
  std::vector<double> model(n, 0.0), baseline(n, 0.0);
  for (int i = 0; i < n; ++i) {
    model[i] = i < model_share * n ? 1 : 0;
    baseline[(i * 7) % n] = i < baseline_share * n ? 1 : 0;
  }
  return *MakeGrade({"share found", "a rule", excellent}, n, 2, [&](RowCounts counts) -> Comparison {
    return {Mean(model, counts), Mean(baseline, counts)};
  });
}

TEST(GradeTest, IsAWhereTheGainIsLargeAndSure) {
  const Grade grade = GradeOf(1000, 0.8, 0.6);
  EXPECT_EQ(grade.letter(), Grade::LETTER_A);
  EXPECT_NEAR(grade.gain(), 0.2, 1e-12);
  EXPECT_GT(grade.gain_lower(), 0.1);
  EXPECT_LT(grade.gain_upper(), 0.3);
  EXPECT_THAT(grade.explanation(), HasSubstr("share found 80.0 %, the baseline (a rule) 60.0 %: 20.0 points more"));
}

TEST(GradeTest, IsBWhereTheGainIsSmallAndSure) { EXPECT_EQ(GradeOf(4000, 0.65, 0.6).letter(), Grade::LETTER_B); }

TEST(GradeTest, IsCWhereTheGainMayBeChance) {
  const Grade grade = GradeOf(20, 0.8, 0.6);
  EXPECT_NEAR(grade.gain(), 0.2, 1e-12);
  EXPECT_LE(grade.gain_lower(), 0);
  EXPECT_EQ(grade.letter(), Grade::LETTER_C);
  EXPECT_THAT(grade.explanation(), HasSubstr("may be chance"));
  EXPECT_EQ(GradeOf(1000, 0.5, 0.6).letter(), Grade::LETTER_C);
  EXPECT_THAT(GradeOf(1000, 0.5, 0.6).explanation(), HasSubstr("10.0 points less"));
}

TEST(GradeTest, IsCWhereNothingCanBeMeasured) {
  const Grade grade = *MakeGrade({"share found", "a rule", 0.1}, 5, 1, [](RowCounts) -> Comparison {
    return {NAN, NAN};
  });
  EXPECT_EQ(grade.letter(), Grade::LETTER_C);
  EXPECT_THAT(grade.explanation(), HasSubstr("cannot tell"));
}

}  // namespace
}  // namespace clientele::training
