#include "services/ingestion/keys/key_rotation.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "services/ingestion/keys/batch_keys.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

size_t TenantKeysOf(testutil::MemoryKeys& keys, const TenantId& tenant) { return (*keys->Find(tenant))->keys.size(); }

void AwaitOneKey(testutil::MemoryKeys& keys, const TenantId& tenant) {
  for (int i = 0; i < 5'000 && TenantKeysOf(keys, tenant) != 1; ++i) absl::SleepFor(absl::Milliseconds(2));
  EXPECT_EQ(TenantKeysOf(keys, tenant), 1u);
}

TEST(KeyRotationTest, WrapsAnewWhatIsLeftAtTheStartAndWhatComes) {
  const TenantId tenant = *TenantId::Parse("acme");
  testutil::MemoryKeys keys;
  ASSERT_OK_AND_ASSIGN(const auto tenant_keys, keys->Make(tenant));
  BatchKeys batch(*keys, *tenant_keys);
  std::string sealed;
  ASSERT_OK(batch.Seal({1, 2}, "place", "text", sealed));
  ASSERT_OK(batch.Finish());
  ASSERT_OK(keys->RotateTenant(tenant));
  KeyRotation rotation(*keys);
  AwaitOneKey(keys, tenant);
  ASSERT_OK(keys->RotateTenant(tenant));
  rotation.Begin();
  AwaitOneKey(keys, tenant);
  const privacy::Digest customer{1, 2};
  ASSERT_OK_AND_ASSIGN(const auto stored, keys.store.Find(tenant, {&customer, 1}));
  EXPECT_FALSE(IsPending(**keys->Find(tenant), stored[0][0]));
}

}  // namespace
}  // namespace clientele::ingestion
