#include "common/model/block_encoder.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tests/common/dataset/table.h"
#include "tests/common/model/instruction_sets.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using testutil::ForEachInstructionSet;
using testutil::SampleDataset;
using testutil::Table;
using v1::PreprocessingSpec;

constexpr int kRows = 150;
constexpr int kNumbers = 11;  // No whole number of vectors.

// Numbers of any size, of which every third feature has missing ones; a category in their midst where asked for, and
// one at the end.
Dataset Drawn(uint32_t seed, bool in_their_midst) {
  std::mt19937 random(seed);
  std::vector<std::string> plan;
  for (int i = 0; i < kRows; ++i) plan.push_back(random() % 4 == 0 ? "" : "p" + std::to_string(random() % 3));
  Table table(kRows);
  for (int f = 0; f < kNumbers; ++f) {
    std::vector<float> values;
    for (int i = 0; i < kRows; ++i) {
      const auto any = std::bit_cast<float>(static_cast<uint32_t>(random()));
      const bool missing = f % 3 == 0 && random() % 5 == 0;
      values.push_back(missing ? dataset::kMissingNumber : std::abs(any) < 1e15f ? any : 0.5f);
    }
    if (in_their_midst && f == 4) table.Category("middle", plan);
    table.Number("f" + std::to_string(f), values);
  }
  return table.Category("plan", plan).Build(/*chunk_rows=*/40);
}

// Each column of `features` of every third row, to the bits of DatasetEncoder, and in float32 as a learner wants it.
template <typename T>
void ExpectTheBitsOfOneRow(const DatasetEncoder& rows, const std::vector<int>& features) {
  const BlockEncoder block(rows, features);
  std::vector<T> expected(block.width());
  for (int s = 0; s < kShardCount; ++s) {
    std::vector<int64_t> chosen;
    for (int64_t row = s % 2; row < rows.dataset().shards[s].rows; row += s % 3 + 1) chosen.push_back(row);
    std::vector<T> columns(chosen.size() * block.width(), T{-77});
    block.Encode(s, chosen, columns.data());
    for (size_t r = 0; r < chosen.size(); ++r) {
      T* to = expected.data();
      for (const int feature : features) to += rows.EncodeFeature(feature, s, chosen[r], to);
      for (int j = 0; j < block.width(); ++j) {
        const T found = columns[r * block.width() + j];
        ASSERT_TRUE(found == expected[j] && std::signbit(found) == std::signbit(expected[j]))
            << "column " << j << " of row " << chosen[r] << ": " << found << ", not " << expected[j];
      }
    }
  }
}

void ExpectTheSameBits(const Dataset& seen, const Dataset& dataset, const PreprocessingSpec& spec) {
  ASSERT_OK_AND_ASSIGN(const auto fitted, FitPreprocessing(seen, dataset::RowSelection::All(seen), spec));
  ASSERT_OK_AND_ASSIGN(const RowEncoder encoder, RowEncoder::Create(SchemaOf(seen), fitted));
  ASSERT_OK_AND_ASSIGN(const DatasetEncoder rows, DatasetEncoder::Create(encoder, dataset));
  std::vector<int> all, numbers;
  for (int f = 0; f < encoder.num_features(); ++f) {
    all.push_back(f);
    if (!encoder.IsCategory(f)) numbers.push_back(f);
  }
  ForEachInstructionSet([&] {
    for (const auto& features : {all, numbers, std::vector<int>{1, 3}}) {
      ExpectTheBitsOfOneRow<float>(rows, features);
      ExpectTheBitsOfOneRow<double>(rows, features);
    }
  });
  EXPECT_EQ(BlockEncoder(rows).width(), encoder.num_columns());
}

TEST(BlockEncoderTest, GivesTheBitsOfOneRow) {
  PreprocessingSpec cut, logarithms;
  cut.mutable_defaults()->set_winsorise_quantile(0.05);
  logarithms.mutable_defaults()->set_log1p(true);
  for (const bool in_their_midst : {false, true}) {
    const Dataset dataset = Drawn(1, in_their_midst);
    for (const auto& spec : {PreprocessingSpec(), cut, logarithms}) ExpectTheSameBits(dataset, dataset, spec);
  }
}

TEST(BlockEncoderTest, GivesThemOfADatasetOfAnotherOrder) {
  const Dataset seen = SampleDataset(300, 1), sample = SampleDataset(40, 2);
  const auto column = [&](const std::string& name) {
    std::vector<float> values;
    const int index = sample.places[sample.FindColumn(name)].index;
    for (const auto& shard : sample.shards) {
      for (int64_t row = 0; row < shard.rows; ++row) {
        values.push_back(shard.numbers[row * sample.number_columns + index]);
      }
    }
    return values;
  };
  const std::vector<std::string> texts(sample.rows(), "gold");
  const Dataset fresh = Table(static_cast<int>(sample.rows()))
                            .Category("region", texts)
                            .Number("age", column("age"))
                            .Number("recency", column("recency"))
                            .Category("plan", texts)
                            .Number("spend", column("spend"))
                            .Build();
  ExpectTheSameBits(seen, fresh, testutil::SamplePreprocessing());
}

TEST(BlockEncoderTest, WithoutRowsThereIsNothing) {
  const Dataset dataset = Drawn(3, false);
  ASSERT_OK_AND_ASSIGN(const auto fitted, FitPreprocessing(dataset, dataset::RowSelection::All(dataset), {}));
  ASSERT_OK_AND_ASSIGN(const RowEncoder encoder, RowEncoder::Create(SchemaOf(dataset), fitted));
  ASSERT_OK_AND_ASSIGN(const DatasetEncoder rows, DatasetEncoder::Create(encoder, dataset));
  double untouched = -77;
  BlockEncoder(rows).Encode(0, {}, &untouched);
  EXPECT_EQ(untouched, -77);
}

}  // namespace
}  // namespace clientele::model
