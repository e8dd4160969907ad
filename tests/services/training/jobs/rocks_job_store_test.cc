#include "common/storage/rocksdb/job_store.h"
#include "tests/contract/job_store_contract.h"

namespace clientele::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(Rocks, JobStoreContract,
                         ::testing::Values(JobStoreBackend{
                             "RocksDB", [](const std::string& directory) { return OpenRocksJobStore(directory); }}));

TEST(RocksJobStoreTest, SaysThatAnotherHoldsTheDirectory) {
  const std::string place = absl::StrCat(::testing::TempDir(), "/job_store_held_", getpid());
  const auto first = OpenRocksJobStore(place);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = OpenRocksJobStore(place);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), ::testing::HasSubstr(place));
}

}  // namespace
}  // namespace clientele::storage
