#include "common/storage/memory_metrics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/database_set.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

class MemoryMetricsTest : public ::testing::Test {
 protected:
  MemoryMetricsTest() { AddMemoryMetrics(databases_, metrics_); }

  double Bytes(const std::string& kind) const {
    const std::string text = metrics_.Text(), line = "clientele_storage_memory_bytes{kind=\"" + kind + "\"} ";
    const size_t at = text.find(line);
    EXPECT_NE(at, std::string::npos) << kind;
    return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + line.size(), nullptr);
  }
  static void Put(Database& database, int rows) {
    rocksdb::WriteBatch batch;
    for (int i = 0; i < rows; ++i) batch.Put(database.family(0), std::to_string(i), std::string(1000, 'x'));
    ASSERT_TRUE(database.Write(batch).ok());
  }

  observability::Metrics metrics_;
  DatabaseSet databases_;
  testutil::TempDir directory_;
};

TEST_F(MemoryMetricsTest, TellWhatWaitsToBeWrittenAndWhatIsCached) {
  auto first = Database::Open(directory_.path() + "/first", {{"rows", BusyOptions()}}, {.set = &databases_});
  auto second = Database::Open(directory_.path() + "/second", {{"rows", BusyOptions()}}, {.set = &databases_});
  ASSERT_TRUE(first.ok() && second.ok());
  Put(**first, 1000);
  Put(**second, 1000);
  EXPECT_GT(Bytes("write_buffers"), 2e6);  // Of both.
  ASSERT_TRUE((*first)->Flush().ok());
  ASSERT_TRUE((*second)->Flush().ok());
  EXPECT_LT(Bytes("write_buffers"), 1e6);

  const double cached = Bytes("cached_blocks");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE((*first)->Get(0, std::to_string(i)).ok());
  EXPECT_GT(Bytes("cached_blocks"), cached + 0.9e6);
  EXPECT_GT(Bytes("table_readers"), 0);

  second->reset();
  first->reset();
  EXPECT_EQ(Bytes("cached_blocks"), 0);  // Those that are closed are no longer looked at.
}

TEST_F(MemoryMetricsTest, AQuietTableHoldsLittleInMemoryHoweverMuchIsWritten) {
  auto database = Database::Open(directory_.path(), {{"rows"}}, {.set = &databases_});
  ASSERT_TRUE(database.ok());
  for (int i = 0; i < 50; ++i) Put(**database, 1000);
  EXPECT_LT(Bytes("write_buffers"), 4e6);
}

}  // namespace
}  // namespace clientele::storage
