// What rescoring stands on: real stores, registry and engine, and customers in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/rocksdb/current_score_store.h"
#include "common/storage/rocksdb/override_store.h"
#include "common/storage/rocksdb/rescore_store.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/rescoring/rescorer.h"
#include "tests/services/inference/rescoring/fake_customers.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {

// Tenant acme: 300 customers, models of churn and value, tiers high and low.
class RescoringTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Publish("churn", testutil::ChurnModel(-1));
    Publish("value", testutil::ValueModel());
    for (int i = 0; i < 300; ++i) {
      customers_.customers[absl::StrCat("C", i)] = {static_cast<float>(i % 97), static_cast<float>(i % 7),
                                                    i % 3 == 0 ? "pro" : ""};
    }
    v1::ValueSettings settings;
    for (const auto& [tier, percentile] : {std::pair("high", 80.0), std::pair("low", 0.0)}) {
      auto& rule = *settings.add_tiers();
      rule.set_tier(tier);
      rule.set_at_least_percentile(percentile);
    }
    tiers_.Set(acme_, std::make_shared<const TierRules>(settings.tiers()));
  }
  void Publish(const std::string& id, const model::v1::ModelArtifact& artifact) {
    const std::string bytes = testutil::Serialize(artifact);
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, id, bytes, {"champion"}), bytes));
  }
  std::unique_ptr<Rescorer> Worker(const std::string& id, bool alone = true) {
    return std::make_unique<Rescorer>(Rescorer::Parts{*store_, book_, pass_, scores_, *registry_, clock_, metrics_},
                                      inference::Worker{id, alone},
                                      /*share=*/1);
  }
  v1::RescoreJob Create(const std::string& id = "now") {
    const auto job = book_.CreateJob(acme_, id, {});
    EXPECT_OK(job);
    return *job;
  }
  v1::RescoreJob Get(const std::string& id) { return *store_->GetJob(acme_, id); }
  // Until there is nothing to do for now.
  static void Work(Rescorer& rescorer) {
    while (rescorer.StepJobs()) {
    }
  }
  v1::CurrentScore ScoreOf(const std::string& customer, const std::string& model = "churn") {
    const auto score = current_store_->Get({acme_, model, customer});
    EXPECT_OK(score);
    return score.ok() ? *score : v1::CurrentScore();
  }
  std::vector<storage::ScoreChange> Changes(int64_t after = 0) {
    return *current_store_->ReadChanges(acme_, after, 10'000);
  }
  void Suppress(const std::string& customer) {
    ingestion::v1::Erasure erasure;
    erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
    suppressions_.Apply(acme_, key_, key_.Of(customer), erasure, /*records_gone=*/true);
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const privacy::DigestKey key_ = privacy::DigestKey::Draw().value();
  testutil::TempDir directory_;
  testutil::ManualClock clock_{absl::FromUnixSeconds(1'795'651'200)};  // 2026-11-26 00:00 UTC.
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  TierBook tiers_;
  Suppressions suppressions_;
  privacy::OptOuts opt_outs_;
  const ScoringGuard guard_{suppressions_, opt_outs_};
  testutil::FakeCustomers customers_;
  std::unique_ptr<storage::RocksVersionStore> versions_ = *storage::RocksVersionStore::Open(directory_.File("models"));
  std::unique_ptr<Registry> registry_ = *Registry::Open(*versions_, clock_);
  std::unique_ptr<storage::OverrideStore> override_store_ =
      *storage::OpenRocksOverrideStore(directory_.File("overrides"));
  std::unique_ptr<OverrideBook> overrides_ = *OverrideBook::Open(*override_store_, suppressions_, clock_);
  std::unique_ptr<storage::CurrentScoreStore> current_store_ =
      *storage::OpenRocksCurrentScoreStore(directory_.File("current_scores"));
  std::unique_ptr<storage::RescoreStore> store_ = *storage::OpenRocksRescoreStore(directory_.File("rescoring"));
  CurrentScores scores_{*current_store_, *registry_, suppressions_, guard_, *overrides_};
  RescoreBook book_{*store_, *registry_, clock_};
  RescorePass pass_{customers_, *registry_, tiers_, score_metrics_, guard_, scores_, clock_};
};

}  // namespace clientele::inference
