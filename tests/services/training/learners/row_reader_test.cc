#include "services/training/learners/row_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace clientele::training {
namespace {

constexpr int kShard = 7;
constexpr int64_t kRows = 2 * RowReader::kBlockRows + 3;

// Two dense columns and a field.
TrainingMatrix InMemory() {
  TrainingMatrix matrix;
  matrix.columns = 5;
  matrix.dense_columns = {0, 4};
  matrix.fields = {{1, 3}};
  TrainingShard& shard = matrix.shards[kShard];
  shard.rows = kRows;
  for (int64_t i = 0; i < kRows; ++i) {
    shard.values.push_back(static_cast<float>(i));
    shard.values.push_back(static_cast<float>(-i));
    shard.categories.push_back(static_cast<uint16_t>(i % 3));
  }
  return matrix;
}

// Works out what the other has.
class WorkedOut final : public RowSource {
 public:
  void Read(int shard, int64_t first, int64_t count, float* values, uint16_t* categories) const override {
    EXPECT_EQ(shard, kShard);
    for (int64_t i = first; i < first + count; ++i) {
      *values++ = static_cast<float>(i);
      *values++ = static_cast<float>(-i);
      *categories++ = static_cast<uint16_t>(i % 3);
    }
  }
};

TrainingMatrix FromSource() {
  TrainingMatrix matrix = InMemory();
  matrix.shards[kShard].values = {};
  matrix.shards[kShard].categories = {};
  matrix.source = std::make_shared<WorkedOut>();
  return matrix;
}

TEST(RowReaderTest, ReadsTheSameFromMemoryAndFromASource) {
  for (const TrainingMatrix& matrix : {InMemory(), FromSource()}) {
    RowReader reader(matrix);
    const RowReader::Rows rows = reader.Read(kShard, 100, 128);
    for (int64_t i = 0; i < 128; ++i) {
      ASSERT_EQ(rows.values[2 * i], 100 + i);
      ASSERT_EQ(rows.values[2 * i + 1], -(100 + i));
      ASSERT_EQ(rows.categories[i], (100 + i) % 3);
    }
    EXPECT_EQ(reader.Row(kShard, kRows - 1)[0], kRows - 1);
  }
}

TEST(RowReaderTest, GoesOverAShardInBlocks) {
  for (const TrainingMatrix& matrix : {InMemory(), FromSource()}) {
    std::vector<int64_t> counts;
    int64_t next = 0;
    RowReader reader(matrix);
    reader.ForBlocks(kShard, [&](int64_t first, int64_t count, const float* values) {
      EXPECT_EQ(first, next);
      for (int64_t i = 0; i < count; ++i) ASSERT_EQ(values[2 * i], next++);
      counts.push_back(count);
    });
    EXPECT_EQ(counts, (std::vector<int64_t>{RowReader::kBlockRows, RowReader::kBlockRows, 3}));
    reader.ForBlocks(kShard + 1, [&](int64_t, int64_t, const float*) { ADD_FAILURE() << "a shard without rows"; });
  }
}

}  // namespace
}  // namespace clientele::training
