#include "services/training/learners/logistic_regression/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/base/error.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/evaluation/classifier.h"
#include "services/training/learners/logistic_regression/threshold.h"
#include "tests/services/training/support/classification_data.h"
#include "tests/services/training/support/matrices.h"
#include "tests/services/training/support/overlapping.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using model::v1::LogisticRegressionModel;
using model::v1::LogisticRegressionParameters;
using testutil::EncodedTable;
using testutil::MakeMatrix;
using testutil::Overlapping;
using testutil::Penalty;
using testutil::RunOnRanks;
using Rows = testutil::LabelledRows;

absl::StatusOr<LogisticRegressionModel> Train(const TrainingMatrix& matrix, const LogisticRegressionParameters& parameters,
                                              int threads = 2) {
  return testutil::TrainLogistic(matrix, parameters, threads);
}

std::vector<double> Score(const LogisticRegressionModel& model, const std::vector<std::vector<double>>& rows) {
  std::vector<double> scores;
  for (const auto& row : rows) {
    scores.push_back(1 / (1 + std::exp(-testutil::FitOf(model, row))));
  }
  return scores;
}

void ExpectReference(const LogisticRegressionModel& model, const EncodedTable& data, const nlohmann::json& expected,
                     double coefficient_tolerance) {
  EXPECT_NEAR(model.objective() / expected["objective_train"].get<double>(), 1, 1e-6);
  ASSERT_EQ(model.coefficients_size(), static_cast<int>(data.columns.size()));
  for (int j = 0; j < model.coefficients_size(); ++j) {
    EXPECT_NEAR(model.coefficients(j), expected["coefficients"][data.columns[j]].get<double>(), coefficient_tolerance)
        << data.columns[j];
  }
  const auto evaluation = EvaluateClassifier(Score(model, data.test), data.test_labels, 0.5, 0.5);
  EXPECT_EQ(evaluation.positives(), expected["positives"].get<int64_t>());
  EXPECT_NEAR(evaluation.auc(), expected["auc"].get<double>(), 1e-6);
  EXPECT_NEAR(evaluation.accuracy(), expected["accuracy"].get<double>(), 1e-9);
  EXPECT_NEAR(evaluation.log_loss(), expected["log_loss"].get<double>(), 1e-6);
  EXPECT_NEAR(evaluation.brier(), expected["brier"].get<double>(), 1e-6);
}

TEST(TrainLogisticRegressionTest, ReachesTheReferenceOnTelcoChurn) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "telco_churn/telco_churn.csv.gz");
  const EncodedTable data = testutil::EncodeTelco(table);
  const auto model = Train(MakeMatrix(data.train, data.train_labels), Penalty(1));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectReference(*model, data, reference["telco_churn"]["lr_l2"], 1e-4);
  EXPECT_LE(model->gradient_norm(), 1e-9);
  EXPECT_FALSE(model->separable());
  EXPECT_LT(model->iterations(), 12);
}

// The dummies of "No internet service" are equal: without a penalty the coefficients are not unique, the likelihood is.
TEST(TrainLogisticRegressionTest, ReachesTheLikelihoodOfCollinearColumnsWithoutPenalty) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "telco_churn/telco_churn.csv.gz");
  const EncodedTable data = testutil::EncodeTelco(table);
  const auto model = Train(MakeMatrix(data.train, data.train_labels), Penalty(0));
  ASSERT_TRUE(model.ok()) << model.status();
  const auto& expected = reference["telco_churn"]["lr_unpenalised"];
  EXPECT_NEAR(model->objective() / -expected["loglik_train"].get<double>(), 1, 1e-6);
  const auto evaluation = EvaluateClassifier(Score(*model, data.test), data.test_labels, 0.5, 0.5);
  EXPECT_NEAR(evaluation.auc(), expected["auc"].get<double>(), 1e-6);
  EXPECT_NEAR(evaluation.log_loss(), expected["log_loss"].get<double>(), 1e-5);
}

class BankMarketingTest : public ::testing::TestWithParam<bool> {};

TEST_P(BankMarketingTest, ReachesTheReference) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "bank_marketing/bank_full.csv.gz");
  std::set<std::string> dropped;
  if (!GetParam()) dropped.insert("duration");
  const EncodedTable data = testutil::Encode(
      table, {"age", "balance", "day", "duration", "campaign", "pdays", "previous"}, "y", "yes", dropped);
  const TrainingMatrix matrix = MakeMatrix(data.train, data.train_labels);
  const auto& expected = reference["bank_marketing"][GetParam() ? "with_duration" : "without_duration"];
  const auto model = Train(matrix, Penalty(1));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectReference(*model, data, expected["lr_l2"], 1e-4);
  const auto unpenalised = Train(matrix, Penalty(0));
  ASSERT_TRUE(unpenalised.ok()) << unpenalised.status();
  EXPECT_NEAR(unpenalised->objective() / -expected["lr_unpenalised"]["loglik_train"].get<double>(), 1, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Duration, BankMarketingTest, ::testing::Bool());

TEST(TrainLogisticRegressionTest, ReachesTheReferenceOnTheMarketingCampaign) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(raw, "crm_profiles/marketing_campaign.csv");
  testutil::CsvTable table = raw;
  const int income = table.Column("Income"), joined = table.Column("Dt_Customer");
  table.header.push_back("Tenure_days");
  for (auto& row : table.rows) {
    if (row[income].empty()) row[income] = "51381.5";
    absl::CivilDay day;
    ASSERT_TRUE(absl::ParseCivilTime(row[joined], &day)) << row[joined];
    row.push_back(absl::StrCat(absl::CivilDay(2014, 12, 31) - day));
  }
  std::set<std::string> numbers(table.header.begin(), table.header.end());
  numbers.erase("Education");
  numbers.erase("Marital_Status");
  const EncodedTable data = testutil::Encode(table, numbers, "Response", "1", {"ID", "Dt_Customer", "Z_CostContact", "Z_Revenue"});
  const TrainingMatrix matrix = MakeMatrix(data.train, data.train_labels);
  const auto model = Train(matrix, Penalty(1));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectReference(*model, data, reference["marketing_campaign"]["lr_l2"], 1e-4);
  const auto unpenalised = Train(matrix, Penalty(0));
  ASSERT_TRUE(unpenalised.ok()) << unpenalised.status();
  const double loglik = reference["marketing_campaign"]["lr_unpenalised"]["loglik_train"];
  EXPECT_NEAR(unpenalised->objective() / -loglik, 1, 1e-6);
}

class BreastCancerTest : public ::testing::Test {
 protected:
  static EncodedTable Encode(const testutil::CsvTable& table) {
    std::set<std::string> numbers(table.header.begin(), table.header.end());
    const std::string label = table.header.back();
    return testutil::Encode(table, numbers, label, "1", {});
  }
};

TEST_F(BreastCancerTest, SaysThatTheClassesAreSeparable) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "numeric_checks/breast_cancer.csv");
  const EncodedTable data = Encode(table);
  const auto model = Train(MakeMatrix(data.train, data.train_labels), Penalty(1));
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectReference(*model, data, reference["breast_cancer_lr"]["lr_l2"], 1e-4);
  EXPECT_TRUE(model->separable());
}

TEST_F(BreastCancerTest, RefusesSeparableClassesWithoutPenalty) {
  CLIENTELE_PUBLIC_TABLE(table, "numeric_checks/breast_cancer.csv");
  const EncodedTable data = Encode(table);
  const absl::Status status = Train(MakeMatrix(data.train, data.train_labels), Penalty(0)).status();
  EXPECT_EQ(ReasonOf(status), "DATA_NOT_READY");
  EXPECT_THAT(std::string(status.message()), HasSubstr("separated perfectly"));
}

TEST(TrainLogisticRegressionTest, OverlappingClassesAreNotCalledSeparable) {
  Rows data = Overlapping(400, 3, 5);
  // All but two rows follow a rule: nearly separable.
  for (size_t i = 0; i < data.rows.size(); ++i) data.labels[i] = data.rows[i][0] > 0 ? 1 : 0;
  const auto separable = Train(MakeMatrix(data.rows, data.labels), Penalty(1));
  ASSERT_TRUE(separable.ok()) << separable.status();
  EXPECT_TRUE(separable->separable());
  data.rows[7] = {3, 0, 0};
  data.labels[7] = 0;
  data.rows[8] = {-3, 0, 0};
  data.labels[8] = 1;
  const auto overlapping = Train(MakeMatrix(data.rows, data.labels), Penalty(1));
  ASSERT_TRUE(overlapping.ok()) << overlapping.status();
  EXPECT_FALSE(overlapping->separable());
}

TEST(TrainLogisticRegressionTest, StandardErrorsAreThoseOfTheInverseHessian) {
  // One column, two values: the maximum likelihood is the log odds ratio, its variance the sum of inverse counts.
  std::vector<std::vector<double>> rows;
  std::vector<double> labels;
  const int counts[2][2] = {{60, 20}, {30, 50}};
  for (int x = 0; x < 2; ++x) {
    for (int y = 0; y < 2; ++y) {
      for (int i = 0; i < counts[x][y]; ++i) {
        rows.push_back({double(x)});
        labels.push_back(y);
      }
    }
  }
  const auto model = Train(MakeMatrix(rows, labels), Penalty(0));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_NEAR(model->coefficients(0), std::log(50.0 * 60 / (30 * 20)), 1e-8);
  EXPECT_NEAR(model->intercept(), std::log(20.0 / 60), 1e-8);
  // The Hessian is that of the last step but one.
  EXPECT_NEAR(model->standard_errors(0), std::sqrt(1 / 60.0 + 1 / 20.0 + 1 / 30.0 + 1 / 50.0), 1e-6);
  EXPECT_NEAR(model->intercept_standard_error(), std::sqrt(1 / 60.0 + 1 / 20.0), 1e-6);
}

TEST(TrainLogisticRegressionTest, ClassWeightsCountLikeRepeatedRows) {
  const Rows data = Overlapping(300, 2, 8);
  Rows repeated = data;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    for (int copy = 0; data.labels[i] == 1 && copy < 2; ++copy) {
      repeated.rows.push_back(data.rows[i]);
      repeated.labels.push_back(1);
    }
  }
  LogisticRegressionParameters weighted = Penalty(2);
  weighted.set_positive_weight(3);
  const auto a = Train(MakeMatrix(data.rows, data.labels), weighted);
  const auto b = Train(MakeMatrix(repeated.rows, repeated.labels), Penalty(2));
  EXPECT_NEAR(a->objective(), b->objective(), 1e-7);
  EXPECT_NEAR(a->coefficients(0), b->coefficients(0), 1e-7);
  LogisticRegressionParameters balanced = Penalty(0);
  balanced.set_balance_classes(true);
  const auto c = Train(MakeMatrix(data.rows, data.labels), balanced);
  // With an intercept the weighted mean probability is the weighted share of positives: one half.
  double mean = 0, total = 0;
  const std::vector<double> scores = Score(*c, data.rows);
  double positives = 0;
  for (const double label : data.labels) positives += label;
  for (size_t i = 0; i < scores.size(); ++i) {
    const double weight = data.labels[i] == 1 ? 150 / positives : 150 / (300 - positives);
    mean += weight * scores[i];
    total += weight;
  }
  EXPECT_NEAR(mean / total, 0.5, 1e-6);
}

TEST(TrainLogisticRegressionTest, GivesTheSameModelForAnyThreadsAndRanks) {
  const Rows data = Overlapping(2000, 6, 4);
  const TrainingMatrix matrix = MakeMatrix(data.rows, data.labels);
  LogisticRegressionParameters parameters = Penalty(1);
  parameters.mutable_threshold()->set_best_f1(true);
  const std::string expected = Train(matrix, parameters, 1)->SerializeAsString();
  for (const int threads : {2, 3, 8}) EXPECT_EQ(Train(matrix, parameters, threads)->SerializeAsString(), expected);
  for (const int ranks : {1, 2, 5}) {
    const auto results = RunOnRanks<LogisticRegressionModel>(
        matrix, ranks, [&](const TrainingMatrix& part, Communicator& c) {
          return TrainLogisticRegression(part, parameters, c, 1, StopToken(), {});
        });
    for (const auto& result : results) EXPECT_EQ(result->SerializeAsString(), expected) << ranks;
  }
}

TEST(TrainLogisticRegressionTest, RefusesWhatItCannotLearn) {
  const auto error = [](const std::vector<std::vector<double>>& rows, const std::vector<double>& labels, double l2) {
    return Train(MakeMatrix(rows, labels), Penalty(l2)).status();
  };
  EXPECT_EQ(ReasonOf(error({}, {}, 1)), "DATA_NOT_READY");
  EXPECT_THAT(std::string(error({{1}}, {1}, 1).message()), HasSubstr("all 1 training labels are 1"));
  EXPECT_THAT(std::string(error({{1}, {2}, {3}}, {0, 0, 0}, 1).message()), HasSubstr("all 3 training labels are 0"));
  EXPECT_EQ(error({{1}, {NAN}}, {0, 1}, 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {1e30}}, {0, 1}, 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {2}}, {0, 0.5}, 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {2}}, {0, NAN}, 1).code(), absl::StatusCode::kInvalidArgument);
  // More columns than rows: refused without a penalty, well determined with one.
  const Rows wide = Overlapping(10, 30, 2);
  EXPECT_EQ(ReasonOf(error(wide.rows, wide.labels, 0)), "DATA_NOT_READY");
  EXPECT_TRUE(Train(MakeMatrix(wide.rows, wide.labels), Penalty(1)).ok());
}

TEST(TrainLogisticRegressionTest, AConstantColumnHasNoEffect) {
  Rows data = Overlapping(200, 2, 6);
  const auto without = Train(MakeMatrix(data.rows, data.labels), Penalty(0));
  for (auto& row : data.rows) row.push_back(0);
  const auto zeros = Train(MakeMatrix(data.rows, data.labels), Penalty(0));
  ASSERT_TRUE(zeros.ok()) << zeros.status();
  EXPECT_EQ(zeros->coefficients(2), 0);
  EXPECT_EQ(zeros->standard_errors(2), 0);
  EXPECT_NEAR(zeros->objective(), without->objective(), 1e-9);
  for (auto& row : data.rows) row[2] = 5;
  const auto fives = Train(MakeMatrix(data.rows, data.labels), Penalty(0));
  ASSERT_TRUE(fives.ok()) << fives.status();
  EXPECT_NEAR(fives->objective(), without->objective(), 1e-9);
}

TEST(TrainLogisticRegressionTest, ColumnsOfAnyUnitConverge) {
  Rows data = Overlapping(300, 2, 6);
  const auto plain = Train(MakeMatrix(data.rows, data.labels), Penalty(0));
  for (auto& row : data.rows) row[0] = row[0] * 1e9 + 3e9;
  const auto scaled = Train(MakeMatrix(data.rows, data.labels), Penalty(0));
  ASSERT_TRUE(scaled.ok()) << scaled.status();
  EXPECT_NEAR(scaled->objective(), plain->objective(), 1e-4);
  EXPECT_NEAR(scaled->coefficients(0) * 1e9, plain->coefficients(0), 1e-4);
}

TEST(ThresholdTest, LiesBetweenTheRowsThatItParts) {
  const std::vector<ScoredLabel> rows = {{0.9, true}, {0.8, true}, {0.6, false}, {0.5, true}, {0.2, false}, {0.1, false}};
  EXPECT_DOUBLE_EQ(BestF1Threshold(rows), 0.35);    // Three of three found, one false: F1 6 / 7.
  EXPECT_DOUBLE_EQ(BaseRateThreshold(rows), 0.55);  // Three called positive.
  const std::vector<ScoredLabel> equal = {{0.5, true}, {0.5, false}, {0.5, false}};
  EXPECT_DOUBLE_EQ(BaseRateThreshold(equal), 0.25);  // All or none.
}

TEST(ThresholdTest, IsTheCheapestByCosts) {
  const std::vector<ScoredLabel> rows = {{0.9, true}, {0.8, true}, {0.6, false}, {0.5, true}, {0.2, false}, {0.1, false}};
  EXPECT_DOUBLE_EQ(CheapestThreshold(rows, 1, 10), 0.35);  // One false alarm for the third positive.
  EXPECT_DOUBLE_EQ(CheapestThreshold(rows, 10, 1), 0.7);   // Rather miss one.
  // False alarms so dear that nobody is called.
  EXPECT_GT(CheapestThreshold({{0.9, false}, {0.8, true}}, 100, 1), 0.9);
  // Two rows of half the weight are one row.
  std::vector<ScoredLabel> halves;
  for (const ScoredLabel& row : rows) halves.insert(halves.end(), 2, {row.probability, row.positive, 0.5});
  EXPECT_DOUBLE_EQ(CheapestThreshold(halves, 3, 2), CheapestThreshold(rows, 3, 2));
  EXPECT_DOUBLE_EQ(BestF1Threshold(halves), BestF1Threshold(rows));
  EXPECT_DOUBLE_EQ(BaseRateThreshold(halves), BaseRateThreshold(rows));
}

TEST(TrainLogisticRegressionTest, StopsWhenAskedAndTellsHowFarItIs) {
  const Rows data = Overlapping(500, 3, 1);
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  LocalCommunicator local;
  const auto model = TrainLogisticRegression(MakeMatrix(data.rows, data.labels), Penalty(1), local, 2,
                                             StopToken(absl::InfiniteFuture(), cancelled),
                                             [&](double, absl::string_view message) {
                                               EXPECT_THAT(std::string(message), HasSubstr("objective"));
                                               *cancelled = true;
                                             });
  EXPECT_EQ(model.status().code(), absl::StatusCode::kCancelled);
}

TEST(ValidateLogisticRegressionTest, NamesTheFieldThatIsOutOfRange) {
  const auto field_of = [](const LogisticRegressionParameters& p) { return FieldOf(ValidateLogisticRegression(p, "lr")); };
  EXPECT_TRUE(ValidateLogisticRegression(LogisticRegressionParameters(), "lr").ok());
  EXPECT_EQ(field_of(Penalty(-1)), "lr.l2_penalty");
  EXPECT_EQ(field_of(Penalty(NAN)), "lr.l2_penalty");
  LogisticRegressionParameters p;
  p.set_positive_weight(-1);
  EXPECT_EQ(field_of(p), "lr.positive_weight");
  p.set_positive_weight(2);
  p.set_balance_classes(true);
  EXPECT_EQ(field_of(p), "lr.positive_weight");
  p.Clear();
  p.set_max_iterations(1001);
  EXPECT_EQ(field_of(p), "lr.max_iterations");
  p.Clear();
  p.set_gradient_tolerance(1);
  EXPECT_EQ(field_of(p), "lr.gradient_tolerance");
  p.Clear();
  p.mutable_threshold()->set_fixed(1);
  EXPECT_EQ(field_of(p), "lr.threshold.fixed");
  p.mutable_threshold()->mutable_costs()->set_false_positive(2);
  EXPECT_EQ(field_of(p), "lr.threshold.costs.false_negative");
  p.mutable_threshold()->mutable_costs()->set_false_negative(1);
  EXPECT_TRUE(ValidateLogisticRegression(p, "lr").ok());
  p.set_l1_penalty(-1);
  EXPECT_EQ(field_of(p), "lr.l1_penalty");
  p.set_l1_penalty(1);
  p.mutable_penalty_path();
  EXPECT_EQ(field_of(p), "lr.penalty_path");
  p.clear_l1_penalty();
  EXPECT_TRUE(ValidateLogisticRegression(p, "lr").ok());
  p.mutable_penalty_path()->set_strengths(1);
  EXPECT_EQ(field_of(p), "lr.penalty_path.strengths");
  p.clear_penalty_path();
  p.set_folds(21);
  EXPECT_EQ(field_of(p), "lr.folds");
}

}  // namespace
}  // namespace clientele::training
