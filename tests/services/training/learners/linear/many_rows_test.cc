// What a fit of many rows is spared: passes over all of them, at the beginning and at the end. It must show nowhere.
#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/linear/newton.h"
#include "services/training/learners/symmetric_system.h"
#include "tests/services/training/learners/linear/support.h"

namespace clientele::training {
namespace {

using testutil::BinaryLabels;
using testutil::BinaryRows;
using testutil::Fit;
using testutil::MakeMatrix;
using testutil::RandomRows;

TEST(ManyRowsTest, StartOnASampleAndEndAtTheSamePlace) {
  const TrainingMatrix matrix = BinaryRows(210'000, 4, 13);
  const LinearFit fit = Fit(matrix, LogisticFamily(), {.l2 = 1}, 2);
  EXPECT_TRUE(fit.converged);
  EXPECT_LE(fit.gradient_norm, 1e-9);
  EXPECT_LE(fit.iterations, 5);
}

// All sums in float64, from the beginning.
Minimum ExactMinimum(const ShardSums& sums, const Family& family, double l2, int64_t rows) {
  auto objective = LinearObjective::Create(sums, family, l2, 1, true);
  EXPECT_OK(objective.status());
  auto minimum = MinimiseByNewton(*objective, {std::vector<double>(objective->size(), 0.0)}, rows,
                                  {.l2 = l2, .gradient_tolerance = 1e-13}, [](const Minimum&) { return true; });
  EXPECT_OK(minimum.status());
  minimum->parameters = objective->Uncentred(minimum->parameters);
  return *std::move(minimum);
}

TEST(ManyRowsTest, AnEndThatNoPassLookedAtIsWhereItIsSaidToBe) {
  const int n = 100'000;
  const PoissonFamily poisson;
  const LogisticFamily logistic;
  LocalCommunicator local;
  int not_looked_at = 0;
  for (const uint64_t seed : {19, 20, 21}) {
    auto rows = RandomRows(n, 6, seed);
    Random random(seed, 2);
    std::vector<double> counts;
    for (auto& row : rows) {
      row[3] = random.Uniform() < 0.02 ? 3 : 0;
      counts.push_back(std::floor(2 * random.Uniform() * std::exp(0.5 * row[0] - 0.3 * row[1] + 0.1 * row[3])));
    }
    for (const bool count : {false, true}) {
      const TrainingMatrix matrix = MakeMatrix(rows, count ? counts : BinaryLabels(rows, seed));
      const Family& family = count ? static_cast<const Family&>(poisson) : logistic;
      const LinearFit fit = Fit(matrix, family, {.l2 = 1}, 2);
      EXPECT_TRUE(fit.converged);
      const ShardSums sums(matrix, local, 2, StopToken());
      auto objective = LinearObjective::Create(sums, family, 1, 1, true);
      ASSERT_OK(objective.status());
      auto there = objective->Evaluate(objective->Centred(fit.parameters), LinearObjective::Part::kGradient);
      ASSERT_OK(there.status());
      const double norm = LargestOf(there->gradient) / n;
      not_looked_at += std::abs(norm / fit.gradient_norm - 1) > 1e-3 ? 1 : 0;
      EXPECT_LE(norm, std::max(1.001 * fit.gradient_norm, 1e-12)) << count << " " << seed;
      EXPECT_NEAR(fit.objective / there->value, 1, 1e-13) << count << " " << seed;
      EXPECT_NEAR(fit.loss / there->loss, 1, 1e-13) << count << " " << seed;
      EXPECT_NEAR(fit.pearson, there->pearson, 1e-6 * there->pearson) << count << " " << seed;
    }
  }
  EXPECT_GE(not_looked_at, 3);
}

TEST(ManyRowsTest, ASampleLeavesNoTraceInTheStandardErrors) {
  const TrainingMatrix matrix = BinaryRows(60'000, 4, 16);
  const LinearFit fit = Fit(matrix, LogisticFamily(), {.l2 = 1});
  LocalCommunicator local;
  const Minimum exact = ExactMinimum(ShardSums(matrix, local, 1, StopToken()), LogisticFamily(), 1, 60'000);
  EXPECT_NEAR(fit.objective, exact.at.value, 1e-12 * exact.at.value);
  const std::vector<double> errors = StandardErrors(fit, 1);
  const std::vector<double> inverse = SymmetricSystem(exact.at.hessian, 5).Inverse();
  for (int j = 0; j < 4; ++j) {
    EXPECT_NEAR(fit.parameters[j], exact.parameters[j], 1e-8) << j;
    EXPECT_NEAR(errors[j] / std::sqrt(inverse[j * 5 + j]), 1, 1e-3) << j;
  }
}

// The sample has no row of the other class among those of the rare column.
TEST(ManyRowsTest, ARareColumnThatASampleCannotJudgeIsFittedByAllRows) {
  const int n = 60'000;
  auto rows = RandomRows(n, 4, 17);
  auto labels = BinaryLabels(rows, 17);
  for (int i = 0; i < n; ++i) {
    const bool sampled = i * int64_t{kShardCount} / n % 8 == 0;
    rows[i][3] = i % 200 == 0 ? 1 : 0;
    if (rows[i][3] == 1) labels[i] = sampled || i % 400 == 0 ? 1 : 0;
  }
  const TrainingMatrix matrix = MakeMatrix(rows, labels);
  LocalCommunicator local;
  for (const double l2 : {0.0, 1e-3}) {
    const LinearFit fit = Fit(matrix, LogisticFamily(), {.l2 = l2});
    const Minimum exact = ExactMinimum(ShardSums(matrix, local, 1, StopToken()), LogisticFamily(), l2, n);
    EXPECT_TRUE(fit.converged);
    EXPECT_NEAR(fit.objective, exact.at.value, 1e-12 * exact.at.value) << l2;
    for (int j = 0; j < 4; ++j) EXPECT_NEAR(fit.parameters[j], exact.parameters[j], 1e-7) << l2 << " " << j;
  }
}

// Alike columns leave a direction that float32 cannot tell: there the end of the step is looked at.
TEST(ManyRowsTest, LeastSquaresOfManyRowsIsExactAlsoWhereColumnsAreAlike) {
  for (const double difference : {1.0, 0.01}) {
    auto rows = RandomRows(60'000, 4, 18);
    std::vector<double> labels;
    for (auto& row : rows) {
      row[3] = static_cast<float>(row[0] + difference * row[3]);
      labels.push_back(1000 + 3 * row[0] - row[1] + 0.01 * row[2] * row[2]);
    }
    const TrainingMatrix matrix = MakeMatrix(rows, labels);
    const LinearFit fit = Fit(matrix, LeastSquaresFamily(), {.l2 = 1, .gradient_tolerance = 1e-6});
    LocalCommunicator local;
    const Minimum exact = ExactMinimum(ShardSums(matrix, local, 1, StopToken()), LeastSquaresFamily(), 1, 60'000);
    EXPECT_TRUE(fit.converged);
    EXPECT_NEAR(fit.objective / exact.at.value, 1, 1e-6) << difference;
    for (int j = 0; j < 4; ++j) EXPECT_NEAR(fit.parameters[j], exact.parameters[j], 1e-4) << difference << " " << j;
  }
}

}  // namespace
}  // namespace clientele::training
