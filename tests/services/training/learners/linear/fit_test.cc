#include "services/training/learners/linear/fit.h"

#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/linear/newton.h"
#include "services/training/learners/linear/newton_cg.h"
#include "services/training/learners/random.h"
#include "tests/services/training/learners/linear/support.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using testutil::BinaryLabels;
using testutil::BinaryRows;
using testutil::Fit;
using testutil::GoOn;
using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::RowsOf;
using testutil::StatusIs;

// `categories` of three fields as columns of 0 and 1 beside two numbers; and the same as fields. Columns of the model are
// number, field 0, number, field 1, field 2.
struct Twins {
  TrainingMatrix dense, fields;
};

Twins MakeTwins(int n, const std::vector<int>& widths) {
  Twins twins;
  Random random(5, 2);
  const int d = 2 + widths[0] + widths[1] + widths[2];
  const int first[] = {1, 2 + widths[0], 2 + widths[0] + widths[1]};
  twins.dense.columns = twins.fields.columns = d;
  twins.fields.dense_columns = {0, 1 + widths[0]};
  for (int f = 0; f < 3; ++f) twins.fields.fields.push_back({first[f], widths[f]});
  for (int i = 0; i < n; ++i) {
    TrainingShard& dense = twins.dense.shards[i * kShardCount / n];
    TrainingShard& fields = twins.fields.shards[i * kShardCount / n];
    std::vector<float> row(d, 0.0f);
    double score = 0;
    for (const int column : twins.fields.dense_columns) {
      row[column] = static_cast<float>(random.Uniform() * 2 - 1);
      score += row[column];
      fields.values.push_back(row[column]);
    }
    for (int f = 0; f < 3; ++f) {
      // One of the fields is without a category now and then.
      const auto id = static_cast<uint16_t>(random.Next() % (widths[f] + (f == 1)));
      const bool none = id == widths[f];
      fields.categories.push_back(none ? kNoCategory : id);
      if (!none) row[first[f] + id] = 1;
      score += none ? 0 : std::sin(id + f);
    }
    dense.values.insert(dense.values.end(), row.begin(), row.end());
    const double label = random.Uniform() < 1 / (1 + std::exp(-score)) ? 1 : 0;
    dense.labels.push_back(label);
    fields.labels.push_back(label);
    ++dense.rows;
    ++fields.rows;
  }
  return twins;
}

TEST(FitLinearTest, LeastSquaresIsSolvedInOneStep) {
  const auto rows = RandomRows(500, 3, 1);
  std::vector<double> labels;
  for (const auto& row : rows) labels.push_back(2 * row[0] - row[1] + 0.5 * row[2] + 7);
  const LinearFit fit = Fit(MakeMatrix(rows, labels), LeastSquaresFamily(), {});
  const std::vector<double> expected = {2, -1, 0.5, 7};
  for (int j = 0; j < 4; ++j) EXPECT_NEAR(fit.parameters[j], expected[j], 1e-5);
  EXPECT_LE(fit.iterations, 2);
}

TEST(FitLinearTest, TheGradientIsZeroWhereItConverges) {
  const LinearFit fit = Fit(BinaryRows(3000, 6, 2), LogisticFamily(), {.l2 = 1});
  EXPECT_TRUE(fit.converged);
  EXPECT_LE(fit.gradient_norm, 1e-9);
}

TEST(FitLinearTest, FieldsAreTheirDenseColumns) {
  const Twins twins = MakeTwins(2000, {4, 3, 6});
  for (const double l1 : {0.0, 3.0}) {
    const LinearFit dense = Fit(twins.dense, LogisticFamily(), {.l2 = 0.5, .l1 = l1});
    const LinearFit fields = Fit(twins.fields, LogisticFamily(), {.l2 = 0.5, .l1 = l1});
    EXPECT_NEAR(fields.objective, dense.objective, 1e-9 * dense.objective);
    for (size_t j = 0; j < dense.parameters.size(); ++j) EXPECT_NEAR(fields.parameters[j], dense.parameters[j], 1e-6) << j;
    const auto dense_errors = StandardErrors(dense, 1), field_errors = StandardErrors(fields, 1);
    for (size_t j = 0; j < dense_errors.size(); ++j) EXPECT_NEAR(field_errors[j], dense_errors[j], 1e-6) << j;
  }
}

TEST(FitLinearTest, ConjugateGradientsFindWhatNewtonFinds) {
  const Twins twins = MakeTwins(4000, {30, 20, 10});
  LocalCommunicator local;
  const ShardSums sums(twins.fields, local, 1, StopToken());
  const LogisticFamily family;
  ASSERT_OK_AND_ASSIGN(LinearObjective objective, LinearObjective::Create(sums, family, 1.0, 1, true));
  const std::vector<double> start(objective.size(), 0.0);
  const auto go_on = [](const Minimum&) { return true; };
  ASSERT_OK_AND_ASSIGN(const Minimum newton, MinimiseByNewton(objective, {start}, 4000, {.l2 = 1}, go_on));
  ASSERT_OK_AND_ASSIGN(const Minimum cg, MinimiseByNewtonCg(objective, start, 4000, {.l2 = 1}, go_on));
  EXPECT_TRUE(cg.converged);
  EXPECT_NEAR(cg.at.value, newton.at.value, 1e-10 * newton.at.value);
  for (int i = 0; i < objective.size(); ++i) EXPECT_NEAR(cg.parameters[i], newton.parameters[i], 1e-6) << i;
}

TEST(FitLinearTest, ThousandsOfColumnsConverge) {
  const LinearFit fit = Fit(MakeTwins(6000, {900, 400, 300}).fields, LogisticFamily(), {.l2 = 1});
  EXPECT_TRUE(fit.converged);
  EXPECT_LE(fit.gradient_norm, 1e-9);
  EXPECT_TRUE(fit.hessian.empty());
}

TEST(FitLinearTest, TheAbsolutePenaltyHoldsItsOptimalityConditions) {
  const TrainingMatrix matrix = BinaryRows(1500, 12, 3);
  constexpr double kL1 = 40;
  const LinearFit fit = Fit(matrix, LogisticFamily(), {.l1 = kL1});
  EXPECT_TRUE(fit.converged);
  int zeros = 0;
  for (int j = 0; j < 12; ++j) zeros += fit.parameters[j] == 0;
  EXPECT_GE(zeros, 6);
  EXPECT_NE(fit.parameters[0], 0);
  // Moving any coefficient either way makes it worse.
  const auto objective_at = [&](int j, double step) {
    double sum = 0, penalty = 0;
    std::vector<double> moved = fit.parameters;
    moved[j] += step;
    for (int i = 0; i < 12; ++i) penalty += std::abs(moved[i]);
    for (const TrainingShard& shard : matrix.shards) {
      for (int64_t r = 0; r < shard.rows; ++r) {
        double z = moved[12];
        for (int i = 0; i < 12; ++i) z += moved[i] * shard.values[r * 12 + i];
        sum += std::log1p(std::exp(z)) - shard.labels[r] * z;
      }
    }
    return sum + kL1 * penalty;
  };
  for (int j = 0; j < 12; ++j) {
    for (const double step : {-1e-3, 1e-3}) EXPECT_GT(objective_at(j, step), objective_at(j, 0)) << j;
  }
}

TEST(FitLinearTest, ARowTwiceAtHalfTheWeightIsTheRow) {
  const auto rows = RandomRows(400, 4, 6);
  const auto labels = BinaryLabels(rows, 6);
  const LinearFit once = Fit(MakeMatrix(rows, labels), LogisticFamily(), {.l2 = 1});
  auto twice_rows = rows;
  auto twice_labels = labels;
  twice_rows.insert(twice_rows.end(), rows.begin(), rows.end());
  twice_labels.insert(twice_labels.end(), labels.begin(), labels.end());
  TrainingMatrix twice = MakeMatrix(twice_rows, twice_labels);
  for (TrainingShard& shard : twice.shards) shard.weights.assign(shard.rows, 0.5);
  const LinearFit half = Fit(twice, LogisticFamily(), {.l2 = 1});
  for (int j = 0; j < 5; ++j) EXPECT_NEAR(half.parameters[j], once.parameters[j], 1e-9);
  EXPECT_NEAR(half.objective, once.objective, 1e-9 * once.objective);
}

TEST(FitLinearTest, ARowOfWeightZeroCountsForNothingWhateverItsLabel) {
  const auto rows = RandomRows(300, 2, 8);
  std::vector<double> labels;
  for (const auto& row : rows) labels.push_back(std::exp(0.3 * row[0] + 1));
  const LinearFit without = Fit(MakeMatrix({rows.begin(), rows.begin() + 200}, {labels.begin(), labels.begin() + 200}),
                                GammaFamily(), {});
  for (size_t i = 200; i < labels.size(); ++i) labels[i] = 0;  // No label for a Gamma regression.
  TrainingMatrix matrix = MakeMatrix(rows, labels);
  for (TrainingShard& shard : matrix.shards) {
    for (const double label : shard.labels) shard.weights.push_back(label > 0 ? 1 : 0);
  }
  const LinearFit with = Fit(matrix, GammaFamily(), {});
  for (int j = 0; j < 3; ++j) EXPECT_NEAR(with.parameters[j], without.parameters[j], 1e-7);
}

TEST(FitLinearTest, AnOffsetIsAFitWithoutACoefficient) {
  const auto rows = RandomRows(2000, 2, 9);
  std::vector<double> labels;
  for (const auto& row : rows) labels.push_back(std::exp(0.5 * row[0] + 0.25 * row[1] + 1));
  TrainingMatrix matrix = MakeMatrix(rows, labels);
  for (TrainingShard& shard : matrix.shards) {
    for (int64_t r = 0; r < shard.rows; ++r) shard.offsets.push_back(0.25 * shard.values[2 * r + 1]);
  }
  const LinearFit fit = Fit(matrix, PoissonFamily(), {});
  EXPECT_NEAR(fit.parameters[0], 0.5, 1e-6);
  EXPECT_NEAR(fit.parameters[1], 0, 1e-6);
  EXPECT_NEAR(fit.parameters[2], 1, 1e-6);
}

TEST(FitLinearTest, TranslatedColumnsMoveTheInterceptAlone) {
  auto rows = RandomRows(25'000, 3, 10);
  const auto labels = BinaryLabels(rows, 10);
  const LinearFit here = Fit(MakeMatrix(rows, labels), LogisticFamily(), {.l2 = 1});
  for (auto& row : rows) row[1] += 1024;
  const LinearFit there = Fit(MakeMatrix(rows, labels), LogisticFamily(), {.l2 = 1});
  EXPECT_TRUE(there.converged);
  // What float32 leaves of a value beside 1024 is good to 6e-5.
  for (int j = 0; j < 3; ++j) EXPECT_NEAR(there.parameters[j], here.parameters[j], 1e-4);
  EXPECT_NEAR(there.parameters[3], here.parameters[3] - 1024 * there.parameters[1], 1e-3);
  EXPECT_NEAR(StandardErrors(there, 1)[1], StandardErrors(here, 1)[1], 1e-5);
}

TEST(FitLinearTest, ColumnsThatOthersDetermineShareTheEffect) {
  for (const int n : {2'000, 30'000}) {
    auto rows = RandomRows(n, 3, 11);
    const auto labels = BinaryLabels(rows, 11);
    for (auto& row : rows) row[2] = row[0];
    const LinearFit fit = Fit(MakeMatrix(rows, labels), LogisticFamily(), {});
    EXPECT_TRUE(fit.converged) << n;
    EXPECT_NEAR(fit.parameters[0], fit.parameters[2], 1e-6) << n;
  }
}

TEST(FitLinearTest, AConstantColumnHasNoEffect) {
  auto rows = RandomRows(1000, 3, 12);
  const auto labels = BinaryLabels(rows, 12);
  for (auto& row : rows) row[2] = 0.1;
  const LinearFit fit = Fit(MakeMatrix(rows, labels), LogisticFamily(), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.parameters[2], 0);
  EXPECT_EQ(StandardErrors(fit, 1)[2], 0);
}

TEST(FitLinearTest, ThreadsChangeNoBit) {
  const TrainingMatrix matrix = BinaryRows(30'000, 5, 14);
  const LinearFit one = Fit(matrix, LogisticFamily(), {.l2 = 1}, 1);
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(Fit(matrix, LogisticFamily(), {.l2 = 1}, threads).parameters, one.parameters) << threads;
  }
}

TEST(FitLinearTest, RanksChangeNoBit) {
  const TrainingMatrix matrix = MakeTwins(5'000, {5, 7, 3}).fields;
  const LinearFit alone = Fit(matrix, LogisticFamily(), {.l2 = 1});
  for (const int ranks : {2, 5}) {
    const auto fits = testutil::RunOnRanks<LinearFit>(matrix, ranks, [](const TrainingMatrix& part, Communicator& communicator) {
      const ShardSums sums(part, communicator, 1, StopToken());
      return FitLinear(sums, LogisticFamily(), std::vector<double>(part.columns + 1, 0.0), 5'000, {.l2 = 1}, GoOn);
    });
    for (const auto& fit : fits) {
      ASSERT_OK(fit.status());
      EXPECT_EQ(fit->parameters, alone.parameters) << ranks;
    }
  }
}

TEST(FitLinearTest, EveryInstructionSetFindsTheSameModel) {
  const TrainingMatrix matrix = BinaryRows(30'000, 21, 15);
  const LinearFit best = Fit(matrix, LogisticFamily(), {.l2 = 1});
  for (const int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & target) == 0) continue;
    hwy::SetSupportedTargetsForTest(target);
    const LinearFit other = Fit(matrix, LogisticFamily(), {.l2 = 1});
    hwy::SetSupportedTargetsForTest(0);
    for (size_t j = 0; j < best.parameters.size(); ++j) EXPECT_NEAR(other.parameters[j], best.parameters[j], 1e-9) << j;
  }
}

// In the first row of all, which the centre is of; in a shard that no sample takes; and in the last row.
TEST(FitLinearTest, AValueThatNothingCanBeLearntFromIsFoundWhereverItLies) {
  const auto refused = [](TrainingMatrix matrix, int shard, float value, double l2) {
    matrix.shards[shard].values.back() = value;
    LocalCommunicator local;
    const ShardSums sums(matrix, local, /*threads=*/2, StopToken());
    const std::vector<double> start(matrix.columns + 1, 0.0);
    const auto fit = FitLinear(sums, LogisticFamily(), start, RowsOf(matrix), {.l2 = l2}, GoOn);
    EXPECT_THAT(fit.status(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 values are not finite")));
  };
  const TrainingMatrix few = BinaryRows(256, 3, 4), many = BinaryRows(30'000, 3, 4);
  const TrainingMatrix wide = MakeTwins(600, {700, 500, 30}).fields;
  for (const float value : {std::nanf(""), HUGE_VALF, -2e18f}) {
    for (const int shard : {0, 5, 255}) {
      refused(few, shard, value, 1);
      refused(many, shard, value, 1);
      refused(many, shard, value, 0);
      refused(wide, shard, value, 1);
    }
  }
}

// A square of the parameters would be 720 GB.
TEST(StandardErrorsTest, OfManyParametersAreNoneAndTakeNoMemory) {
  LinearFit fit;
  fit.parameters.assign(300'000, 1.0);
  EXPECT_TRUE(Covariance(fit, 1).empty());
  EXPECT_EQ(StandardErrors(fit, 1), std::vector<double>(300'000, 0.0));
}

}  // namespace
}  // namespace clientele::training
