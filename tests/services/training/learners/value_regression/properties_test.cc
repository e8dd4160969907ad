// What theory says of every family, without a number from elsewhere.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "common/model/value_regression/family.h"
#include "tests/services/training/learners/value_regression/sample.h"

namespace clientele::training {
namespace {

using testutil::FixedRows;
using testutil::MatrixOf;
using testutil::RunOnRanks;
using testutil::TrainOn;
using testutil::ValueRegressionModel;
using testutil::ValueRegressionParameters;
using testutil::ValueRows;
using P = ValueRegressionParameters;

constexpr model::ValueFamily kFamilies[] = {P::FAMILY_LEAST_SQUARES,
                                            P::FAMILY_GAUSSIAN,
                                            P::FAMILY_POISSON,
                                            P::FAMILY_GAMMA,
                                            P::FAMILY_TWEEDIE,
                                            P::FAMILY_HURDLE_GAMMA,
                                            P::FAMILY_ZERO_INFLATED_LOGNORMAL};

class EveryFamily : public ::testing::TestWithParam<model::ValueFamily> {
 protected:
  // With a power that is given: to find one gives it only to a thousandth.
  ValueRegressionParameters Parameters(double l2) const {
    return testutil::OfFamily(GetParam(), l2, GetParam() == P::FAMILY_TWEEDIE ? 1.4 : 0);
  }
  // Values that the family can learn.
  ValueRows Rows(bool weighted = false) const {
    ValueRows data = FixedRows(weighted, /*exposed=*/false);
    if (GetParam() == P::FAMILY_GAMMA) {
      for (double& label : data.labels) label += 0.75;
    }
    return data;
  }
  ValueRegressionModel Train(const ValueRows& data, double l2 = 0) const {
    const auto model = TrainOn(MatrixOf(data), Parameters(l2));
    EXPECT_TRUE(model.ok()) << model.status();
    return model.ok() ? *model : ValueRegressionModel();
  }
};
INSTANTIATE_TEST_SUITE_P(Families, EveryFamily, ::testing::ValuesIn(kFamilies), [](const auto& test) {
  return absl::StrReplaceAll(P::Family_Name(test.param), {{"FAMILY_", ""}});
});

// All parameters: of the mean, then of the other parts where there are any; a part is its coefficients and its
// intercept.
std::vector<std::vector<double>> Parts(const ValueRegressionModel& model) {
  std::vector<std::vector<double>> parts;
  const auto add = [&](const auto& part) {
    parts.emplace_back(part.coefficients().begin(), part.coefficients().end()).push_back(part.intercept());
  };
  add(model);
  if (model.has_occurrence()) add(model.occurrence());
  if (model.has_spread()) add(model.spread());
  return parts;
}

void ExpectSameParts(const ValueRegressionModel& a, const ValueRegressionModel& b, double tolerance) {
  const auto left = Parts(a), right = Parts(b);
  ASSERT_EQ(left.size(), right.size());
  for (size_t part = 0; part < left.size(); ++part) {
    for (size_t j = 0; j < left[part].size(); ++j) EXPECT_NEAR(left[part][j], right[part][j], tolerance) << part << j;
  }
}

TEST_P(EveryFamily, TwoRowsOfHalfTheWeightAreOneRow) {
  const ValueRows once = Rows(/*weighted=*/true);
  ValueRows twice;
  for (size_t i = 0; i < once.rows.size(); ++i) {
    for (int copy = 0; copy < 2; ++copy) {
      twice.rows.push_back(once.rows[i]);
      twice.labels.push_back(once.labels[i]);
      twice.weights.push_back(once.weights[i] / 2);
    }
  }
  const ValueRegressionModel one = Train(once, 2), two = Train(twice, 2);
  ExpectSameParts(one, two, 1e-7);
  EXPECT_NEAR(two.objective() / one.objective(), 1, 1e-10);
  EXPECT_NEAR(two.dispersion(), one.dispersion(), 1e-6 * one.dispersion());
  EXPECT_NEAR(two.smearing(), one.smearing(), 1e-7);
  EXPECT_NEAR(two.standard_errors(0) / one.standard_errors(0), 1, 1e-3);
}

TEST_P(EveryFamily, ARowOfWeightZeroIsNoRow) {
  ValueRows data = Rows();
  const ValueRegressionModel without = Train(data);
  data.weights.assign(data.rows.size(), 1);
  data.rows.push_back({90, -70});
  data.labels.push_back(-1e6);
  data.weights.push_back(0);
  ExpectSameParts(Train(data), without, 1e-7);
}

TEST_P(EveryFamily, PermutedColumnsHavePermutedCoefficients) {
  ValueRows data = Rows();
  const ValueRegressionModel model = Train(data, 2);
  for (auto& row : data.rows) std::swap(row[0], row[1]);
  ValueRegressionModel swapped = Train(data, 2);
  swapped.mutable_coefficients()->SwapElements(0, 1);
  if (swapped.has_occurrence()) swapped.mutable_occurrence()->mutable_coefficients()->SwapElements(0, 1);
  if (swapped.has_spread()) swapped.mutable_spread()->mutable_coefficients()->SwapElements(0, 1);
  ExpectSameParts(swapped, model, 1e-7);
}

TEST_P(EveryFamily, AScaledColumnHasAScaledCoefficientAndErrorWhereThereIsNoPenalty) {
  ValueRows data = Rows();
  const ValueRegressionModel model = Train(data);
  for (auto& row : data.rows) row[0] *= 1024;
  const ValueRegressionModel scaled = Train(data);
  const auto before = Parts(model), after = Parts(scaled);
  for (size_t part = 0; part < before.size(); ++part) {
    EXPECT_NEAR(after[part][0] * 1024, before[part][0], 1e-6);
    EXPECT_NEAR(after[part][2], before[part][2], 1e-6);
  }
  EXPECT_NEAR(scaled.standard_errors(0) * 1024 / model.standard_errors(0), 1, 1e-3);
}

TEST_P(EveryFamily, ATranslatedColumnMovesTheInterceptAlone) {
  ValueRows data = Rows();
  const ValueRegressionModel model = Train(data, 2);
  for (auto& row : data.rows) row[1] += 64;
  const auto before = Parts(model), after = Parts(Train(data, 2));
  for (size_t part = 0; part < before.size(); ++part) {
    EXPECT_NEAR(after[part][0], before[part][0], 1e-7);
    EXPECT_NEAR(after[part][1], before[part][1], 1e-7);
    EXPECT_NEAR(after[part][2] + 64 * after[part][1], before[part][2], 1e-6);
  }
}

TEST_P(EveryFamily, ValuesInAnotherCurrencyMoveTheInterceptAlone) {
  if (!model::HasLogLink(GetParam())) GTEST_SKIP() << "of families with log link";
  ValueRows data = Rows();
  ValueRegressionModel model = Train(data);
  for (double& label : data.labels) label *= 128;
  model.set_intercept(model.intercept() + std::log(128.0));
  ExpectSameParts(Train(data), model, 1e-6);
}

TEST_P(EveryFamily, AConstantColumnHasNoEffectAndEqualColumnsShareTheirs) {
  ValueRows data = Rows();
  const ValueRegressionModel model = Train(data);
  for (auto& row : data.rows) {
    row.push_back(7);
    row.push_back(row[0]);
  }
  const auto before = Parts(model), after = Parts(Train(data));
  for (size_t part = 0; part < before.size(); ++part) {
    EXPECT_NEAR(after[part][2], 0, 1e-9);
    EXPECT_NEAR(after[part][0], after[part][3], 1e-6);
    EXPECT_NEAR(after[part][0] + after[part][3], before[part][0], 1e-6);
  }
}

TEST_P(EveryFamily, MoreColumnsThanRowsAreNoTroubleWithAPenalty) {
  ValueRows data = Rows();
  const auto noise = testutil::RandomRows(40, 60, 3);
  data.rows.assign(noise.begin(), noise.end());
  data.labels.resize(40);
  const ValueRegressionModel model = Train(data, 5);
  for (const auto& part : Parts(model)) {
    for (const double parameter : part) EXPECT_TRUE(std::isfinite(parameter));
  }
  for (const double error : model.standard_errors()) EXPECT_TRUE(std::isfinite(error) && error >= 0);
}

TEST_P(EveryFamily, ACategoryFieldIsItsColumnsOfZerosAndOnes) {
  ValueRows data = Rows(/*weighted=*/true);
  ValueRows fields = data;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    for (size_t category = 0; category < 3; ++category) data.rows[i].push_back(i % 4 == category ? 1 : 0);
  }
  TrainingMatrix matrix = MatrixOf(fields);
  matrix.columns = 5;
  matrix.dense_columns = {0, 1};
  matrix.fields = {{/*first_column=*/2, /*columns=*/3}};
  for (size_t i = 0; i < data.rows.size(); ++i) {
    auto& categories = matrix.shards[i * kShardCount / data.rows.size()].categories;
    categories.push_back(i % 4 == 3 ? kNoCategory : static_cast<uint16_t>(i % 4));
  }
  const auto sparse = TrainOn(matrix, Parameters(2));
  ASSERT_TRUE(sparse.ok()) << sparse.status();
  const ValueRegressionModel dense = Train(data, 2);
  ExpectSameParts(*sparse, dense, 1e-8);
  EXPECT_NEAR(sparse->objective() / dense.objective(), 1, 1e-10);
  EXPECT_NEAR(sparse->dispersion(), dense.dispersion(), 1e-7 * dense.dispersion());
}

TEST_P(EveryFamily, IsTheSameModelForAnyThreadsAndRanks) {
  ValueRows data;
  const ValueRows part = Rows(/*weighted=*/true);
  for (int i = 0; i < 3000; ++i) {  // Enough for more than one tile in a shard, and for threads.
    data.rows.push_back(
        {part.rows[i % 200][0], part.rows[i % 193][1], i % 7 / 8.0, i % 11 / 8.0, i % 5 * 1.0, i % 3 * 1.0});
    data.labels.push_back(part.labels[i % 199]);
    data.weights.push_back(part.weights[i % 200]);
  }
  const TrainingMatrix matrix = MatrixOf(data);
  const auto first = TrainOn(matrix, Parameters(1), 1);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string expected = first->SerializeAsString();
  for (const int threads : {2, 3, 8}) EXPECT_EQ(TrainOn(matrix, Parameters(1), threads)->SerializeAsString(), expected);
  for (const int ranks : {1, 2, 5}) {
    const auto results =
        RunOnRanks<ValueRegressionModel>(matrix, ranks, [&](const TrainingMatrix& of_rank, Communicator& communicator) {
          return TrainValueRegression(of_rank, Parameters(1), communicator, 1, StopToken(), {});
        });
    for (const auto& result : results) EXPECT_EQ(result->SerializeAsString(), expected) << ranks;
  }
}

}  // namespace
}  // namespace clientele::training
