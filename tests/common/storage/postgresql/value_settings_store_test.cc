#include "common/storage/postgresql/value_settings_store.h"

#include "tests/contract/value_settings_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenValueSettingsStore kOpen =
    [](const std::string& place) -> absl::StatusOr<std::unique_ptr<ValueSettingsStore>> {
  return postgresql::MakeValueSettingsStore(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

INSTANTIATE_TEST_SUITE_P(PostgreSql, ValueSettingsStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
