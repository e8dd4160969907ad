#include "common/storage/postgresql/customer_key_store.h"

#include "tests/contract/customer_key_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenCustomerKeyStore kOpen = [](const std::string& place) -> absl::StatusOr<std::shared_ptr<CustomerKeyStore>> {
  return postgresql::OpenCustomerKeyStore(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

class PostgresCustomerKeyStoreTest : public CustomerKeyStoreContract {
 protected:
  // Draws the tenant a key of this id.
  void Draw(uint64_t id) {
    ASSERT_OK(store_->ChangeTenant(Tenant(), [&](auto& keys) {
      keys.add_keys()->set_id(id);
      return absl::OkStatus();
    }));
  }
};

TEST_P(PostgresCustomerKeyStoreTest, EveryProgramFindsTheSameStore) {
  ASSERT_OK_AND_ASSIGN(const auto other, kOpen(directory_.path()));
  EXPECT_EQ(other->id(), store_->id());
  EXPECT_TRUE(other->IsShared());
  ASSERT_OK(store_->Add(Tenant(), {{{Customer(1), Key(10)}}}));
  ASSERT_OK_AND_ASSIGN(const int64_t before, other->Destructions());
  ASSERT_OK(store_->Destroy(Tenant(), Customer(2)));
  EXPECT_THAT(other->Destructions(), testutil::IsOkAndHolds(before));
  ASSERT_OK(store_->Destroy(Tenant(), Customer(1)));
  EXPECT_THAT(other->Destructions(), testutil::IsOkAndHolds(before + 1));
}

TEST_P(PostgresCustomerKeyStoreTest, NothingIsWrittenThatAnOlderKeyOfTheTenantWraps) {
  Draw(1);
  ASSERT_OK(store_->AddWrapped(Tenant(), 1, {{{Customer(1), Key(10)}}}));
  Draw(2);
  EXPECT_THAT(store_->AddWrapped(Tenant(), 1, {{{Customer(2), Key(20)}}}),
              testutil::StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store_->ReplaceWrapped(Tenant(), 1, {{{Customer(1), Key(10, "anew")}}}),
              testutil::StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(KeysOf(1), ::testing::ElementsAre(Key(10)));
  EXPECT_THAT(KeysOf(2), ::testing::IsEmpty());
  ASSERT_OK(store_->ReplaceWrapped(Tenant(), 2, {{{Customer(1), Key(10, "anew")}}}));
  EXPECT_THAT(KeysOf(1), ::testing::ElementsAre(Key(10, "anew")));
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, CustomerKeyStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, PostgresCustomerKeyStoreTest, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
