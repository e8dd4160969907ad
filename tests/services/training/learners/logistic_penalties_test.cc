// Lasso, elastic net and the path of penalties.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/services/training/support/classification_data.h"
#include "tests/services/training/support/overlapping.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionModel;
using model::v1::LogisticRegressionParameters;
using testutil::LabelledRows;
using testutil::Overlapping;
using testutil::RunOnRanks;
using testutil::TrainLogistic;

LogisticRegressionParameters Penalties(double l1, double l2) {
  LogisticRegressionParameters parameters = testutil::Penalty(l2);
  parameters.set_l1_penalty(l1);
  return parameters;
}

// At the minimum each slope of the loss and the l2 penalty is answered by the l1 penalty: -l1 sign(b) where b is not 0,
// and within [-l1, l1] where it is.
void ExpectOptimal(const LogisticRegressionModel& model, const LabelledRows& data, double l1, double l2) {
  const int d = model.coefficients_size();
  std::vector<double> slopes(d + 1, 0.0);
  for (size_t i = 0; i < data.rows.size(); ++i) {
    const double residual = 1 / (1 + std::exp(-testutil::FitOf(model, data.rows[i]))) - data.labels[i];
    for (int j = 0; j < d; ++j) slopes[j] += residual * data.rows[i][j];
    slopes[d] += residual;
  }
  const double small = 1e-6 * static_cast<double>(data.rows.size());
  EXPECT_NEAR(slopes[d], 0, small);
  for (int j = 0; j < d; ++j) {
    const double b = model.coefficients(j);
    if (b == 0) {
      EXPECT_LE(std::abs(slopes[j]), l1 + small) << j;
      EXPECT_EQ(model.standard_errors(j), 0) << j;
    } else {
      EXPECT_NEAR(slopes[j] + l2 * b + std::copysign(l1, b), 0, small) << j;
      EXPECT_GT(model.standard_errors(j), 0) << j;
    }
  }
}

int CountNonzero(const LogisticRegressionModel& model) {
  return static_cast<int>(
      std::count_if(model.coefficients().begin(), model.coefficients().end(), [](double b) { return b != 0; }));
}

TEST(LogisticPenaltiesTest, TheLassoMeetsItsOptimalityConditions) {
  const LabelledRows data = Overlapping(800, 12, 3);
  int before = 13;
  for (const double l1 : {0.5, 8.0, 30.0}) {
    const auto model = TrainLogistic(data.Matrix(), Penalties(l1, 0));
    ASSERT_TRUE(model.ok()) << model.status();
    ExpectOptimal(*model, data, l1, 0);
    EXPECT_LT(CountNonzero(*model), before);
    before = CountNonzero(*model);
    EXPECT_EQ(model->l1_penalty(), l1);
  }
  EXPECT_GE(before, 1);
}

TEST(LogisticPenaltiesTest, TheElasticNetMeetsItsOptimalityConditions) {
  const LabelledRows data = Overlapping(500, 8, 4);
  const auto model = TrainLogistic(data.Matrix(), Penalties(6, 3));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectOptimal(*model, data, 6, 3);
}

// Equal columns share what one of them would have; the objective does not care how.
TEST(LogisticPenaltiesTest, TheLassoTakesCollinearColumns) {
  LabelledRows data = Overlapping(400, 3, 9);
  const auto single = TrainLogistic(data.Matrix(), Penalties(5, 0));
  for (auto& row : data.rows) row.push_back(row[0]);
  const auto twice = TrainLogistic(data.Matrix(), Penalties(5, 0));
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_NEAR(twice->objective() / single->objective(), 1, 1e-9);
  EXPECT_NEAR(twice->coefficients(0) + twice->coefficients(3), single->coefficients(0), 1e-5);
}

// Sweeps of one coordinate at a time would need thousands here.
TEST(LogisticPenaltiesTest, TheLassoSettlesWhereColumnsAreAlmostEqual) {
  LabelledRows data = Overlapping(400, 8, 12);
  for (auto& row : data.rows) {
    for (int j = 1; j < 8; ++j) row[j] = static_cast<float>(row[0] + 0.002 * row[j]);
    row[0] = static_cast<float>(row[0]);
  }
  const auto model = TrainLogistic(data.Matrix(), Penalties(0.001, 0));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectOptimal(*model, data, 0.001, 0);
  EXPECT_GT(CountNonzero(*model), 3);
  EXPECT_LT(model->iterations(), 20);
}

LogisticRegressionParameters Path(int strengths, bool one_standard_error = false) {
  LogisticRegressionParameters parameters;
  parameters.mutable_penalty_path()->set_strengths(strengths);
  parameters.mutable_penalty_path()->set_one_standard_error(one_standard_error);
  return parameters;
}

TEST(PenaltyPathTest, StartsWhereAllCoefficientsAreZeroAndChoosesTheLeastLoss) {
  const LabelledRows data = Overlapping(600, 10, 7);
  const auto model = TrainLogistic(data.Matrix(), Path(20));
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->path_size(), 20);
  EXPECT_EQ(model->path(0).nonzero(), 0);
  EXPECT_GE(model->path(1).nonzero(), 1);
  EXPECT_NEAR(model->path(19).strength() / model->path(0).strength(), 0.001, 1e-9);
  int chosen = -1;
  for (int k = 0; k < 20; ++k) {
    EXPECT_LT(model->path(k).strength(), k == 0 ? INFINITY : model->path(k - 1).strength());
    if (model->path(k).chosen()) chosen = k;
  }
  ASSERT_GE(chosen, 0);
  for (const auto& point : model->path()) EXPECT_GE(point.log_loss(), model->path(chosen).log_loss());
  EXPECT_EQ(model->l1_penalty(), model->path(chosen).strength());
  EXPECT_EQ(model->l2_penalty(), 0);
  EXPECT_EQ(CountNonzero(*model), model->path(chosen).nonzero());
  // The warm start changes nothing: the same penalty alone gives the same model.
  const auto alone = TrainLogistic(data.Matrix(), Penalties(model->l1_penalty(), 0));
  EXPECT_NEAR(alone->objective() / model->objective(), 1, 1e-9);
  for (int j = 0; j < 10; ++j) EXPECT_NEAR(alone->coefficients(j), model->coefficients(j), 1e-6) << j;
}

TEST(PenaltyPathTest, OneStandardErrorGivesFewerFeatures) {
  const LabelledRows data = Overlapping(600, 10, 7);
  const auto best = TrainLogistic(data.Matrix(), Path(30));
  const auto sparser = TrainLogistic(data.Matrix(), Path(30, /*one_standard_error=*/true));
  ASSERT_TRUE(sparser.ok()) << sparser.status();
  EXPECT_GT(sparser->l1_penalty(), best->l1_penalty());
  EXPECT_LT(CountNonzero(*sparser), CountNonzero(*best));
  EXPECT_NE(sparser->coefficients(0), 0);  // The only column that matters.
}

TEST(PenaltyPathTest, SharesTheStrengthBetweenThePenalties) {
  LogisticRegressionParameters parameters = Path(10);
  parameters.mutable_penalty_path()->set_l1_share(0.25);
  const auto model = TrainLogistic(Overlapping(300, 4, 2).Matrix(), parameters);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_NEAR(model->l2_penalty(), 3 * model->l1_penalty(), 1e-9 * model->l2_penalty());
  EXPECT_EQ(model->path(0).nonzero(), 0);
}

TEST(PenaltyPathTest, IsNotWorseThanThePlainFitOnTelcoChurn) {
  CLIENTELE_PUBLIC_TABLE(table, "telco_churn/telco_churn.csv.gz");
  const testutil::EncodedTable data = testutil::EncodeTelco(table);
  const auto model = TrainLogistic(testutil::MakeMatrix(data.train, data.train_labels), Path(40, true));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_LT(CountNonzero(*model), 24);  // Of 30, of which 24 are linearly independent.
  double loss = 0;
  for (size_t i = 0; i < data.test.size(); ++i) {
    const double fit = testutil::FitOf(*model, data.test[i]);
    loss += std::log1p(std::exp(data.test_labels[i] == 1 ? -fit : fit)) / static_cast<double>(data.test.size());
  }
  EXPECT_LT(loss, 0.435);  // With all features and an l2 penalty of 1: 0.42475.
}

TEST(PenaltyPathTest, EndsOnSeparableClasses) {
  CLIENTELE_PUBLIC_TABLE(table, "numeric_checks/breast_cancer.csv");
  const std::set<std::string> numbers(table.header.begin(), table.header.end());
  const testutil::EncodedTable data = testutil::Encode(table, numbers, table.header.back(), "1", {});
  LogisticRegressionParameters parameters = Path(50);
  parameters.mutable_penalty_path()->set_least_ratio(1e-6);
  const auto model = TrainLogistic(testutil::MakeMatrix(data.train, data.train_labels), parameters);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_TRUE(model->separable());
  EXPECT_GT(model->l1_penalty(), model->path(49).strength());  // It does not run after the separation.
  for (const double b : model->coefficients()) EXPECT_LT(std::abs(b), 100);
}

TEST(PenaltyPathTest, OfConstantColumnsIsTheIntercept) {
  LogisticRegressionParameters parameters = Path(3);
  parameters.set_folds(2);
  const std::vector<std::vector<double>> rows(6, {2, 0});
  const auto model = TrainLogistic(testutil::MakeMatrix(rows, {0, 1, 0, 1, 1, 1}), parameters);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(CountNonzero(*model), 0);
  EXPECT_NEAR(model->intercept(), std::log(2), 1e-7);
}

TEST(PenaltyPathTest, IsTheSameForAnyThreadsAndRanks) {
  const TrainingMatrix matrix = Overlapping(1500, 5, 4).Matrix();
  LogisticRegressionParameters parameters = Path(8);
  parameters.set_calibration(LogisticRegressionParameters::CALIBRATION_ISOTONIC);
  parameters.mutable_threshold()->mutable_costs()->set_false_positive(1);
  parameters.mutable_threshold()->mutable_costs()->set_false_negative(4);
  const std::string expected = TrainLogistic(matrix, parameters, 1)->SerializeAsString();
  for (const int threads : {2, 3, 8})
    EXPECT_EQ(TrainLogistic(matrix, parameters, threads)->SerializeAsString(), expected);
  for (const int ranks : {1, 2, 5}) {
    const auto results =
        RunOnRanks<LogisticRegressionModel>(matrix, ranks, [&](const TrainingMatrix& part, Communicator& c) {
          return TrainLogisticRegression(part, parameters, c, 1, StopToken(), {});
        });
    for (const auto& result : results) EXPECT_EQ(result->SerializeAsString(), expected) << ranks;
  }
}

}  // namespace
}  // namespace clientele::training
