// What every OverrideStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, OverrideStoreContract, ::testing::Values(&OpenRocks));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/override_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenOverrideStore = std::function<absl::StatusOr<std::unique_ptr<OverrideStore>>(const std::string& place)>;

class OverrideStoreContract : public ::testing::TestWithParam<OpenOverrideStore> {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static OverrideName Name(absl::string_view customer, absl::string_view model = "churn",
                           const TenantId& tenant = Tenant()) {
    return {tenant, std::string(model), std::string(customer)};
  }
  absl::Status Append(const OverrideName& name, int64_t revision, bool deleted = false) {
    inference::v1::ScoreOverrideChange change;
    change.set_revision(revision);
    change.set_deleted(deleted);
    change.mutable_score_override()->set_revision(revision);
    change.mutable_score_override()->set_reason(absl::StrCat("of ", name.customer_id, " ", revision));
    return store_->Append(name, change);
  }
  // "churn/ada 2", with the revision.
  std::vector<std::string> Listed(absl::string_view model = "", const OverrideName& after = Name("", ""),
                                  const TenantId& tenant = Tenant()) {
    std::vector<std::string> words;
    EXPECT_OK(store_->List(tenant, model, after, [&](const OverrideName& name, const auto& stands) {
      words.push_back(absl::StrCat(name.model, "/", name.customer_id, " ", stands.revision()));
      return true;
    }));
    return words;
  }
  std::vector<int64_t> Journal(const OverrideName& name, int64_t before = 0, int most = 100) {
    std::vector<int64_t> revisions;
    const auto changes = store_->ReadJournal(name, before, most);
    EXPECT_OK(changes);
    for (const auto& change : *changes) revisions.push_back(change.revision());
    return revisions;
  }

  testutil::TempDir directory_;
  std::unique_ptr<OverrideStore> store_;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(OverrideStoreContract, KeepsWhatStandsAndHowItCameSo) {
  ASSERT_OK(Append(Name("ada"), 1));
  ASSERT_OK(Append(Name("ada"), 2));
  ASSERT_OK(Append(Name("bob"), 1));
  ASSERT_OK(Append(Name("ada", "value"), 1));
  ASSERT_OK(Append(Name("ada", "churn", Tenant("other")), 1));
  ASSERT_OK(Append(Name("bob"), 2, /*deleted=*/true));
  Open();
  EXPECT_THAT(Listed(), ElementsAre("churn/ada 2", "value/ada 1"));
  EXPECT_THAT(Listed("churn"), ElementsAre("churn/ada 2"));
  EXPECT_THAT(Listed("", Name("ada")), ElementsAre("value/ada 1"));
  EXPECT_THAT(Journal(Name("ada")), ElementsAre(2, 1));
  EXPECT_THAT(Journal(Name("bob")), ElementsAre(2, 1)) << "also of what was taken away";
  EXPECT_THAT(Journal(Name("ada"), 2, 1), ElementsAre(1));
  EXPECT_THAT(Journal(Name("ad")), IsEmpty());
  int all = 0;
  ASSERT_OK(store_->ForEach([&](const OverrideName&, const auto&) { ++all; }));
  EXPECT_EQ(all, 3);
}

TEST_P(OverrideStoreContract, TakesOnlyTheNextRevision) {
  EXPECT_EQ(ReasonOf(Append(Name("ada"), 2)), "ETAG_MISMATCH");
  ASSERT_OK(Append(Name("ada"), 1));
  EXPECT_EQ(ReasonOf(Append(Name("ada"), 1)), "ETAG_MISMATCH");
  ASSERT_OK(Append(Name("ada"), 2, /*deleted=*/true));
  ASSERT_OK(Append(Name("ada"), 3)) << "a deletion is one";
  EXPECT_THAT(Listed(), ElementsAre("churn/ada 3"));
}

TEST_P(OverrideStoreContract, ForgetsACustomerWithAllThatWasDecided) {
  ASSERT_OK(Append(Name("ada"), 1));
  ASSERT_OK(Append(Name("ada", "value"), 1));
  ASSERT_OK(Append(Name("ada", "value"), 2, /*deleted=*/true));
  ASSERT_OK(Append(Name("bob"), 1));
  const auto is_ada = [](absl::string_view id) { return id == "ada"; };
  OverrideCounts told;
  EXPECT_FALSE(store_->Forget(Tenant(), is_ada, [](const auto&) { return absl::CancelledError("not yet"); }).ok());
  EXPECT_EQ(Listed().size(), 2u) << "not told, not gone";
  ASSERT_OK(store_->Forget(Tenant(), is_ada, [&](const OverrideCounts& counts) {
    told = counts;
    return absl::OkStatus();
  }));
  EXPECT_EQ(told.overrides, 1);
  EXPECT_EQ(told.changes, 3);
  EXPECT_THAT(Listed(), ElementsAre("churn/bob 1"));
  EXPECT_THAT(Journal(Name("ada", "value")), IsEmpty());
  bool asked = false;
  ASSERT_OK(store_->Forget(Tenant(), is_ada, [&](const auto&) {
    asked = true;
    return absl::OkStatus();
  }));
  EXPECT_FALSE(asked) << "there is nothing any more";
  ASSERT_OK(store_->Purge(Tenant()));
  ASSERT_OK(Append(Name("ada"), 1)) << "as if it never was";
}

}  // namespace clientele::storage
