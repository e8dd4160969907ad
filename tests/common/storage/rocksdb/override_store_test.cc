// The override store's contract on RocksDB, and that no file names who was forgotten.
#include "common/storage/rocksdb/override_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/override_store_contract.h"
#include "tests/testing/files.h"

namespace clientele::storage {
namespace {

absl::StatusOr<std::unique_ptr<OverrideStore>> OpenRocks(const std::string& place) {
  return OpenRocksOverrideStore(place);
}

INSTANTIATE_TEST_SUITE_P(RocksDb, OverrideStoreContract, ::testing::Values(&OpenRocks));

class OverrideBytesTest : public OverrideStoreContract {};

TEST_P(OverrideBytesTest, NoFileNamesWhoWasForgotten) {
  for (int revision = 1; revision <= 3; ++revision) {
    ASSERT_OK(Append(Name("ada-lovelace"), revision));
    if (revision < 3) Open();
  }
  EXPECT_FALSE(testutil::FilesThatHave(directory_.path(), "ada-lovelace").empty());
  ASSERT_OK(store_->Forget(
      Tenant(), [](absl::string_view) { return true; }, [](const auto&) { return absl::OkStatus(); }));
  ASSERT_OK(store_->Purge(Tenant()));
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "ada-lovelace"), IsEmpty()) << "while it is open";
  Open();
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "ada-lovelace"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(RocksDb, OverrideBytesTest, ::testing::Values(&OpenRocks));

}  // namespace
}  // namespace clientele::storage
