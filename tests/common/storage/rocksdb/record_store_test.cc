// The record store's contract on RocksDB, and what is particular to RocksDB.
#include "common/storage/rocksdb/record_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "common/storage/rocksdb/report_counters.h"
#include "tests/contract/record_store_contract.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

using testutil::StatusIs;

class RocksOnDisk final : public ReopenableStore {
 public:
  RocksOnDisk() { Reopen(); }
  RecordStore& store() override { return *store_; }
  void Reopen() override {
    store_.reset();
    store_ = RocksRecordStore::Open(directory_.path()).value();
  }

 private:
  testutil::TempDir directory_;
  std::unique_ptr<RocksRecordStore> store_;
};

std::unique_ptr<ReopenableStore> MakeRocks() { return std::make_unique<RocksOnDisk>(); }

TEST(RocksRecordStoreTest, ADirectoryHasOneStore) {
  testutil::TempDir directory;
  ASSERT_OK_AND_ASSIGN(const auto store, RocksRecordStore::Open(directory.path()));
  EXPECT_THAT(RocksRecordStore::Open(directory.path()), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(RocksRecordStoreTest, ADirectoryThatCannotBeMadeIsAnError) {
  testutil::TempDir directory;
  const std::string file = directory.Write("file", "not a directory");
  EXPECT_THAT(RocksRecordStore::Open(file + "/data"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(ReportCountersTest, MergingAddsCountsAndWidensTimes) {
  Counter a, b, stored;
  a.Add(5);
  b.Add(3);
  b.Add(9);
  const std::string left = EncodeCounter(a), right = EncodeCounter(b);
  const rocksdb::Slice existing(left);
  std::string merged;
  ASSERT_TRUE(CounterMerge().Merge("key", &existing, right, &merged, nullptr));
  ASSERT_TRUE(DecodeCounter(merged, stored));
  EXPECT_EQ(stored.count, 3);
  EXPECT_EQ(stored.least_micros, 3);
  EXPECT_EQ(stored.greatest_micros, 9);
  EXPECT_FALSE(CounterMerge().Merge("key", &existing, "damaged", &merged, nullptr));
}

TEST(ReportCountersTest, ManyMergesAddUp) {
  testutil::TempDir directory;
  const TenantId tenant = Tenant("acme");
  {
    ASSERT_OK_AND_ASSIGN(const auto store, RocksRecordStore::Open(directory.path()));
    for (int i = 0; i < 200; ++i) {
      const NewRecord record = Make({std::to_string(i), "ada", i, i});
      ASSERT_OK(store->Append(tenant, {&record, 1}, {}, absl::FromUnixSeconds(i)));
    }
    EXPECT_EQ(store->GetReport(tenant)->accepted_count(), 200);
  }
  ASSERT_OK_AND_ASSIGN(const auto store, RocksRecordStore::Open(directory.path()));
  EXPECT_EQ(store->GetReport(tenant)->accepted_count(), 200);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(RocksDb, RecordStoreContract, ::testing::Values(&MakeRocks));

}  // namespace clientele::storage
