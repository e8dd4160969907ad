#include "common/storage/postgresql/job_store.h"

#include "tests/contract/job_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const JobStoreBackend kPostgresql{
    "PostgreSQL", [](const std::string& place) -> absl::StatusOr<std::unique_ptr<JobStore>> {
      return postgresql::MakeJobStore(
          postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
    }};

INSTANTIATE_TEST_SUITE_P(PostgreSql, JobStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kPostgresql)));

}  // namespace
}  // namespace clientele::storage
