// The erasure store's contract on RocksDB, and that the bytes are gone from its files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/storage/rocksdb/record_store.h"
#include "rocksdb/sst_file_reader.h"
#include "tests/contract/erasure_store_contract.h"
#include "tests/testing/files.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

class RocksOnDisk final : public ReopenableErasures {
 public:
  RocksOnDisk() { Reopen(); }
  RecordStore& records() override { return *store_; }
  ErasureStore& erasures() override { return *store_; }
  void Reopen() override {
    store_.reset();
    store_ = RocksRecordStore::Open(directory_.path()).value();
  }
  const std::string& path() const { return directory_.path(); }

 private:
  testutil::TempDir directory_;
  std::unique_ptr<RocksRecordStore> store_;
};

std::unique_ptr<ReopenableErasures> MakeRocks() { return std::make_unique<RocksOnDisk>(); }

// The same as FilesThatHave for what is compressed: keys and values of RocksDB's tables, and whether they still have
// deletions, which name what they delete.
std::vector<std::string> TablesThatHave(const std::string& directory, absl::string_view text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".sst") continue;
    rocksdb::SstFileReader reader{rocksdb::Options()};
    EXPECT_TRUE(reader.Open(entry.path().string()).ok());
    const auto properties = reader.GetTableProperties();
    const std::unique_ptr<rocksdb::Iterator> it(reader.NewIterator(rocksdb::ReadOptions()));
    bool has = false;
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      has = has || absl::StrContains(ToView(it->key()), text) || absl::StrContains(ToView(it->value()), text);
    }
    const std::string& family = properties->column_family_name;
    if (has) found.push_back(family);
    const bool rewritten = family == "records" || family == "ids" || family == "customers" || family == "quarantine";
    if (rewritten) {
      EXPECT_EQ(properties->num_deletions + properties->num_range_deletions, 0u) << family;
    }
  }
  return found;
}

class ErasedBytesTest : public ErasureStoreContract {};

TEST_P(ErasedBytesTest, NoFileHasAnythingOfACustomerWhoIsGone) {
  const std::string path = static_cast<RocksOnDisk&>(*place_).path();
  // In write buffers, in files, and as the first and last keys of files.
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(Append({Record("ada-lovelace", absl::StrCat("ada-lovelace-", round), round)}), "A");
    ASSERT_EQ(Append({Record("bob", absl::StrCat("bob-", round))}), "A");
    if (round < 2) Reopen();
  }
  ASSERT_OK(records().Append(Tenant(), {}, {{Rejected("ada-lovelace")}}, absl::FromUnixSeconds(1)));
  ASSERT_FALSE(testutil::FilesThatHave(path, "ada-lovelace").empty());
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, Begin("ada-lovelace"));
  ASSERT_OK(erasures().EraseRejected(Tenant(), begun.number(), [](const auto&) { return true; }));
  Finish(begun.number());
  EXPECT_THAT(testutil::FilesThatHave(path, "ada-lovelace"), ::testing::IsEmpty()) << "while it is open";
  EXPECT_EQ(Append({Record("ada-lovelace", "ada-lovelace-9")}), "R");
  EXPECT_THAT(testutil::FilesThatHave(path, "ada-lovelace"), ::testing::IsEmpty()) << "nor is what was refused";
  Reopen();
  EXPECT_THAT(testutil::FilesThatHave(path, "ada-lovelace"), ::testing::IsEmpty());
  EXPECT_THAT(TablesThatHave(path, "ada-lovelace"), ::testing::IsEmpty());
  EXPECT_THAT(TablesThatHave(path, "bob-1"), ::testing::UnorderedElementsAre("records", "ids"));
}

INSTANTIATE_TEST_SUITE_P(RocksDb, ErasureStoreContract, ::testing::Values(&MakeRocks));
INSTANTIATE_TEST_SUITE_P(RocksDb, ErasedBytesTest, ::testing::Values(&MakeRocks));

}  // namespace
}  // namespace clientele::storage
