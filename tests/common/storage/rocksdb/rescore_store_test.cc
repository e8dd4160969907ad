#include "common/storage/rocksdb/rescore_store.h"

#include "tests/contract/rescore_store_contract.h"

namespace clientele::storage {
namespace {

absl::StatusOr<std::unique_ptr<RescoreStore>> OpenRocks(const std::string& place) {
  return OpenRocksRescoreStore(place);
}

INSTANTIATE_TEST_SUITE_P(RocksDb, RescoreStoreContract, ::testing::Values(&OpenRocks));

}  // namespace
}  // namespace clientele::storage
