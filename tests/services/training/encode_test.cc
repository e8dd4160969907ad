#include "services/training/encode.h"

#include <cmath>

#include "common/model/preprocessing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/learners/row_reader.h"
#include "tests/common/dataset/table.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::DatasetEncoder;
using model::RowEncoder;
using model::v1::TrainingSpec;

constexpr int kRows = 600;

// A number with missing values, two categories of which one may be missing, and what is of the row.
Dataset MakeDataset() {
  std::vector<float> spend, weight, exposure;
  std::vector<std::string> plan, channel;
  std::vector<double> labels;
  for (int i = 0; i < kRows; ++i) {
    spend.push_back(i % 7 == 0 ? dataset::kMissingNumber : static_cast<float>(i % 13));
    plan.push_back(i % 3 == 0 ? "gold" : "basic");
    channel.push_back(i % 5 == 0 ? "" : i % 2 == 0 ? "web" : "shop");
    weight.push_back(i == 4 ? -1.0f : static_cast<float>(i % 4));
    exposure.push_back(i == 5 ? 0.0f : 1.0f + static_cast<float>(i % 3));
    labels.push_back(i);
  }
  return testutil::Table(kRows)
      .Number("spend", spend)
      .Category("plan", plan)
      .Category("channel", channel)
      .Number("weight", weight, /*auxiliary=*/true)
      .Number("exposure", exposure, /*auxiliary=*/true)
      .Labels(labels)
      .Build();
}

class EncodeRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto schema = model::SchemaOf(dataset_);
    ASSERT_OK_AND_ASSIGN(const auto fitted, model::FitPreprocessing(dataset_, RowSelection::All(dataset_), {}, 1));
    auto rows = RowEncoder::Create(schema, fitted);
    ASSERT_OK(rows.status());
    rows_.emplace(*std::move(rows));
    auto encoder = DatasetEncoder::Create(*rows_, dataset_);
    ASSERT_OK(encoder.status());
    encoder_.emplace(*std::move(encoder));
  }

  // The model's columns of row `row` of `rows`.
  std::vector<double> ColumnsOf(const TrainingMatrix& matrix, const RowReader::Rows& rows, int64_t row) const {
    std::vector<double> columns(matrix.columns, 0.0);
    for (int j = 0; j < matrix.num_dense(); ++j) {
      columns[matrix.DenseColumn(j)] = rows.values[row * matrix.num_dense() + j];
    }
    for (size_t f = 0; f < matrix.fields.size(); ++f) {
      const uint16_t category = rows.categories[row * matrix.fields.size() + f];
      if (category != kNoCategory) columns[matrix.fields[f].first_column + category] = 1;
    }
    return columns;
  }

  const Dataset dataset_ = MakeDataset();
  std::optional<RowEncoder> rows_;
  std::optional<DatasetEncoder> encoder_;
};

TEST_F(EncodeRowsTest, GivesTheSelectedRowsInOrderInEitherLayout) {
  RowSelection odd = RowSelection::None(dataset_);
  for (auto& shard : odd.shards) {
    for (size_t i = 1; i < shard.size(); i += 2) shard[i] = 1;
  }
  for (const CategoryLayout layout : {CategoryLayout::kDense, CategoryLayout::kFields}) {
    const TrainingMatrix matrix = EncodeRows(*encoder_, odd, TrainingSpec(), layout, 1);
    EXPECT_EQ(matrix.fields.size(), layout == CategoryLayout::kDense ? 0 : 2);
    RowReader reader(matrix);
    std::vector<double> expected(rows_->num_columns());
    for (int s = 0; s < kShardCount; ++s) {
      const TrainingShard& shard = matrix.shards[s];
      ASSERT_EQ(shard.rows, odd.count(s));
      EXPECT_TRUE(shard.values.empty() && shard.categories.empty()) << "the data are there twice";
      for (int64_t i = 0; i < shard.rows; ++i) {
        ASSERT_EQ(shard.labels[i], dataset_.shards[s].labels[2 * i + 1]);
        encoder_->EncodeRow(s, 2 * i + 1, expected.data());
        for (double& value : expected) value = static_cast<float>(value);
        ASSERT_EQ(ColumnsOf(matrix, reader.Read(s, i, 1), 0), expected);
      }
    }
    const TrainingMatrix threaded = EncodeRows(*encoder_, odd, TrainingSpec(), layout, 3);
    for (int s = 0; s < kShardCount; ++s) EXPECT_EQ(threaded.shards[s].labels, matrix.shards[s].labels);
  }
}

TEST_F(EncodeRowsTest, WeightsAndExposuresAreOfTheRows) {
  TrainingSpec spec;
  spec.set_weight_feature("weight");
  spec.set_exposure_feature("exposure");
  RowSelection usable = RowSelection::All(dataset_);
  ASSERT_OK(DropUnusableRows(dataset_, spec, usable));
  EXPECT_EQ(usable.count(), kRows - 2);  // A weight below 0, an exposure of 0.
  const TrainingMatrix matrix = EncodeRows(*encoder_, usable, spec, CategoryLayout::kFields, 1);
  for (const TrainingShard& shard : matrix.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) {
      const int row = static_cast<int>(shard.labels[i]);
      EXPECT_EQ(shard.weights[i], row % 4);
      EXPECT_NEAR(shard.offsets[i], std::log(1.0 + row % 3), 1e-12);
    }
  }
}

TEST_F(EncodeRowsTest, AFeatureOfTheRowThatIsNotThereIsNamed) {
  TrainingSpec spec;
  spec.set_offset_feature("plan");
  RowSelection rows = RowSelection::All(dataset_);
  EXPECT_THAT(DropUnusableRows(dataset_, spec, rows),
              testutil::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("plan")));
}

}  // namespace
}  // namespace clientele::training
