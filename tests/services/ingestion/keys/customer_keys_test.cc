// Keys of all levels: drawn, found, rotated, destroyed.
#include "services/ingestion/keys/customer_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/privacy/sealed.h"
#include "services/ingestion/keys/batch_keys.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testutil::MasterKeyOf;
using testutil::StatusIs;

class CustomerKeysTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(MasterKeyOf('1')); }
  void Open(privacy::MasterKeys master, CustomerKeysOptions options = {}) {
    keys_.reset();
    ASSERT_OK_AND_ASSIGN(
        keys_, CustomerKeys::Open(
                   store_, std::move(master), clock_, [this](const TenantId&) { return had_records_; }, options));
  }

  // Two master keys, the first of them the newest.
  static privacy::MasterKeys Both(char newest, char older) {
    return privacy::MasterKeys::Parse(absl::StrCat(std::string(64, newest), "\n", std::string(64, older)), "f").value();
  }

  privacy::Digest DigestOf(absl::string_view customer) {
    return (*keys_->Make(tenant_))->customer_digests.Of(customer);
  }
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
    const auto key = keys_->FindKey(tenant_, DigestOf(customer), view.key_id);
    EXPECT_OK(key);
    if (!key.ok() || !key->has_value()) return "";
    const auto opened = privacy::Open(**key, "place", view);
    EXPECT_TRUE(opened.has_value());
    return opened.value_or("wrong");
  }
  static uint64_t KeyIdOf(absl::string_view sealed) {
    privacy::SealedView view;
    EXPECT_TRUE(privacy::ReadSealed(sealed, view));
    return view.key_id;
  }

  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::ManualClock clock_;
  storage::MemoryCustomerKeyStore store_;
  bool had_records_ = false;
  std::unique_ptr<CustomerKeys> keys_;
};

TEST_F(CustomerKeysTest, ACustomerHasOneKeyThatOpensWhatItSealed) {
  const std::string first = Seal("ada", "one"), second = Seal("ada", "two"), other = Seal("bob", "three");
  EXPECT_EQ(KeyIdOf(first), KeyIdOf(second));
  EXPECT_NE(KeyIdOf(first), KeyIdOf(other));
  EXPECT_EQ(Unseal("ada", first), "one");
  EXPECT_EQ(Unseal("ada", second), "two");
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 1);
  EXPECT_EQ(Unseal("bob", first), "") << "no key of another customer opens it";
  Open(MasterKeyOf('1'));
  EXPECT_EQ(Unseal("ada", first), "one");
  EXPECT_EQ(Unseal("bob", other), "three");
}

TEST_F(CustomerKeysTest, AKeyMovedToAnotherCustomerOpensNothing) {
  Seal("ada", "one");
  Seal("bob", "two");
  const std::vector<privacy::Digest> both = {DigestOf("ada"), DigestOf("bob")};
  const auto stored = *store_.Find(tenant_, both);
  ASSERT_OK(store_.Destroy(tenant_, both[1]));
  ASSERT_OK(store_.Add(tenant_, {{{both[1], stored[0][0]}}}));
  Open(MasterKeyOf('1'));
  EXPECT_THAT(keys_->FindCustomer(tenant_, both[1]), StatusIs(absl::StatusCode::kInternal, HasSubstr("damaged")));
}

TEST_F(CustomerKeysTest, ADestroyedCustomersValuesOpenNoMoreAndOthersDo) {
  const std::string ada = Seal("ada", "one"), bob = Seal("bob", "two");
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  EXPECT_EQ(Unseal("ada", ada), "");
  EXPECT_EQ(Unseal("bob", bob), "two");
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 0);
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  ASSERT_OK(keys_->Destroy(*TenantId::Parse("nobody"), "ada"));
  const std::string anew = Seal("ada", "again");
  EXPECT_EQ(Unseal("ada", anew), "again");
  EXPECT_EQ(Unseal("ada", ada), "") << "new keys do not open what the old ones sealed";
}

TEST_F(CustomerKeysTest, WhatWasSealedBeforeADestructionIsNotWrittenAfterIt) {
  CustomerKeys::Use before, others, after;
  Seal("ada", "one", &before);
  Seal("bob", "two", &others);
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  Seal("ada", "three", &after);
  const CustomerKeys::Hold hold(*keys_);
  EXPECT_THAT(keys_->CheckThere(tenant_, before, hold),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("send it again")));
  EXPECT_OK(keys_->CheckThere(tenant_, others, hold));
  EXPECT_OK(keys_->CheckThere(tenant_, after, hold));
}

TEST_F(CustomerKeysTest, DestroyingWaitsForWhoIsWriting) {
  Seal("ada", "one");
  auto hold = std::make_unique<CustomerKeys::Hold>(*keys_);
  std::thread destroying([this] { EXPECT_OK(keys_->Destroy(tenant_, "ada")); });
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 1);
  hold.reset();
  destroying.join();
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 0);
}

TEST_F(CustomerKeysTest, ANewMasterKeyWrapsAndTheOldOneMayGo) {
  const std::string sealed = Seal("ada", "one");
  ASSERT_OK(keys_->RotateMaster(Both('2', '1')));
  EXPECT_EQ(Unseal("ada", sealed), "one");
  const std::string later = Seal("ada", "two");
  EXPECT_EQ(KeyIdOf(later), KeyIdOf(sealed)) << "customers' keys are untouched";
  Open(MasterKeyOf('2'));
  EXPECT_EQ(Unseal("ada", sealed), "one");
  EXPECT_EQ(Unseal("ada", later), "two");
  const auto old = CustomerKeys::Open(store_, MasterKeyOf('1'), clock_, [](const TenantId&) { return false; });
  EXPECT_THAT(old, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("put it back in")));
}

TEST_F(CustomerKeysTest, AMasterKeyThatLacksTheOldOneIsRefusedAndNothingChanges) {
  const std::string sealed = Seal("ada", "one");
  EXPECT_THAT(keys_->RotateMaster(MasterKeyOf('3')), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Unseal("ada", sealed), "one");
  Open(MasterKeyOf('1'));
  EXPECT_EQ(Unseal("ada", sealed), "one");
}

TEST_F(CustomerKeysTest, ARestartWrapsWithTheNewestMasterKeyToo) {
  const std::string sealed = Seal("ada", "one");
  Open(Both('2', '1'));
  Open(MasterKeyOf('2'));
  EXPECT_EQ(Unseal("ada", sealed), "one");
}

TEST_F(CustomerKeysTest, ANewTenantKeyWrapsCustomersKeysBehindItAndTheOldOneIsDestroyed) {
  std::vector<std::string> sealed;
  for (int i = 0; i < 2'500; ++i) sealed.push_back(Seal(absl::StrCat("c", i), absl::StrCat("text ", i)));
  ASSERT_OK(keys_->RotateTenant(tenant_));
  EXPECT_EQ((*keys_->Find(tenant_))->keys.size(), 2u);
  EXPECT_EQ(Unseal("c7", sealed[7]), "text 7");
  const std::string meanwhile = Seal("new", "meanwhile");
  int asked = 0;
  EXPECT_THAT(keys_->RewrapCustomers(tenant_, [&] { return ++asked == 2; }), StatusIs(absl::StatusCode::kCancelled));
  Open(MasterKeyOf('1'));  // As after a crash in the middle.
  EXPECT_EQ(Unseal("c7", sealed[7]), "text 7");
  ASSERT_OK(keys_->RewrapCustomers(tenant_, [] { return false; }));
  EXPECT_EQ((*keys_->Find(tenant_))->keys.size(), 1u);
  Open(MasterKeyOf('1'));
  for (int i = 0; i < 2'500; ++i) ASSERT_EQ(Unseal(absl::StrCat("c", i), sealed[i]), absl::StrCat("text ", i));
  EXPECT_EQ(Unseal("new", meanwhile), "meanwhile");
}

TEST_F(CustomerKeysTest, NewCustomerKeysSealWhatComesLaterAndOldOnesStillOpen) {
  const std::string before = Seal("ada", "one");
  ASSERT_OK(keys_->RotateCustomers(tenant_));
  const std::string after = Seal("ada", "two"), then = Seal("ada", "three");
  EXPECT_NE(KeyIdOf(before), KeyIdOf(after));
  EXPECT_EQ(KeyIdOf(after), KeyIdOf(then));
  EXPECT_EQ(Unseal("ada", before), "one");
  EXPECT_EQ(Unseal("ada", after), "two");
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 2);
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  EXPECT_EQ(Unseal("ada", before), "");
  EXPECT_EQ(Unseal("ada", after), "");
}

TEST_F(CustomerKeysTest, AKeyThatSealedOftenEnoughIsFollowedByAnother) {
  CustomerKeysOptions options;
  options.seals_per_key = 8;
  Open(MasterKeyOf('1'), options);
  const auto tenant = *keys_->Make(tenant_);
  BatchKeys batch(*keys_, *tenant);
  std::set<uint64_t> ids;
  std::vector<std::string> sealed(400);
  for (std::string& one : sealed) {
    ASSERT_OK(batch.Seal(DigestOf("ada"), "place", "text", one));
    ids.insert(KeyIdOf(one));
  }
  ASSERT_OK(batch.Finish());
  EXPECT_GT(ids.size(), 15u);
  for (const std::string& one : sealed) ASSERT_EQ(Unseal("ada", one), "text");
}

TEST_F(CustomerKeysTest, DigestsOutliveRotation) {
  const privacy::Digest before = DigestOf("ada");
  const auto records = (*keys_->Find(tenant_))->record_digests.Of("x");
  ASSERT_OK(keys_->RotateTenant(tenant_));
  ASSERT_OK(keys_->RewrapCustomers(tenant_, [] { return false; }));
  ASSERT_OK(keys_->RotateMaster(Both('2', '1')));
  EXPECT_EQ(DigestOf("ada"), before);
  EXPECT_EQ((*keys_->Find(tenant_))->record_digests.Of("x"), records);
  EXPECT_FALSE((*keys_->Find(tenant_))->plain_record_digests);
}

TEST_F(CustomerKeysTest, OfATenantThatHadRecordsBeforeItIsRemembered) {
  had_records_ = true;
  Seal("ada", "one");
  had_records_ = false;
  Open(MasterKeyOf('1'));
  EXPECT_TRUE((*keys_->Find(tenant_))->plain_record_digests);
}

TEST_F(CustomerKeysTest, CopiesAreRenewedWhereAKeyIsDestroyedOrWrappedAnew) {
  int renewed = 0;
  CustomerKeysOptions options;
  options.renew_copies = [&] {
    ++renewed;
    return absl::OkStatus();
  };
  Open(MasterKeyOf('1'), options);
  Seal("ada", "one");
  EXPECT_EQ(renewed, 0);
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  EXPECT_EQ(renewed, 1);
  ASSERT_OK(keys_->RotateMaster(Both('2', '1')));
  EXPECT_EQ(renewed, 2);
  ASSERT_OK(keys_->RotateMaster(Both('2', '1')));
  EXPECT_EQ(renewed, 2) << "nothing was to do";
}

TEST_F(CustomerKeysTest, ManyThreadsSealAndOpenWhileKeysRotate) {
  CustomerKeysOptions options;
  options.cached_customers = 4;
  Open(MasterKeyOf('1'), options);
  Seal("c0", "first");
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const std::string customer = absl::StrCat("c", (t + i) % 9), text = absl::StrCat(t, " ", i);
        EXPECT_EQ(Unseal(customer, Seal(customer, text)), text);
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_OK(keys_->RotateTenant(tenant_));
    EXPECT_OK(keys_->RewrapCustomers(tenant_, [] { return false; }));
    EXPECT_OK(keys_->RotateCustomers(tenant_));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CustomerKeysTest, OnlyKeysThatNobodyUsesMeanwhileAreDestroyedAsUnused) {
  CustomerKeys::Use use;
  const std::string ada = Seal("ada", "one"), bob = Seal("bob", "two", &use);
  const std::vector<privacy::Digest> both = {DigestOf("ada"), DigestOf("bob")};
  {
    CustomerKeys::UseWatch watch(*keys_, tenant_);
    {
      const CustomerKeys::Hold hold(*keys_);
      ASSERT_OK(keys_->CheckThere(tenant_, use, hold));
    }
    ASSERT_OK_AND_ASSIGN(const int64_t destroyed, keys_->DestroyUnused(watch, both));
    EXPECT_EQ(destroyed, 1);
  }
  EXPECT_EQ(Unseal("ada", ada), "");
  EXPECT_EQ(Unseal("bob", bob), "two");
  CustomerKeys::UseWatch another(*keys_, tenant_);
  ASSERT_OK_AND_ASSIGN(const int64_t destroyed, keys_->DestroyUnused(another, both));
  EXPECT_EQ(destroyed, 2) << "what was used before it began is not in it";
  EXPECT_EQ(Unseal("bob", bob), "");
}

TEST_F(CustomerKeysTest, WhatWasSealedWithAnUnusedKeyIsNotWrittenOnceItIsDestroyed) {
  CustomerKeys::Use use;
  Seal("ada", "one");
  Seal("ada", "two", &use);  // On its way to the store.
  CustomerKeys::UseWatch watch(*keys_, tenant_);
  ASSERT_OK(keys_->DestroyUnused(watch, {DigestOf("ada")}));
  const CustomerKeys::Hold hold(*keys_);
  EXPECT_THAT(keys_->CheckThere(tenant_, use, hold), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("again")));
}

}  // namespace
}  // namespace clientele::ingestion
