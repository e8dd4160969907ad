#include "services/training/learners/value_regression/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "common/base/error.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/evaluation/value.h"
#include "tests/services/training/support/matrices.h"
#include "tests/services/training/support/value_data.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;
using testutil::EncodedTable;
using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::RunOnRanks;

ValueRegressionParameters Parameters(ValueRegressionParameters::Target target, double l2) {
  ValueRegressionParameters parameters;
  parameters.set_target(target);
  parameters.set_l2_penalty(l2);
  return parameters;
}
ValueRegressionParameters Plain(double l2) { return Parameters(ValueRegressionParameters::TARGET_PLAIN, l2); }
ValueRegressionParameters Log1p(double l2) { return Parameters(ValueRegressionParameters::TARGET_LOG1P, l2); }

absl::StatusOr<ValueRegressionModel> Train(const TrainingMatrix& matrix, const ValueRegressionParameters& parameters,
                                           int threads = 2) {
  LocalCommunicator local;
  return TrainValueRegression(matrix, parameters, local, threads, StopToken(), {});
}

double Fit(const ValueRegressionModel& model, const std::vector<double>& row) {
  double fit = model.intercept();
  for (size_t j = 0; j < row.size(); ++j) fit += model.coefficients(static_cast<int>(j)) * row[j];
  return fit;
}

// The reference keeps what a plain regression predicts below 0, and takes expm1 of the fit for log1p.
std::vector<double> Predict(const ValueRegressionModel& model, const std::vector<std::vector<double>>& rows) {
  std::vector<double> predictions;
  for (const auto& row : rows) {
    const double fit = Fit(model, row);
    predictions.push_back(model.target() == ValueRegressionParameters::TARGET_LOG1P ? model.smearing() * std::exp(fit) - 1
                                                                                    : fit);
  }
  return predictions;
}

void ExpectReference(const nlohmann::json& metrics, const model::v1::ValueEvaluation& evaluation) {
  EXPECT_NEAR(evaluation.rmse() / metrics["rmse"].get<double>(), 1, 1e-4);
  EXPECT_NEAR(evaluation.mae() / metrics["mae"].get<double>(), 1, 1e-4);
  EXPECT_NEAR(evaluation.r_squared(), metrics["r2"].get<double>(), 1e-4);
  EXPECT_NEAR(evaluation.spearman(), metrics["spearman"].get<double>(), 2e-4);
  EXPECT_NEAR(evaluation.normalised_gini(), metrics["gini_normalised"].get<double>(), 2e-4);
  EXPECT_NEAR(evaluation.top_decile_share(), metrics["top_decile_share"].get<double>(), 1e-6);
  EXPECT_NEAR(evaluation.mean_actual() / metrics["mean_actual"].get<double>(), 1, 1e-9);
  EXPECT_NEAR(evaluation.mean_actual() * evaluation.total_ratio() / metrics["mean_predicted"].get<double>(), 1, 1e-4);
}

void ExpectCoefficients(const nlohmann::json& coefficients, const ValueRegressionModel& model) {
  // The last one is the intercept.
  for (int j = 0; j < model.coefficients_size(); ++j) {
    const double expected = coefficients[j].get<double>();
    EXPECT_NEAR(model.coefficients(j), expected, 1e-4 * std::abs(expected)) << j;
  }
}

void ExpectReferenceRow(const EncodedTable& table, const nlohmann::json& expected) {
  const TrainingMatrix matrix = MakeMatrix(table.train, table.train_labels);
  const auto evaluate = [&](const ValueRegressionModel& model) {
    return EvaluateValues(Predict(model, table.test), table.test_labels, 0);
  };
  const auto ols = Train(matrix, Plain(0));
  ASSERT_TRUE(ols.ok()) << ols.status();
  ExpectCoefficients(expected["ols"]["coef"], *ols);
  EXPECT_NEAR(ols->objective() / expected["ols"]["train_sse"].get<double>(), 1, 1e-6);
  ExpectReference(expected["ols"], evaluate(*ols));
  const auto ridge = Train(matrix, Plain(10));
  ASSERT_TRUE(ridge.ok()) << ridge.status();
  ExpectCoefficients(expected["ridge_lambda10"]["coef"], *ridge);
  ExpectReference(expected["ridge_lambda10"], evaluate(*ridge));
  ValueRegressionParameters median = Log1p(0);
  median.set_no_smearing(true);
  const auto log1p = Train(matrix, median);
  ASSERT_TRUE(log1p.ok()) << log1p.status();
  ExpectCoefficients(expected["ols_log1p_target"]["coef"], *log1p);
  ExpectReference(expected["ols_log1p_target"]["test"], evaluate(*log1p));
}

TEST(TrainValueRegressionTest, ReachesTheReferenceOnCdnow) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "cdnow/cdnow_master_transactions.csv.gz");
  const auto values = testutil::ValueTable(testutil::CdnowPurchases(table), absl::CivilDay(1997, 9, 30),
                                           absl::CivilDay(1998, 6, 30));
  ExpectReferenceRow(values, reference["rfm_value"]["value_cdnow_master"]);
}

TEST(TrainValueRegressionTest, ReachesTheReferenceOnOnlineRetail) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "online_retail/online_retail.csv.gz");
  const auto values = testutil::ValueTable(testutil::OnlineRetailPurchases(table), absl::CivilDay(2011, 8, 31),
                                           absl::CivilDay(2011, 12, 9));
  ExpectReferenceRow(values, reference["rfm_value"]["value_online_retail"]);
}

double PredictedShare(const ValueRegressionModel& model, const EncodedTable& table) {
  double predicted = 0, actual = 0;
  for (const double value : Predict(model, table.train)) predicted += value;
  for (const double label : table.train_labels) actual += label;
  return predicted / actual;
}

TEST(TrainValueRegressionTest, SmearedValuesAddUpAlsoWhereAFewCustomersSpendMost) {
  // The plain mean of exp(residual) would predict thirty times what came.
  CLIENTELE_PUBLIC_TABLE(table, "online_retail/online_retail.csv.gz");
  const auto values = testutil::ValueTable(testutil::OnlineRetailPurchases(table), absl::CivilDay(2011, 8, 31),
                                           absl::CivilDay(2011, 12, 9));
  const auto model = Train(MakeMatrix(values.train, values.train_labels), Log1p(10));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_NEAR(PredictedShare(*model, values), 1, 1e-6);
}

TEST(TrainValueRegressionTest, PoissonOnCdnowIsAheadOfEveryRowOfTheReference) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "cdnow/cdnow_master_transactions.csv.gz");
  const auto values = testutil::ValueTable(testutil::CdnowPurchases(table), absl::CivilDay(1997, 9, 30),
                                           absl::CivilDay(1998, 6, 30));
  ValueRegressionParameters parameters;
  parameters.set_family(ValueRegressionParameters::FAMILY_POISSON);
  const auto model = Train(MakeMatrix(values.train, values.train_labels), parameters);
  ASSERT_TRUE(model.ok()) << model.status();
  std::vector<double> predictions;
  for (const auto& row : values.test) predictions.push_back(std::exp(Fit(*model, row)));
  const auto evaluation = EvaluateValues(predictions, values.test_labels, 0);
  const auto& rows = reference["rfm_value"]["value_cdnow_master"];
  const auto& forest = rows["random_forest_300_leaf10_mtry2"];
  EXPECT_LT(evaluation.rmse(), forest["rmse"].get<double>());
  EXPECT_LT(evaluation.mae(), forest["mae"].get<double>());
  for (const auto& [name, metrics] : rows.items()) {
    if (!metrics.is_object()) continue;
    const auto& judged = metrics.contains("test") ? metrics["test"] : metrics;
    EXPECT_GT(evaluation.normalised_gini(), judged.value("gini_normalised", 0.0)) << name;
  }
  EXPECT_NEAR(evaluation.total_ratio(), 1, 0.05);
}

// y = 2 + 3 a - b + noise.
struct Rows {
  std::vector<std::vector<double>> rows;
  std::vector<double> labels;
};
Rows Linear(int n, uint64_t seed, double noise) {
  Rows data{RandomRows(n, 2, seed), {}};
  const auto errors = RandomRows(n, 1, seed + 1);
  for (int i = 0; i < n; ++i) data.labels.push_back(2 + 3 * data.rows[i][0] - data.rows[i][1] + noise * errors[i][0]);
  return data;
}

TEST(TrainValueRegressionTest, FindsTheLineThatMadeTheData) {
  const Rows data = Linear(500, 3, 0);
  const auto model = Train(MakeMatrix(data.rows, data.labels), Plain(0));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_NEAR(model->coefficients(0), 3, 1e-6);
  EXPECT_NEAR(model->coefficients(1), -1, 1e-6);
  EXPECT_NEAR(model->intercept(), 2, 1e-6);
  EXPECT_NEAR(model->residual_deviation(), 0, 1e-6);
}

TEST(TrainValueRegressionTest, StandardErrorsCoverWhatSamplesDo) {
  // The deviation of a coefficient over many samples is what one sample's standard error says.
  double sum = 0, squares = 0, errors = 0;
  const int samples = 200;
  for (int i = 0; i < samples; ++i) {
    const Rows data = Linear(100, 100 + 2 * i, 2);
    const auto model = Train(MakeMatrix(data.rows, data.labels), Plain(0));
    sum += model->coefficients(0);
    squares += model->coefficients(0) * model->coefficients(0);
    errors += model->standard_errors(0);
  }
  const double deviation = std::sqrt(squares / samples - sum / samples * sum / samples);
  EXPECT_NEAR(errors / samples / deviation, 1, 0.15);
}

TEST(TrainValueRegressionTest, TheGradientIsZeroAtTheSolution) {
  const Rows data = Linear(300, 5, 1);
  const double l2 = 4;
  const auto model = Train(MakeMatrix(data.rows, data.labels), Plain(l2));
  const auto objective = [&](const ValueRegressionModel& at) {
    double sum = 0;
    for (size_t i = 0; i < data.rows.size(); ++i) {
      std::vector<double> row = data.rows[i];
      for (double& value : row) value = static_cast<float>(value);
      sum += std::pow(data.labels[i] - Fit(at, row), 2);
    }
    for (const double coefficient : at.coefficients()) sum += l2 * coefficient * coefficient;
    return sum;
  };
  EXPECT_NEAR(objective(*model), model->objective(), 1e-7);
  const double h = 1e-4;
  for (int j = 0; j <= 2; ++j) {
    double values[2];
    for (const int side : {0, 1}) {
      ValueRegressionModel moved = *model;
      const double step = side == 0 ? -h : h;
      if (j < 2) moved.set_coefficients(j, moved.coefficients(j) + step);
      if (j == 2) moved.set_intercept(moved.intercept() + step);
      values[side] = objective(moved);
    }
    EXPECT_NEAR((values[1] - values[0]) / (2 * h), 0, 1e-5) << j;
    EXPECT_GT(values[0], model->objective());
    EXPECT_GT(values[1], model->objective());
  }
}

TEST(TrainValueRegressionTest, SmearingMakesTheMeanRight) {
  Rows data = Linear(4000, 9, 1);
  double actual = 0;
  for (double& label : data.labels) {
    label = std::exp(label / 4);
    actual += label;
  }
  const auto model = Train(MakeMatrix(data.rows, data.labels), Log1p(0));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_GT(model->smearing(), 1);
  double predicted = 0;
  for (const double value : Predict(*model, data.rows)) predicted += value;
  EXPECT_NEAR(predicted / actual, 1, 0.03);
  ValueRegressionParameters median = Log1p(0);
  median.set_no_smearing(true);
  EXPECT_EQ(Train(MakeMatrix(data.rows, data.labels), median)->smearing(), 1);
}

TEST(TrainValueRegressionTest, EqualColumnsShareTheEffect) {
  Rows data = Linear(200, 7, 0.5);
  const auto single = Train(MakeMatrix(data.rows, data.labels), Plain(0));
  for (auto& row : data.rows) row.push_back(row[0]);
  const auto twin = Train(MakeMatrix(data.rows, data.labels), Plain(0));
  ASSERT_TRUE(twin.ok()) << twin.status();
  EXPECT_NEAR(twin->coefficients(0), twin->coefficients(2), 1e-6);
  EXPECT_NEAR(twin->coefficients(0) + twin->coefficients(2), single->coefficients(0), 1e-6);
  EXPECT_NEAR(twin->objective(), single->objective(), 1e-6);
}

TEST(TrainValueRegressionTest, AConstantColumnHasNoEffectAndUnitsDoNotMatter) {
  Rows data = Linear(200, 7, 0.5);
  const auto plain = Train(MakeMatrix(data.rows, data.labels), Plain(0));
  for (auto& row : data.rows) {
    row[0] *= 1e12;
    row.push_back(0.1);
  }
  const auto model = Train(MakeMatrix(data.rows, data.labels), Plain(0));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->coefficients(2), 0);
  EXPECT_NEAR(model->coefficients(0) * 1e12, plain->coefficients(0), 1e-5);
}

TEST(TrainValueRegressionTest, RefusesWhatItCannotLearn) {
  const auto error = [](const std::vector<std::vector<double>>& rows, const std::vector<double>& labels, double l2) {
    return Train(MakeMatrix(rows, labels), Plain(l2)).status();
  };
  EXPECT_EQ(ReasonOf(error({}, {}, 1)), "DATA_NOT_READY");
  EXPECT_THAT(std::string(error({{1}}, {1}, 1).message()), HasSubstr("single row"));
  EXPECT_EQ(error({{1}, {NAN}, {1}}, {0, 1, 1}, 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {1e30}, {1}}, {0, 1, 1}, 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {2}, {3}}, {0, 1e30, 1}, 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(error({{1, 2}, {2, 1}, {3, 3}}, {0, 1, 2}, 0).message()),
              HasSubstr("3 rows cannot determine 3 parameters"));
  EXPECT_TRUE(Train(MakeMatrix({{1, 2}, {2, 1}}, {0, 1}), Plain(1)).ok());
}

TEST(TrainValueRegressionTest, GivesTheSameModelForAnyThreadsAndRanks) {
  const Rows data = Linear(3000, 12, 1);
  const TrainingMatrix matrix = MakeMatrix(data.rows, data.labels);
  for (const auto& parameters : {Plain(10), Log1p(1)}) {
    const std::string expected = Train(matrix, parameters, 1)->SerializeAsString();
    for (const int threads : {2, 3}) EXPECT_EQ(Train(matrix, parameters, threads)->SerializeAsString(), expected);
    for (const int ranks : {1, 2, 5}) {
      const auto results = RunOnRanks<ValueRegressionModel>(
          matrix, ranks, [&](const TrainingMatrix& part, Communicator& c) {
            return TrainValueRegression(part, parameters, c, 1, StopToken(), {});
          });
      for (const auto& result : results) EXPECT_EQ(result->SerializeAsString(), expected) << ranks;
    }
  }
}

TEST(TrainValueRegressionTest, StopsWhenAsked) {
  const Rows data = Linear(500, 1, 1);
  LocalCommunicator local;
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  const auto model =
      TrainValueRegression(MakeMatrix(data.rows, data.labels), Plain(1), local, 2,
                           StopToken(absl::InfiniteFuture(), cancelled), [&](double, absl::string_view) { *cancelled = true; });
  EXPECT_EQ(model.status().code(), absl::StatusCode::kCancelled);
}

TEST(ValidateValueRegressionTest, NamesTheFieldThatIsOutOfRange) {
  EXPECT_TRUE(ValidateValueRegression(ValueRegressionParameters(), "value").ok());
  EXPECT_EQ(FieldOf(ValidateValueRegression(Plain(-1), "value")), "value.l2_penalty");
  EXPECT_EQ(FieldOf(ValidateValueRegression(Plain(NAN), "value")), "value.l2_penalty");
  ValueRegressionParameters p = Plain(1);
  p.set_no_smearing(true);
  EXPECT_EQ(FieldOf(ValidateValueRegression(p, "value")), "value.no_smearing");
  p.Clear();
  p.set_target(static_cast<ValueRegressionParameters::Target>(9));
  EXPECT_EQ(FieldOf(ValidateValueRegression(p, "value")), "value.target");
}

}  // namespace
}  // namespace clientele::training
