// The current score store's contract on RocksDB, and that no file names who was forgotten.
#include "common/storage/rocksdb/current_score_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/current_score_store_contract.h"
#include "tests/testing/files.h"

namespace clientele::storage {
namespace {

absl::StatusOr<std::unique_ptr<CurrentScoreStore>> OpenRocks(const std::string& place) {
  return OpenRocksCurrentScoreStore(place);
}

INSTANTIATE_TEST_SUITE_P(RocksDb, CurrentScoreStoreContract, ::testing::Values(&OpenRocks));

class CurrentScoreBytesTest : public CurrentScoreStoreContract {};

TEST_P(CurrentScoreBytesTest, NoFileNamesWhoWasForgotten) {
  for (int day = 1; day <= 3; ++day) {
    Put({Score(Name("ada-lovelace"), day, day)});
    if (day < 3) Open();
  }
  EXPECT_FALSE(testutil::FilesThatHave(directory_.path(), "ada-lovelace").empty());
  ASSERT_OK(store_->Forget(
      Tenant(), [](absl::string_view) { return true; }, [](const auto&) { return absl::OkStatus(); }));
  ASSERT_OK(store_->Purge(Tenant()));
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "ada-lovelace"), IsEmpty()) << "while it is open";
  Open();
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "ada-lovelace"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(RocksDb, CurrentScoreBytesTest, ::testing::Values(&OpenRocks));

}  // namespace
}  // namespace clientele::storage
