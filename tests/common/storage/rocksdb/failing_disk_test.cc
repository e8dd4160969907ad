// A disk that fails: writes are refused with a reason, reads go on, nothing is half stored, and once the disk is well
// writes are taken again without a restart.
#include "tests/common/storage/rocksdb/failing_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/record_store.h"
#include "tests/contract/record_store_contract.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

namespace fs = std::filesystem;
using ingestion::v1::RECORD_DISPOSITION_ACCEPTED;
using ingestion::v1::RECORD_DISPOSITION_DUPLICATE;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using testutil::DiskFault;
using testutil::FailingDisk;
using testutil::StatusIs;

constexpr int kBatch = 10;
constexpr char kCustomer[] = "ada";

class FailingDiskTest : public ::testing::TestWithParam<DiskFault> {
 protected:
  void SetUp() override { Open(directory_.path()); }

  void Open(const std::string& path) {
    store_.reset();
    auto store = RocksRecordStore::Open(path, {.disk = disk_});
    ASSERT_OK(store);
    store_ = *std::move(store);
  }
  absl::StatusOr<AppendResult> Append(int batch) {
    std::vector<NewRecord> records;
    for (int i = 0; i < kBatch; ++i) {
      records.push_back(Make({.record_id = absl::StrCat(batch, "-", i),
                              .customer_id = kCustomer,
                              .event_time_micros = batch * 1'000 + i,
                              .content = batch}));
    }
    return store_->Append(tenant_, records, {}, absl::FromUnixSeconds(1'000));
  }
  // Until the disk's recovery is noticed.
  void AppendPatiently(int batch) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    absl::StatusOr<AppendResult> result = Append(batch);
    while (!result.ok() && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(50));
      result = Append(batch);
    }
    ASSERT_OK(result);
    // What was refused may have reached the disk all the same, but then as a whole.
    EXPECT_THAT(result->dispositions, AnyOf(Each(RECORD_DISPOSITION_ACCEPTED), Each(RECORD_DISPOSITION_DUPLICATE)));
  }
  // How many records of each batch there are.
  std::map<int, int> Batches() {
    std::map<int, int> batches;
    EXPECT_OK(store_->ScanCustomer(tenant_, kCustomer, [&](const StoredRecord& record) {
      ++batches[static_cast<int>(record.event_time_micros / 1'000)];
      return true;
    }));
    return batches;
  }
  int64_t Counted() { return store_->GetReport(tenant_)->accepted_count(); }

  const TenantId tenant_ = Tenant("acme");
  const testutil::TempDir directory_, copies_;
  const std::shared_ptr<FailingDisk> disk_ = std::make_shared<FailingDisk>();
  std::unique_ptr<RocksRecordStore> store_;
};

TEST_P(FailingDiskTest, TakesNothingHalfAndEverythingAgainOnceItIsWell) {
  for (int batch = 0; batch < 5; ++batch) ASSERT_OK(Append(batch));
  const std::map<int, int> before = Batches();
  disk_->fault = GetParam();
  for (int batch = 5; batch < 8; ++batch) {
    const absl::Status refused = Append(batch).status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("the disk takes no writes")));
    EXPECT_EQ(ReasonOf(refused), "STORAGE_FAILED");
    EXPECT_EQ(Batches(), before);
    EXPECT_EQ(Counted(), 5 * kBatch);
  }
  disk_->fault = DiskFault::kNone;
  for (int batch = 5; batch < 10; ++batch) ASSERT_NO_FATAL_FAILURE(AppendPatiently(batch));
  for (const char* when : {"before", "after a restart"}) {
    std::map<int, int> expected;
    for (int batch = 0; batch < 10; ++batch) expected[batch] = kBatch;
    EXPECT_EQ(Batches(), expected) << when;
    EXPECT_EQ(Counted(), 10 * kBatch) << when;
    Open(directory_.path());
  }
}

// As after kill -9: what is on the disk at that instant is opened elsewhere.
TEST_P(FailingDiskTest, ACrashWhileItFailsLosesNothingThatWasAcknowledged) {
  for (int batch = 0; batch < 5; ++batch) ASSERT_OK(Append(batch));
  disk_->fault = GetParam();
  EXPECT_THAT(Append(5), StatusIs(absl::StatusCode::kUnavailable));
  const std::string copy = copies_.File("copy");
  fs::copy(directory_.path(), copy, fs::copy_options::recursive);
  disk_->fault = DiskFault::kNone;
  Open(copy);
  const std::map<int, int> there = Batches();
  for (int batch = 0; batch < 5; ++batch) EXPECT_EQ(there.at(batch), kBatch);
  EXPECT_THAT(there.contains(5) ? there.at(5) : 0, AnyOf(0, kBatch)) << "it is there as a whole or not at all";
  EXPECT_EQ(Counted(), static_cast<int64_t>(there.size()) * kBatch);
  ASSERT_OK(Append(5));
  EXPECT_EQ(Counted(), 6 * kBatch);
}

std::string FaultName(const ::testing::TestParamInfo<DiskFault>& test) {
  const char* const names[] = {"None", "Full", "Broken", "ShortWrite", "NoSync"};
  return names[static_cast<int>(test.param)];
}

INSTANTIATE_TEST_SUITE_P(Faults, FailingDiskTest,
                         ::testing::Values(DiskFault::kFull, DiskFault::kBroken, DiskFault::kShortWrite,
                                           DiskFault::kNoSync),
                         FaultName);

// Logs are small and tables large: a disk may have room for the ones and not for the others.
TEST(DatabaseOnFailingDiskTest, WhatCannotBeFlushedIsKeptAndFlushedLater) {
  testutil::TempDir directory;
  const auto disk = std::make_shared<FailingDisk>();
  auto opened = Database::Open(directory.path(), {{"things", {}}}, {.disk = disk});
  ASSERT_OK(opened);
  Database& database = **opened;
  const auto write = [&](const std::string& key) {
    rocksdb::WriteBatch batch;
    batch.Put(database.family(0), key, "value");
    return database.Write(batch);
  };
  ASSERT_OK(write("a"));
  disk->fault = DiskFault::kNoTables;
  EXPECT_FALSE(database.Flush().ok());
  EXPECT_OK(database.Get(0, "a"));
  disk->fault = DiskFault::kNone;
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!write("b").ok() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(50));
  ASSERT_OK(write("c"));
  ASSERT_OK(database.Flush());
  opened->reset();
  const auto again = Database::Open(directory.path(), {{"things", {}}});
  ASSERT_OK(again);
  for (const char* key : {"a", "b", "c"}) EXPECT_OK((*again)->Get(0, key)) << key;
}

}  // namespace
}  // namespace clientele::storage
