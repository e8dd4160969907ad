// A registry on a real store, in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/base/resource_name.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/registry/registry.h"
#include "tests/services/inference/registry/forwarding_version_store.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {

class RegistryFixture : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  // Opens the data anew, as after a restart; `wait` until all that is wanted is loaded or has failed.
  void Open(bool wait = true, std::function<absl::Status(absl::string_view)> before_read_artifact = {}) {
    Close();
    auto store = storage::RocksVersionStore::Open(directory_.path());
    ASSERT_OK(store);
    rocks_ = *std::move(store);
    store_ = std::make_unique<testutil::ForwardingVersionStore>(*rocks_);
    store_->before_read_artifact = std::move(before_read_artifact);
    auto registry = Registry::Open(*store_, clock_);
    ASSERT_OK(registry);
    registry_ = *std::move(registry);
    if (wait) registry_->AwaitLoaded();
  }
  void Close() {
    registry_.reset();
    store_.reset();
    rocks_.reset();
  }
  // Published with `aliases`; its number.
  int64_t PublishChurn(double intercept, std::vector<std::string> aliases = {"champion"}) {
    const std::string bytes = testutil::Serialize(testutil::ChurnModel(intercept));
    const auto version =
        testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, std::move(aliases)), bytes);
    EXPECT_OK(version);
    return version.ok() ? ParseVersionName("name", version->name())->version : 0;
  }
  // Of the champion of `churn`.
  int64_t Champion() {
    const auto found = Resolve(*registry_->Get(), {acme_, "churn", "champion", 0});
    EXPECT_OK(found);
    return found.ok() ? found->version->number : 0;
  }
  v1::ModelAlias DescribeChampion() {
    const auto model = *FindModel(*registry_->Get(), acme_, "churn");
    return DescribeAlias(acme_, "churn", "champion", model->aliases.at("champion"));
  }
  // Of a version of `churn`.
  std::shared_ptr<const Version> Find(int64_t number) {
    const auto found = Resolve(*registry_->Get(), {acme_, "churn", "", number});
    EXPECT_OK(found);
    return found.ok() ? found->version : nullptr;
  }
  // The states of `churn`, by their first letters, once they are those expected, or what they are after a while.
  std::string States(const std::string& expected) {
    std::string states;
    for (int i = 0; i < 1000; ++i) {
      states.clear();
      const auto model = *FindModel(*registry_->Get(), acme_, "churn");
      for (int64_t number = 1; number <= model->last_version; ++number) {
        const auto state = Find(number)->metadata.state();
        const std::string name = v1::ModelVersion::State_Name(state).substr(6);
        states += name == "UNLOADING" ? 'u' : name == "UNLOADED" ? 'U' : name[0];
      }
      if (states == expected) break;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return states;
  }
  int CountFiles() {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path() + "/artifacts")) {
      files += entry.is_regular_file();
    }
    return files;
  }
  std::string FileOf(const std::string& bytes) {
    return absl::StrCat(directory_.path(), "/artifacts/tenants/acme/", Sha256Hex(bytes));
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const ModelName churn_{acme_, "churn"};
  const AliasName champion_{acme_, "churn", "champion"};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  std::unique_ptr<storage::VersionStore> rocks_;
  std::unique_ptr<testutil::ForwardingVersionStore> store_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace clientele::inference
