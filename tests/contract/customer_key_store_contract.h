// What every CustomerKeyStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, CustomerKeyStoreContract, ::testing::Values(&OpenInDirectory));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/customer_key_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// Opens a backend on a place that keeps its data: opened again, it has what was there. One that keeps nothing is made
// once.
using OpenCustomerKeyStore = std::function<absl::StatusOr<std::shared_ptr<CustomerKeyStore>>(const std::string& place)>;

class CustomerKeyStoreContract : public ::testing::TestWithParam<OpenCustomerKeyStore> {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path())); }

  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static privacy::Digest Customer(uint64_t number) { return {number, ~number}; }
  static CustomerKey Key(uint64_t id, absl::string_view wrapped = "wrapped") {
    return {id, static_cast<int64_t>(id % 3), absl::StrCat(wrapped, " ", id)};
  }
  std::vector<CustomerKey> KeysOf(uint64_t customer, const TenantId& tenant = Tenant()) {
    const privacy::Digest digest = Customer(customer);
    const auto found = store_->Find(tenant, {&digest, 1});
    EXPECT_OK(found);
    return found.ok() ? found->front() : std::vector<CustomerKey>();
  }
  std::vector<std::string> Everything(const TenantId& tenant) {
    std::vector<std::string> all;
    EXPECT_OK(store_->ForEach(tenant, [&](const privacy::Digest& customer, const std::vector<CustomerKey>& keys) {
      for (const CustomerKey& key : keys) all.push_back(absl::StrCat(customer.low, ":", key.id, ":", key.wrapped));
      return true;
    }));
    return all;
  }

  testutil::TempDir directory_;
  std::shared_ptr<CustomerKeyStore> store_;
};

TEST_P(CustomerKeyStoreContract, KeysOfACustomerAreFoundInTheOrderTheyCame) {
  EXPECT_THAT(KeysOf(1), ::testing::IsEmpty());
  ASSERT_OK(store_->Add(Tenant(), {{{Customer(1), Key(10)}, {Customer(2), Key(20)}, {Customer(1), Key(11)}}}));
  ASSERT_OK(store_->Add(Tenant(), {{{Customer(1), Key(3)}}}));
  EXPECT_THAT(KeysOf(1), ::testing::ElementsAre(Key(10), Key(11), Key(3)));
  const std::vector<privacy::Digest> both = {Customer(2), Customer(9), Customer(1)};
  ASSERT_OK_AND_ASSIGN(const auto found, store_->Find(Tenant(), both));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(found[0], ::testing::ElementsAre(Key(20)));
  EXPECT_THAT(found[1], ::testing::IsEmpty());
  EXPECT_EQ(found[2].size(), 3u);
}

TEST_P(CustomerKeyStoreContract, ADestroyedKeyIsGoneAndTheOthersStay) {
  ASSERT_OK(store_->Add(Tenant(), {{{Customer(1), Key(10)}, {Customer(1), Key(11)}, {Customer(2), Key(20)}}}));
  ASSERT_OK_AND_ASSIGN(const int64_t destroyed, store_->Destroy(Tenant(), Customer(1)));
  EXPECT_EQ(destroyed, 2);
  EXPECT_THAT(KeysOf(1), ::testing::IsEmpty());
  EXPECT_THAT(KeysOf(2), ::testing::ElementsAre(Key(20)));
  ASSERT_OK(store_->Purge(Tenant()));
  ASSERT_OK_AND_ASSIGN(const int64_t again, store_->Destroy(Tenant(), Customer(1)));
  EXPECT_EQ(again, 0);
  ASSERT_OK(store_->Add(Tenant(), {{{Customer(1), Key(12)}}}));
  EXPECT_THAT(KeysOf(1), ::testing::ElementsAre(Key(12))) << "who comes back has new keys alone";
}

TEST_P(CustomerKeyStoreContract, WhatIsReplacedKeepsItsPlaceAndWhatIsGoneDoesNotComeBack) {
  ASSERT_OK(store_->Add(Tenant(), {{{Customer(1), Key(10)}, {Customer(1), Key(11)}, {Customer(2), Key(20)}}}));
  ASSERT_OK(store_->Destroy(Tenant(), Customer(2)));
  ASSERT_OK(store_->Replace(Tenant(), {{{Customer(1), Key(10, "anew")},
                                        {Customer(1), Key(99, "anew")},
                                        {Customer(2), Key(20, "anew")},
                                        {Customer(3), Key(30, "anew")}}}));
  EXPECT_THAT(KeysOf(1), ::testing::ElementsAre(Key(10, "anew"), Key(11)));
  EXPECT_THAT(KeysOf(2), ::testing::IsEmpty());
  EXPECT_THAT(KeysOf(3), ::testing::IsEmpty());
}

TEST_P(CustomerKeyStoreContract, TenantsDoNotSeeEachOther) {
  ASSERT_OK(store_->Add(Tenant("acme"), {{{Customer(1), Key(10)}}}));
  ASSERT_OK(store_->Add(Tenant("acme-two"), {{{Customer(1), Key(20)}, {Customer(2), Key(21)}}}));
  EXPECT_THAT(KeysOf(1, Tenant("acme")), ::testing::ElementsAre(Key(10)));
  EXPECT_THAT(Everything(Tenant("acme-two")), ::testing::ElementsAre("1:20:wrapped 20", "2:21:wrapped 21"));
  EXPECT_THAT(Everything(Tenant("acm")), ::testing::IsEmpty());
  ASSERT_OK(store_->Destroy(Tenant("acme"), Customer(1)));
  EXPECT_THAT(KeysOf(1, Tenant("acme-two")), ::testing::ElementsAre(Key(20)));
}

TEST_P(CustomerKeyStoreContract, TenantsKeysAreChangedInOneStep) {
  EXPECT_THAT(store_->GetTenant(Tenant()), testutil::StatusIs(absl::StatusCode::kNotFound));
  const auto count = [](ingestion::v1::StoredTenantKeys& keys) {
    keys.set_generation(keys.generation() + 1);
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(const auto changed, store_->ChangeTenant(Tenant(), count));
  EXPECT_EQ(changed.generation(), 1);
  EXPECT_THAT(store_->ChangeTenant(Tenant(),
                                   [](ingestion::v1::StoredTenantKeys& keys) {
                                     keys.set_generation(7);
                                     return absl::AbortedError("no");
                                   }),
              testutil::StatusIs(absl::StatusCode::kAborted));
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int j = 0; j < 10; ++j) EXPECT_OK(store_->ChangeTenant(Tenant(), count));
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(store_->GetTenant(Tenant())->generation(), 41);
  ASSERT_OK(store_->ChangeTenant(Tenant("a"), count));
  EXPECT_THAT(*store_->ListTenants(), ::testing::ElementsAre(Tenant("a"), Tenant("acme")));
}

TEST_P(CustomerKeyStoreContract, KeysThatManyAddAtOnceAreAllThere) {
  std::vector<std::thread> writers;
  for (uint64_t writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      for (uint64_t i = 0; i < 25; ++i) {
        const KeyOfCustomer added[] = {{Customer(1), Key(writer * 100 + i)}, {Customer(2 + i), Key(1000 + writer)}};
        EXPECT_OK(store_->Add(Tenant(), added));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(KeysOf(1).size(), 100u);
  EXPECT_EQ(Everything(Tenant()).size(), 200u);
}

}  // namespace clientele::storage
