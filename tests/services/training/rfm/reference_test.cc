// RFM of the public data sets against the reference: cut points, counts, every cell, sums and named customers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "clientele/model/v1/artifact.pb.h"
#include "common/model/predictor.h"
#include "common/model/rfm/scorer.h"
#include "services/training/pipeline.h"
#include "tests/services/training/rfm/tables.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using model::Cell;
using model::v1::RfmEvaluation;
using nlohmann::json;
using testutil::RfmCustomer;

std::string Digits(int recency, int frequency, int monetary) { return absl::StrCat(recency, frequency, monetary); }

template <typename Cuts>
void ExpectCuts(const Cuts& cuts, const json& expected) {
  ASSERT_EQ(cuts.size(), static_cast<int>(expected.size()));
  // The data are kept in float32.
  for (int i = 0; i < cuts.size(); ++i) EXPECT_NEAR(cuts[i], expected[i].get<double>(), 1e-7 * cuts[i] + 1e-6);
}

template <typename Counts>
void ExpectCounts(const Counts& counts, const json& expected) {
  EXPECT_EQ(std::vector<int64_t>(counts.begin(), counts.end()), expected.get<std::vector<int64_t>>());
}

void ExpectCells(const RfmEvaluation& evaluation, const json& expected) {
  std::map<std::string, int64_t> cells;
  for (const auto& cell : evaluation.cells())
    cells[Digits(cell.recency(), cell.frequency(), cell.monetary())] = cell.customers();
  EXPECT_EQ(cells, (expected.get<std::map<std::string, int64_t>>()));
}

// Of the segments, whose customers are all.
void ExpectSums(const RfmEvaluation& evaluation, const json& expected) {
  double recency = 0, frequency = 0, value = 0, cells = 0;
  for (const auto& segment : evaluation.segments()) {
    const auto customers = static_cast<double>(segment.customers());
    recency += segment.mean_recency() * customers;
    frequency += segment.mean_frequency() * customers;
    value += segment.value();
  }
  for (const auto& cell : evaluation.cells()) cells += cell.value();
  EXPECT_NEAR(recency, expected["R"].get<double>(), 1e-5);
  EXPECT_NEAR(frequency, expected["F"].get<double>(), 1e-6);
  EXPECT_NEAR(value, expected["M"].get<double>(), 1e-7 * value);
  EXPECT_NEAR(cells, value, 1e-12 * value);
}

// The mean value by recency score.
void ExpectMeans(const RfmEvaluation& evaluation, const json& expected) {
  std::map<std::string, double> values, customers;
  for (const auto& cell : evaluation.cells()) {
    values[absl::StrCat(cell.recency())] += cell.value();
    customers[absl::StrCat(cell.recency())] += static_cast<double>(cell.customers());
  }
  for (const auto& [score, mean] : expected.items()) {
    EXPECT_NEAR(values[score] / customers[score], mean.get<double>(), 1e-6 * mean.get<double>());
  }
}

void ExpectReference(const std::vector<RfmCustomer>& customers, const json& expected) {
  ASSERT_EQ(customers.size(), expected["customers"].get<size_t>());
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained,
                       TrainModel(testutil::RfmTable(customers).Build(), testutil::RfmSpec(), {.threads = 2}));
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Load(trained.artifact_bytes));
  const auto& fitted = predictor->artifact().rfm();
  const RfmEvaluation& evaluation = trained.evaluation.rfm();
  ExpectCuts(fitted.recency_cuts(), expected["cuts"]["R_days"]);
  ExpectCuts(fitted.frequency_cuts(), expected["cuts"]["F"]);
  ExpectCuts(fitted.monetary_cuts(), expected["cuts"]["M"]);
  ExpectCounts(evaluation.recency_counts(), expected["counts"]["R"]);
  ExpectCounts(evaluation.frequency_counts(), expected["counts"]["F"]);
  ExpectCounts(evaluation.monetary_counts(), expected["counts"]["M"]);
  ExpectCells(evaluation, expected["cells_rfm"]);
  ExpectSums(evaluation, expected["sums"]);
  ExpectMeans(evaluation, expected["mean_M_by_r_score"]);
  for (const json& example : expected.value("examples", json::array())) {
    const std::vector<Cell> row = {Cell::Number(example["R"]), Cell::Number(example["F"]), Cell::Number(example["M"])};
    const model::RfmScores scores = predictor->Predict(row, false).rfm;
    EXPECT_EQ(Digits(scores.recency, scores.frequency, scores.monetary), example["scores"].get<std::string>())
        << example["CustomerID"];
  }
}

TEST(RfmReferenceTest, OnlineRetail) {
  CLIENTELE_PUBLIC_TABLE(table, "online_retail/online_retail.csv.gz");
  CLIENTELE_REFERENCE(reference);
  const json& expected = reference["rfm_value"]["online_retail_rfm"];
  ASSERT_GE(expected["examples"].size(), 6u);
  ExpectReference(testutil::OnlineRetailCustomers(table), expected);
}

TEST(RfmReferenceTest, CdnowWhereHalfOfTheCustomersHaveTheSameFrequency) {
  CLIENTELE_PUBLIC_TABLE(table, "cdnow/cdnow_master_transactions.csv.gz");
  CLIENTELE_REFERENCE(reference);
  ExpectReference(testutil::CdnowCustomers(table), reference["rfm_value"]["cdnow_master_rfm"]);
}

}  // namespace
}  // namespace clientele::training
