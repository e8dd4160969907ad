#include "common/storage/postgresql/override_store.h"

#include "tests/contract/override_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenOverrideStore kOpen = [](const std::string& place) -> absl::StatusOr<std::unique_ptr<OverrideStore>> {
  return postgresql::MakeOverrideStore(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

class PostgresOverrideStoreTest : public OverrideStoreContract {};

TEST_P(PostgresOverrideStoreTest, EveryChangeIsCountedForThoseWhoShareIt) {
  const auto other = *kOpen(directory_.path());
  ASSERT_OK_AND_ASSIGN(const int64_t before, other->Changes());
  ASSERT_OK(Append(Name("ada"), 1));
  EXPECT_FALSE(Append(Name("ada"), 1).ok());
  ASSERT_OK_AND_ASSIGN(const int64_t after, other->Changes());
  EXPECT_EQ(after, before + 1);
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, OverrideStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, PostgresOverrideStoreTest, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
