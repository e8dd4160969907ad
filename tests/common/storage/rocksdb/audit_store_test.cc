#include "common/storage/rocksdb/audit_store.h"

#include "tests/contract/audit_store_contract.h"

namespace clientele::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(RocksDb, AuditStoreContract, ::testing::Values([](const std::string& directory) {
                           return OpenRocksAuditStore(directory);
                         }));

}  // namespace
}  // namespace clientele::storage
