#include "common/storage/postgresql/consent_store.h"

#include "absl/time/clock.h"
#include "tests/contract/consent_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenConsentStore kOpen = [](const std::string& place) {
  return postgresql::OpenConsentStore(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

class PostgresConsentStoreTest : public ConsentStoreContract {};

TEST_P(PostgresConsentStoreTest, OneProgramKnowsSoonWhoOptedOutAtAnother) {
  const auto other = *kOpen(directory_.path());
  EXPECT_FALSE(other->HasOptedOut(Tenant(), "ada", "marketing"));
  Set(Said("ada", "marketing", kWithdrawn));
  EXPECT_TRUE(store_->HasOptedOut(Tenant(), "ada", "marketing")) << "at once where it was said";
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_TRUE(other->HasOptedOut(Tenant(), "ada", "marketing"));
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, ConsentStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, PostgresConsentStoreTest, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
