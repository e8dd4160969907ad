// How many current scores a second one thread makes of a stream of customers: features into cells, a score with its
// three reasons, the row and its change into a synced RocksDB. Customers are in memory, as if ingestion cost nothing.
//
//   rescoring_benchmark    a first run, where every score is new; and a later one, where all are as before
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/rocksdb/current_score_store.h"
#include "common/storage/rocksdb/override_store.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/rescoring/rescore_pass.h"
#include "tests/services/inference/rescoring/fake_customers.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

constexpr int kCustomers = 20'000;

// One shard of a tenant with a champion.
class Bench {
 public:
  Bench() {
    const std::string bytes = testutil::Serialize(testutil::ChurnModel(-1));
    testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, {"champion"}), bytes).value();
    customers_.chunk_rows = 1'000;
    for (int i = 0; static_cast<int>(customers_.customers.size()) < kCustomers; ++i) {
      const std::string id = absl::StrCat("C", i);
      if (ShardOf(acme_, id) != 0) continue;
      customers_.customers[id] = {static_cast<float>(i % 97), static_cast<float>(i % 7), i % 3 == 0 ? "pro" : ""};
    }
  }
  bool Run() {
    clock_.Advance(absl::Hours(24));
    const auto tally = pass_.Run(acme_, {"churn"}, clock_.Now(), {0, 1}, StopToken(), [] { return absl::OkStatus(); });
    return tally.ok() && tally->counts.scores() == kCustomers;
  }

 private:
  const TenantId acme_ = *TenantId::Parse("acme");
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
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
  std::unique_ptr<storage::CurrentScoreStore> store_ = *storage::OpenRocksCurrentScoreStore(directory_.File("scores"));
  CurrentScores scores_{*store_, *registry_, suppressions_, guard_, *overrides_};
  RescorePass pass_{customers_, *registry_, tiers_, score_metrics_, guard_, scores_, clock_};
};

void Run(benchmark::State& state, bool first) {
  auto bench = std::make_unique<Bench>();
  if (!first && !bench->Run()) return state.SkipWithError("the run failed");
  for (auto _ : state) {
    if (!bench->Run()) return state.SkipWithError("the run failed");
    if (!first) continue;
    state.PauseTiming();
    bench = std::make_unique<Bench>();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kCustomers);
}

BENCHMARK_CAPTURE(Run, new_scores, true)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK_CAPTURE(Run, same_scores, false)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);

}  // namespace
}  // namespace clientele::inference

BENCHMARK_MAIN();
