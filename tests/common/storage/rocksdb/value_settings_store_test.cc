#include "common/storage/rocksdb/value_settings_store.h"

#include "tests/contract/value_settings_store_contract.h"

namespace clientele::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(RocksDb, ValueSettingsStoreContract, ::testing::Values([](const std::string& directory) {
                           return OpenRocksValueSettingsStore(directory);
                         }));

}  // namespace
}  // namespace clientele::storage
