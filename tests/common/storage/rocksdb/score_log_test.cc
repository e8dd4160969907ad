#include "common/storage/rocksdb/score_log.h"

#include "tests/contract/score_log_contract.h"

namespace clientele::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(RocksDb, ScoreLogContract,
                         ::testing::Values([](const std::string& directory) { return OpenRocksScoreLog(directory); }));

}  // namespace
}  // namespace clientele::storage
