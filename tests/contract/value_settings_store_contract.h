// What every ValueSettingsStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, ValueSettingsStoreContract, ::testing::Values(&OpenRocksValueSettingsStore));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/value_settings_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenValueSettingsStore =
    std::function<absl::StatusOr<std::unique_ptr<ValueSettingsStore>>(const std::string& place)>;

class ValueSettingsStoreContract : public ::testing::TestWithParam<OpenValueSettingsStore> {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static inference::v1::ValueSettings Settings(int64_t revision, double alpha = 1) {
    inference::v1::ValueSettings settings;
    settings.set_revision(revision);
    settings.set_alpha(alpha);
    settings.set_reason(absl::StrCat("reason ", revision));
    return settings;
  }
  std::vector<int64_t> Revisions(const TenantId& tenant, int64_t before, int most) {
    std::vector<int64_t> numbers;
    const auto revisions = store_->List(tenant, before, most);
    EXPECT_OK(revisions);
    if (!revisions.ok()) return numbers;
    for (const auto& settings : *revisions) numbers.push_back(settings.revision());
    return numbers;
  }

  testutil::TempDir directory_;
  std::unique_ptr<ValueSettingsStore> store_;
};

TEST_P(ValueSettingsStoreContract, KeepsEveryRevisionNewestFirst) {
  EXPECT_THAT(Revisions(Tenant(), 0, 10), ::testing::IsEmpty());
  for (int64_t revision = 1; revision <= 5; ++revision) ASSERT_OK(store_->Append(Tenant(), Settings(revision)));
  EXPECT_THAT(Revisions(Tenant(), 0, 10), ::testing::ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(Revisions(Tenant(), 0, 2), ::testing::ElementsAre(5, 4));
  EXPECT_THAT(Revisions(Tenant(), 4, 2), ::testing::ElementsAre(3, 2));
  EXPECT_THAT(Revisions(Tenant(), 1, 2), ::testing::IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto second, store_->List(Tenant(), 3, 1));
  EXPECT_EQ(second[0].reason(), "reason 2");
}

TEST_P(ValueSettingsStoreContract, TakesOnlyTheNextRevision) {
  EXPECT_THAT(store_->Append(Tenant(), Settings(2)), testutil::StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK(store_->Append(Tenant(), Settings(1, 1)));
  const absl::Status again = store_->Append(Tenant(), Settings(1, 2));
  EXPECT_THAT(again, testutil::StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(again), "ETAG_MISMATCH");
  ASSERT_OK_AND_ASSIGN(const auto kept, store_->List(Tenant(), 0, 1));
  EXPECT_EQ(kept[0].alpha(), 1);
}

TEST_P(ValueSettingsStoreContract, TenantsDoNotSeeEachOther) {
  ASSERT_OK(store_->Append(Tenant("acme"), Settings(1)));
  ASSERT_OK(store_->Append(Tenant("acme-two"), Settings(1)));
  ASSERT_OK(store_->Append(Tenant("acme-two"), Settings(2)));
  EXPECT_THAT(Revisions(Tenant("acme"), 0, 10), ::testing::ElementsAre(1));
  EXPECT_THAT(Revisions(Tenant("acme-two"), 0, 10), ::testing::ElementsAre(2, 1));
  EXPECT_THAT(Revisions(Tenant("acm"), 0, 10), ::testing::IsEmpty());
}

TEST_P(ValueSettingsStoreContract, AfterARestartTheNewestOfEveryTenantIsThere) {
  for (int64_t revision = 1; revision <= 300; ++revision) ASSERT_OK(store_->Append(Tenant("a"), Settings(revision)));
  ASSERT_OK(store_->Append(Tenant("b"), Settings(1)));
  Open();
  std::map<std::string, int64_t> newest;
  ASSERT_OK(store_->ForEachNewest([&](const TenantId& tenant, const inference::v1::ValueSettings& settings) {
    newest[std::string(tenant.value())] = settings.revision();
  }));
  EXPECT_THAT(newest, ::testing::ElementsAre(::testing::Pair("a", 300), ::testing::Pair("b", 1)));
}

TEST_P(ValueSettingsStoreContract, OneOfManyWritersOfARevisionWins) {
  std::atomic<int> won = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] { won += store_->Append(Tenant(), Settings(1, i)).ok(); });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
}

}  // namespace clientele::storage
