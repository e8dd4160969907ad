#include "services/training/comparison/data_drift.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/model/artifact.h"
#include "tests/common/dataset/table.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::RowSelection;
using dataset::kMissingNumber;
using testutil::Table;

dataset::Dataset Customers(float shift, bool with_gold) {
  std::vector<float> age, tenure;
  std::vector<std::string> plan;
  for (int i = 0; i < 400; ++i) {
    age.push_back(i % 100 + shift);
    tenure.push_back(i % 10 == 0 ? kMissingNumber : static_cast<float>(i % 7));
    plan.push_back(with_gold && i % 2 == 0 ? "gold" : "basic");
  }
  Table table(400);
  return table.Number("age", age).Number("tenure", tenure).Category("plan", plan).Build();
}

model::v1::ModelArtifact TrainedOn(const dataset::Dataset& dataset) {
  model::v1::ModelArtifact artifact;
  *artifact.mutable_schema() = model::SchemaOf(dataset);
  const auto histograms = model::ComputeHistograms(dataset, RowSelection::All(dataset), artifact.schema());
  EXPECT_OK(histograms);
  for (const auto& histogram : *histograms) *artifact.add_histograms() = histogram;
  return artifact;
}

TEST(DataDriftTest, ThereIsNoneBetweenTheSameRows) {
  const dataset::Dataset data = Customers(0, true);
  const auto shifts = *DataDrift(TrainedOn(data), data, RowSelection::All(data));
  ASSERT_EQ(shifts.size(), 3u);
  for (const auto& shift : shifts) EXPECT_EQ(shift.population_stability_index(), 0) << shift.feature();
}

TEST(DataDriftTest, TellsTheFurthestFirst) {
  const dataset::Dataset now = Customers(30, true);
  const auto shifts = *DataDrift(TrainedOn(Customers(0, true)), now, RowSelection::All(now));
  ASSERT_EQ(shifts.size(), 3u);
  EXPECT_EQ(shifts[0].feature(), "age");
  EXPECT_GT(shifts[0].population_stability_index(), 0.25);
  EXPECT_EQ(shifts[1].population_stability_index(), 0);
}

TEST(DataDriftTest, ACategoryThatWasNotThereCounts) {
  const dataset::Dataset now = Customers(0, true);
  const auto shifts = *DataDrift(TrainedOn(Customers(0, false)), now, RowSelection::All(now));
  EXPECT_EQ(shifts[0].feature(), "plan");
  EXPECT_GT(shifts[0].population_stability_index(), 1);
}

TEST(DataDriftTest, MissingValuesAreABinAndFeaturesThatAreGoneAreNotCompared) {
  std::vector<float> tenure;
  for (int i = 0; i < 400; ++i) tenure.push_back(i % 2 == 0 ? kMissingNumber : static_cast<float>(i % 7));
  Table table(400);
  const dataset::Dataset now = table.Number("tenure", tenure).Build();
  const auto shifts = *DataDrift(TrainedOn(Customers(0, true)), now, RowSelection::All(now));
  ASSERT_EQ(shifts.size(), 1u);
  EXPECT_EQ(shifts[0].feature(), "tenure");
  EXPECT_DOUBLE_EQ(shifts[0].missing_share(), 0.5);
  EXPECT_DOUBLE_EQ(shifts[0].champion_missing_share(), 0.1);
  EXPECT_GT(shifts[0].population_stability_index(), 0.25);
}

}  // namespace
}  // namespace clientele::training
