#include <gtest/gtest.h>

#include "clientele/model/v1/training_spec.pb.h"
#include "services/cli/report/scored_customer.h"
#include "services/cli/training/spec_file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testutil::StatusIs;

ScoredCustomer Customer(std::string id, std::optional<std::string> segment, std::optional<double> churn,
                        std::optional<double> value, double spend = 0) {
  return {std::move(id), "", spend, std::move(segment), churn, value};
}

std::vector<std::string> Column(const Table& table, absl::string_view key) {
  std::vector<std::string> values;
  for (size_t i = 0; i < table.columns().size(); ++i) {
    if (table.columns()[i].key != key) continue;
    for (const auto& row : table.rows()) values.push_back(row[i].raw);
  }
  return values;
}

TEST(ScoreTableTest, TellsHowLongCustomersStayWhereAModelSaysSo) {
  ScoredCustomer stays = Customer("a", std::nullopt, std::nullopt, std::nullopt);
  stays.stay = Stay{"24 months", 0.75, 31.5};
  ScoredCustomer stays_long = Customer("b", std::nullopt, std::nullopt, std::nullopt);
  stays_long.stay = Stay{"24 months", 0.99, std::nullopt};
  const Table table = ScoreTable({stays, stays_long, Customer("c", std::nullopt, std::nullopt, std::nullopt)});
  EXPECT_THAT(Column(table, "stay_duration"), ElementsAre("24 months", "24 months", ""));
  EXPECT_THAT(Column(table, "stay_probability"), ElementsAre("0.75", "0.99", ""));
  EXPECT_THAT(Column(table, "median_remaining"), ElementsAre("31.5", "", ""));
}

TEST(SegmentSummaryTest, SumsBySegmentTheMostValuableFirst) {
  SegmentSummary summary;
  summary.Add(Customer("a", "small", 0.5, 10, 100));
  summary.Add(Customer("b", "small", 0.7, 30, 300));
  summary.Add(Customer("c", "big", 0.1, 1000, 5000));
  summary.Add(Customer("d", std::nullopt, std::nullopt, std::nullopt));
  const Table table = summary.ToTable();
  EXPECT_THAT(Column(table, "segment"), ElementsAre("big", "small", "(not scored)"));
  EXPECT_THAT(Column(table, "customers"), ElementsAre("1", "2", "1"));
  EXPECT_THAT(Column(table, "share"), ElementsAre("0.25", "0.5", "0.25"));
  EXPECT_THAT(Column(table, "mean_spend"), ElementsAre("5000", "200", "0"));
  EXPECT_THAT(Column(table, "predicted_value"), ElementsAre("1000", "40", ""));
  EXPECT_THAT(Column(table, "mean_churn_probability"), ElementsAre("0.1", "0.6", ""));
  EXPECT_THAT(Column(table, "value_at_risk"), ElementsAre("100", "26", ""));
}

TEST(ChurnBandsTest, EveryProbabilityHasItsBand) {
  ChurnBands bands;
  for (double p : {0.0, 0.19, 0.2, 0.5, 0.79, 0.8, 1.0}) bands.Add(Customer("x", std::nullopt, p, 10));
  bands.Add(Customer("not scored", std::nullopt, std::nullopt, 10));
  EXPECT_THAT(Column(bands.ToTable(), "customers"), ElementsAre("2", "1", "1", "1", "2"));
}

TEST(ValueAtRiskTest, KeepsTheMostEndangered) {
  ValueAtRisk at_risk(3);
  for (int i = 0; i < 100; ++i) at_risk.Add(Customer(std::to_string(100 + i), std::nullopt, 0.5, (i * 37) % 100));
  at_risk.Add(Customer("no value", std::nullopt, 1, std::nullopt));
  std::vector<double> values;
  for (const ScoredCustomer& customer : at_risk.Top()) values.push_back(*customer.value_at_risk());
  EXPECT_THAT(values, ElementsAre(49.5, 49, 48.5));
}

TEST(ValueAtRiskTest, TiesGoToTheFirstId) {
  ValueAtRisk at_risk(2);
  for (const char* id : {"c", "a", "b"}) at_risk.Add(Customer(id, std::nullopt, 0.5, 10));
  const auto top = at_risk.Top();
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].customer_id, "a");
  EXPECT_EQ(top[1].customer_id, "b");
}

TEST(SpecFileTest, ReadsJsonAndYaml) {
  const testutil::TempDir directory;
  const std::string json = directory.Write("spec.json", R"({"model": "churn", "seed": "7", "dataset": {
      "features": ["recency_days"], "label": {"noPurchaseWithin": {"days": 90}}},
      "logisticRegression": {"l2Penalty": 0.5}})");
  const std::string yaml = directory.Write("spec.yaml", R"(
model: churn
seed: "7"
dataset:
  features: [recency_days]   # the one
  label: {noPurchaseWithin: {days: 90}}
logisticRegression:
  l2Penalty: 0.5
)");
  model::v1::TrainingSpec from_json, from_yaml;
  ASSERT_OK(ReadMessageFile(json, from_json));
  ASSERT_OK(ReadMessageFile(yaml, from_yaml));
  EXPECT_EQ(from_json.logistic_regression().l2_penalty(), 0.5);
  EXPECT_EQ(from_json.SerializeAsString(), from_yaml.SerializeAsString());
}

TEST(SpecFileTest, SaysWhatItDoesNotKnow) {
  const testutil::TempDir directory;
  model::v1::TrainingSpec spec;
  EXPECT_THAT(ReadMessageFile(directory.Write("a.json", R"({"modle": "x"})"), spec),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("modle")));
  EXPECT_THAT(ReadMessageFile(directory.Write("a.yaml", "model: [x"), spec),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadMessageFile(directory.File("none.json"), spec), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace clientele::cli
