#include "common/storage/rocksdb/schedule_store.h"
#include "tests/contract/schedule_store_contract.h"

namespace clientele::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(RocksDb, ScheduleStoreContract,
                         ::testing::Values([](const std::string& place) { return OpenRocksScheduleStore(place); }));

}  // namespace
}  // namespace clientele::storage
