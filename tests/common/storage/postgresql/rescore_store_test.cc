#include "common/storage/postgresql/rescore_store.h"

#include "tests/contract/rescore_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenRescoreStore kOpen = [](const std::string& place) -> absl::StatusOr<std::unique_ptr<RescoreStore>> {
  return postgresql::MakeRescoreStore(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

INSTANTIATE_TEST_SUITE_P(PostgreSql, RescoreStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
