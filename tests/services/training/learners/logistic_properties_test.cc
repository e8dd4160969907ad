// What must happen to the model when the data are changed in ways of which theory knows the answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/error.h"
#include "tests/services/training/support/overlapping.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionModel;
using testutil::LabelledRows;
using testutil::MakeMatrix;
using testutil::Overlapping;
using testutil::Penalty;
using testutil::TrainLogistic;

void ExpectSameFit(const LogisticRegressionModel& a, const LogisticRegressionModel& b, double tolerance = 1e-7) {
  EXPECT_NEAR(a.objective() / b.objective(), 1, 1e-9);
  EXPECT_NEAR(a.intercept(), b.intercept(), tolerance);
  ASSERT_EQ(a.coefficients_size(), b.coefficients_size());
  for (int j = 0; j < a.coefficients_size(); ++j) {
    EXPECT_NEAR(a.coefficients(j), b.coefficients(j), tolerance) << j;
    EXPECT_NEAR(a.standard_errors(j), b.standard_errors(j), tolerance) << j;
  }
}

TEST(LogisticPropertiesTest, EveryRowTwiceAtHalfTheWeightIsTheSameModel) {
  const LabelledRows data = Overlapping(300, 3, 5);
  LabelledRows twice;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    twice.rows.insert(twice.rows.end(), 2, data.rows[i]);
    twice.labels.insert(twice.labels.end(), 2, data.labels[i]);
  }
  TrainingMatrix halves = twice.Matrix();
  for (TrainingShard& shard : halves.shards) shard.weights.assign(shard.rows, 0.5);
  auto parameters = Penalty(2);
  parameters.mutable_threshold()->set_best_f1(true);
  const auto whole = TrainLogistic(data.Matrix(), parameters), half = TrainLogistic(halves, parameters);
  ASSERT_TRUE(half.ok()) << half.status();
  ExpectSameFit(*half, *whole);
  EXPECT_NEAR(half->threshold(), whole->threshold(), 1e-7);
}

TEST(LogisticPropertiesTest, RowsOfWeightZeroAreNotThere) {
  const LabelledRows data = Overlapping(300, 3, 6);
  LabelledRows kept = data;
  kept.rows.resize(200);
  kept.labels.resize(200);
  TrainingMatrix masked = data.Matrix();
  size_t row = 0;
  for (TrainingShard& shard : masked.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) shard.weights.push_back(row++ < 200 ? 1 : 0);
  }
  ExpectSameFit(*TrainLogistic(masked, Penalty(1)), *TrainLogistic(kept.Matrix(), Penalty(1)));
  for (TrainingShard& shard : masked.shards) {
    for (size_t i = 0; i < shard.weights.size(); ++i) shard.weights[i] = shard.labels[i];  // Positives alone.
  }
  EXPECT_EQ(ReasonOf(TrainLogistic(masked, Penalty(1)).status()), "DATA_NOT_READY");
}

TEST(LogisticPropertiesTest, PermutedColumnsPermuteTheCoefficients) {
  const LabelledRows data = Overlapping(300, 4, 7);
  const int order[] = {2, 0, 3, 1};
  LabelledRows permuted = data;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    for (int j = 0; j < 4; ++j) permuted.rows[i][j] = data.rows[i][order[j]];
  }
  for (const double l1 : {0.0, 4.0}) {
    auto parameters = Penalty(1);
    parameters.set_l1_penalty(l1);
    const auto a = TrainLogistic(data.Matrix(), parameters), b = TrainLogistic(permuted.Matrix(), parameters);
    for (int j = 0; j < 4; ++j) EXPECT_NEAR(b->coefficients(j), a->coefficients(order[j]), 1e-8);
    EXPECT_NEAR(a->intercept(), b->intercept(), 1e-8);
  }
}

TEST(LogisticPropertiesTest, AScaledColumnScalesItsCoefficientWithoutPenalty) {
  const LabelledRows data = Overlapping(400, 2, 8);
  LabelledRows scaled = data;
  for (auto& row : scaled.rows) row[1] *= 1024;
  const auto a = TrainLogistic(data.Matrix(), Penalty(0)), b = TrainLogistic(scaled.Matrix(), Penalty(0));
  EXPECT_NEAR(b->coefficients(0), a->coefficients(0), 1e-8);
  EXPECT_NEAR(b->coefficients(1) * 1024, a->coefficients(1), 1e-8);
  EXPECT_NEAR(b->standard_errors(1) * 1024, a->standard_errors(1), 1e-8);
  EXPECT_NEAR(b->objective(), a->objective(), 1e-8);
}

TEST(LogisticPropertiesTest, ATranslationGoesIntoTheIntercept) {
  const LabelledRows data = Overlapping(400, 2, 9);
  LabelledRows moved = data;
  for (auto& row : moved.rows) row[0] = static_cast<float>(row[0]) + 64.0;
  const auto a = TrainLogistic(data.Matrix(), Penalty(1)), b = TrainLogistic(moved.Matrix(), Penalty(1));
  EXPECT_NEAR(b->coefficients(0), a->coefficients(0), 1e-5);
  EXPECT_NEAR(b->intercept(), a->intercept() - 64 * a->coefficients(0), 1e-3);
  EXPECT_NEAR(b->standard_errors(0), a->standard_errors(0), 1e-5);
}

TEST(LogisticPropertiesTest, AnOffsetIsAColumnWhoseCoefficientIsOne) {
  const LabelledRows data = Overlapping(500, 3, 10);
  const auto plain = TrainLogistic(data.Matrix(), Penalty(0));
  TrainingMatrix offset = data.Matrix();
  for (TrainingShard& shard : offset.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) shard.offsets.push_back(0.25 + 0.5 * shard.values[i * 3]);
  }
  const auto model = TrainLogistic(offset, Penalty(0));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_NEAR(model->coefficients(0), plain->coefficients(0) - 0.5, 1e-7);
  EXPECT_NEAR(model->coefficients(1), plain->coefficients(1), 1e-7);
  EXPECT_NEAR(model->intercept(), plain->intercept() - 0.25, 1e-7);
  EXPECT_NEAR(model->objective(), plain->objective(), 1e-7);
}

// A category as indices is the block of zeros and ones that it stands for.
TEST(LogisticPropertiesTest, AFieldIsItsColumnsOfZerosAndOnes) {
  const LabelledRows data = Overlapping(600, 2, 11);
  LabelledRows dense = data;
  TrainingMatrix fields = data.Matrix();
  fields.columns = 5;
  fields.dense_columns = {0, 4};
  fields.fields = {{1, 3}};
  for (size_t i = 0; i < data.rows.size(); ++i) {
    const int category = static_cast<int>(i * 7 % 4);  // 3: none of the three.
    dense.rows[i] = {data.rows[i][0], 0, 0, 0, data.rows[i][1]};
    if (category < 3) dense.rows[i][1 + category] = 1;
    auto& shard = fields.shards[i * kShardCount / data.rows.size()];
    shard.categories.push_back(category < 3 ? static_cast<uint16_t>(category) : kNoCategory);
  }
  auto parameters = Penalty(1);
  parameters.set_calibration(model::v1::LogisticRegressionParameters::CALIBRATION_PLATT);
  parameters.mutable_threshold()->set_base_rate(true);
  const auto a = TrainLogistic(fields, parameters), b = TrainLogistic(dense.Matrix(), parameters);
  ASSERT_TRUE(a.ok()) << a.status();
  ExpectSameFit(*a, *b);
  EXPECT_NEAR(a->platt().slope(), b->platt().slope(), 1e-6);
  EXPECT_NEAR(a->threshold(), b->threshold(), 1e-6);
}

}  // namespace
}  // namespace clientele::training
