#include "common/storage/postgresql/schedule_store.h"

#include "tests/contract/schedule_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenScheduleStore kOpen = [](const std::string& place) -> absl::StatusOr<std::unique_ptr<ScheduleStore>> {
  return postgresql::MakeScheduleStore(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

INSTANTIATE_TEST_SUITE_P(PostgreSql, ScheduleStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
