#include "common/storage/rocksdb/customer_key_store.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/contract/customer_key_store_contract.h"
#include "tests/services/ingestion/memory_key_store.h"

namespace clientele::storage {
namespace {

absl::StatusOr<std::shared_ptr<CustomerKeyStore>> OpenRocks(const std::string& place) {
  auto store = OpenRocksCustomerKeyStore(place);
  if (!store.ok()) return store.status();
  return std::shared_ptr<CustomerKeyStore>(*std::move(store));
}
absl::StatusOr<std::shared_ptr<CustomerKeyStore>> MakeInMemory(const std::string&) {
  return std::make_shared<MemoryCustomerKeyStore>();
}
INSTANTIATE_TEST_SUITE_P(RocksDb, CustomerKeyStoreContract, ::testing::Values(&OpenRocks));
INSTANTIATE_TEST_SUITE_P(Memory, CustomerKeyStoreContract, ::testing::Values(&MakeInMemory));

const privacy::Digest kAda{1, 2}, kBob{3, 4};

bool FilesHave(const std::string& directory, const std::string& text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    if (bytes.str().find(text) != std::string::npos) return true;
  }
  return false;
}

TEST(RocksCustomerKeyStoreTest, WhatWasWrittenIsThereWhenItIsOpenedAgain) {
  const testutil::TempDir directory;
  const TenantId tenant = *TenantId::Parse("acme");
  uint64_t id = 0;
  {
    ASSERT_OK_AND_ASSIGN(const auto store, OpenRocksCustomerKeyStore(directory.path()));
    id = store->id();
    ASSERT_OK(store->Add(tenant, {{{kAda, {1, 0, "one"}}, {kAda, {2, 1, "two"}}}}));
  }
  ASSERT_OK_AND_ASSIGN(const auto store, OpenRocksCustomerKeyStore(directory.path()));
  EXPECT_EQ(store->id(), id);
  ASSERT_OK_AND_ASSIGN(const auto found, store->Find(tenant, {&kAda, 1}));
  EXPECT_THAT(found[0], ::testing::ElementsAre(CustomerKey{1, 0, "one"}, CustomerKey{2, 1, "two"}));
  const testutil::TempDir another;
  ASSERT_OK_AND_ASSIGN(const auto other, OpenRocksCustomerKeyStore(another.path()));
  EXPECT_NE(other->id(), id);
}

TEST(RocksCustomerKeyStoreTest, PurgedKeysAreInNoFile) {
  const testutil::TempDir directory;
  const TenantId tenant = *TenantId::Parse("acme");
  ASSERT_OK_AND_ASSIGN(const auto store, OpenRocksCustomerKeyStore(directory.path()));
  ASSERT_OK(store->Add(tenant, {{{kAda, {1, 0, "the-key-of-ada"}}, {kBob, {2, 0, "the-key-of-bob"}}}}));
  EXPECT_TRUE(FilesHave(directory.path(), "the-key-of-ada"));
  ASSERT_OK(store->Destroy(tenant, kAda));
  ASSERT_OK(store->Purge(tenant));
  EXPECT_FALSE(FilesHave(directory.path(), "the-key-of-ada"));
  EXPECT_TRUE(FilesHave(directory.path(), "the-key-of-bob"));
  ASSERT_OK(store->Replace(tenant, {{{kBob, {2, 0, "wrapped-anew"}}}}));
  ASSERT_OK(store->Purge(tenant));
  EXPECT_FALSE(FilesHave(directory.path(), "the-key-of-bob"));
  ASSERT_OK(store->Destroy(tenant, kBob));
  ASSERT_OK(store->Purge(tenant));
  EXPECT_FALSE(FilesHave(directory.path(), "wrapped-anew")) << "also of a tenant's last customer";
}

}  // namespace
}  // namespace clientele::storage
