// Two programs with the same customers' keys: what one draws, destroys and rotates, the other finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/privacy/sealed.h"
#include "common/storage/postgresql/customer_key_store.h"
#include "services/ingestion/keys/batch_keys.h"
#include "services/ingestion/keys/customer_keys.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using testutil::PostgresqlServer;
using testutil::StatusIs;

// One of the programs.
class Replica {
 public:
  explicit Replica(const std::string& url)
      : store_(storage::postgresql::OpenCustomerKeyStore(storage::postgresql::Database::Open({.url = url}).value())
                   .value()),
        keys_(CustomerKeys::Open(*store_, testutil::MasterKeyOf('1'), clock_, [](const TenantId&) {
                return false;
              }).value()) {}

  CustomerKeys& keys() { return *keys_; }
  // What was known of a tenant's keys is old now.
  void Wait() { clock_.Advance(absl::Seconds(2)); }

  std::string Seal(absl::string_view customer, absl::string_view text, CustomerKeys::Use* use = nullptr) {
    const auto tenant = keys_->Make(tenant_);
    EXPECT_OK(tenant);
    BatchKeys batch(*keys_, **tenant);
    std::string sealed;
    EXPECT_OK(batch.Seal((*tenant)->customer_digests.Of(customer), "place", text, sealed));
    EXPECT_OK(batch.Finish());
    if (use != nullptr) *use = batch.TakeUse();
    return sealed;
  }
  // "" where its key is gone.
  std::string Unseal(absl::string_view customer, absl::string_view sealed) {
    privacy::SealedView view;
    EXPECT_TRUE(privacy::ReadSealed(sealed, view));
    const auto tenant = keys_->Make(tenant_);
    const auto key = keys_->FindKey(tenant_, (*tenant)->customer_digests.Of(customer), view.key_id);
    EXPECT_OK(key);
    if (!key.ok() || !key->has_value()) return "";
    return privacy::Open(**key, "place", view).value_or("wrong");
  }
  absl::Status Check(const CustomerKeys::Use& use) {
    const CustomerKeys::Hold hold(*keys_);
    return keys_->CheckThere(tenant_, use, hold);
  }

 private:
  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::ManualClock clock_;
  const std::unique_ptr<storage::CustomerKeyStore> store_;
  const std::unique_ptr<CustomerKeys> keys_;
};

class SharedKeysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL 15 is not here: scripts/setup --test installs it";
    const std::string url = PostgresqlServer::Get().NewDatabase();
    one_ = std::make_unique<Replica>(url);
    other_ = std::make_unique<Replica>(url);
  }
  const TenantId tenant_ = *TenantId::Parse("acme");
  std::unique_ptr<Replica> one_, other_;
};

TEST_F(SharedKeysTest, EachOpensWhatTheOtherSealed) {
  const std::string first = one_->Seal("ada", "one"), second = other_->Seal("ada", "two"),
                    third = other_->Seal("bob", "three");
  EXPECT_EQ(other_->Unseal("ada", first), "one");
  EXPECT_EQ(one_->Unseal("ada", second), "two");
  EXPECT_EQ(one_->Unseal("bob", third), "three");
}

TEST_F(SharedKeysTest, NothingThatWasSealedWithAKeyThatTheOtherHasDestroyedIsWritten) {
  CustomerKeys::Use use;
  const std::string sealed = one_->Seal("ada", "one", &use);
  EXPECT_OK(one_->Check(use));
  ASSERT_OK(other_->keys().Destroy(tenant_, "ada"));
  EXPECT_THAT(one_->Check(use), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(one_->Unseal("ada", sealed), "") << "nor is it cached any more";
  const std::string anew = one_->Seal("ada", "again", &use);
  EXPECT_OK(one_->Check(use));
  EXPECT_EQ(other_->Unseal("ada", anew), "again");
}

TEST_F(SharedKeysTest, ATenantsKeyThatTheOtherHasReplacedWrapsNothingAnyMore) {
  const std::string before = one_->Seal("ada", "one");
  ASSERT_OK(other_->keys().RotateTenant(tenant_));
  const std::string meanwhile = one_->Seal("bob", "two");  // It still knows the older key alone.
  ASSERT_OK(other_->keys().RewrapCustomers(tenant_, [] { return false; }));
  for (Replica* replica : {one_.get(), other_.get()}) {
    replica->Wait();
    EXPECT_EQ(replica->Unseal("ada", before), "one");
    EXPECT_EQ(replica->Unseal("bob", meanwhile), "two");
  }
}

TEST_F(SharedKeysTest, ANewGenerationIsUsedByAllWithinASecond) {
  const std::string before = one_->Seal("ada", "one");
  ASSERT_OK(other_->keys().RotateCustomers(tenant_));
  one_->Wait();
  const std::string after = one_->Seal("ada", "two");
  privacy::SealedView old_view, new_view;
  ASSERT_TRUE(privacy::ReadSealed(before, old_view) && privacy::ReadSealed(after, new_view));
  EXPECT_NE(old_view.key_id, new_view.key_id);
  EXPECT_EQ(other_->Unseal("ada", after), "two");
}

}  // namespace
}  // namespace clientele::ingestion
