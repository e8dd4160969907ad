// The consent store's contract on RocksDB, and that no file names who was erased.
#include "common/storage/rocksdb/consent_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/consent_store_contract.h"
#include "tests/testing/files.h"

namespace clientele::storage {
namespace {

absl::StatusOr<std::unique_ptr<ConsentStore>> OpenRocks(const std::string& place) {
  return OpenRocksConsentStore(place);
}

INSTANTIATE_TEST_SUITE_P(RocksDb, ConsentStoreContract, ::testing::Values(&OpenRocks));

class ConsentBytesTest : public ConsentStoreContract {};

TEST_P(ConsentBytesTest, NoFileHasAnIdNorWhatWasErased) {
  for (int round = 0; round < 3; ++round) {
    NewConsent said = Said("ada-lovelace", "marketing", kWithdrawn, round);
    said.consent.set_reason("a letter from Ada");
    said.request_id = absl::StrCat("ask-ada-", round);
    Set(said);
    Set(Said("bob", "marketing", kWithdrawn, round));
    if (round < 2) Open();
  }
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "ada-lovelace"), IsEmpty());
  EXPECT_FALSE(testutil::FilesThatHave(directory_.path(), "letter from Ada").empty());
  ASSERT_OK(store_->EraseConsents(Tenant(), 1, "ada-lovelace"));
  Open();
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "letter from Ada"), IsEmpty());
  EXPECT_THAT(testutil::FilesThatHave(directory_.path(), "ask-ada"), IsEmpty());
  EXPECT_FALSE(testutil::FilesThatHave(directory_.path(), "reason of bob").empty());
}

INSTANTIATE_TEST_SUITE_P(RocksDb, ConsentBytesTest, ::testing::Values(&OpenRocks));

}  // namespace
}  // namespace clientele::storage
