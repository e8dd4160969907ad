#include "common/storage/rocksdb/score_log.h"

#include "tests/contract/score_log_contract.h"
#include "tests/testing/files.h"

namespace clientele::storage {
namespace {

const OpenScoreLog kOpenRocks = [](const std::string& directory) { return OpenRocksScoreLog(directory); };

class ForgottenBytesTest : public ScoreLogContract {};

TEST_P(ForgottenBytesTest, NoFileHasTheIdOfACustomerWhoIsForgotten) {
  ScoreLogEntries entries = Entries();
  entries.scores = {Score(Noon(99), "a"), Score(Noon(100), "b")};
  entries.customers = {{"a", "Ada Lovelace", 99}, {"b", "bob", 99}};
  ASSERT_OK(log_->Append({entries}));
  ASSERT_TRUE(testutil::AnyFileHas(directory_.path(), "Ada Lovelace"));
  ASSERT_OK(log_->ForgetCustomer(Tenant(), "a", [](const ForgottenScores&) { return absl::OkStatus(); }));
  ASSERT_OK(log_->PurgeForgotten(Tenant()));
  Open();
  EXPECT_FALSE(testutil::AnyFileHas(directory_.path(), "Ada Lovelace"));
  EXPECT_TRUE(testutil::AnyFileHas(directory_.path(), "bob"));
}

INSTANTIATE_TEST_SUITE_P(RocksDb, ScoreLogContract, ::testing::Values(kOpenRocks));
INSTANTIATE_TEST_SUITE_P(RocksDb, ForgottenBytesTest, ::testing::Values(kOpenRocks));

}  // namespace
}  // namespace clientele::storage
