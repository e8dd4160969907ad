// Ranks of a training job as threads of one process, over datasets that a test holds in its hands.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/training/communicator/thread_communicator.h"
#include "services/training/pipeline.h"
#include "services/training/ranks/job_ranks.h"
#include "services/training/ranks/merge_purchases.h"
#include "tests/common/dataset/part_threads.h"
#include "tests/testing/manual_clock.h"

namespace clientele::testutil {

// Shards [first, first + count) as ingestion would send them: categories numbered by who comes first among those
// shards.
inline dataset::Dataset ShardsOf(const dataset::Dataset& whole, int first, int count) {
  auto builder = *dataset::DatasetBuilder::Create(whole.header);
  std::vector<std::vector<std::string>> seen(whole.category_columns);
  for (int s = first; s < first + count; ++s) {
    const dataset::Shard& shard = whole.shards[s];
    common::v1::DatasetChunk chunk;
    chunk.set_shard(s);
    for (const absl::string_view id : shard.customer_ids) chunk.add_customer_ids(std::string(id));
    *chunk.mutable_numbers() = {shard.numbers.begin(), shard.numbers.end()};
    *chunk.mutable_labels() = {shard.labels.begin(), shard.labels.end()};
    *chunk.mutable_auxiliary_labels() = {shard.auxiliary_labels.begin(), shard.auxiliary_labels.end()};
    for (size_t i = 0; i < shard.categories.size(); ++i) {
      if (shard.categories[i] == dataset::kMissingCategory) {
        chunk.add_categories(0);
        continue;
      }
      const int column = static_cast<int>(i) % whole.category_columns;
      const std::string& text = whole.dictionaries[column][shard.categories[i] - 1];
      auto at = std::find(seen[column].begin(), seen[column].end(), text);
      if (at == seen[column].end()) {
        at = seen[column].insert(at, text);
        auto& entry = *chunk.add_new_categories();
        entry.set_column(column);
        entry.set_value(text);
      }
      chunk.add_categories(static_cast<uint32_t>(at - seen[column].begin()) + 1);
    }
    if (chunk.customer_ids_size() > 0 && !builder.Add(chunk).ok()) std::abort();
  }
  return std::move(builder).Build();
}

// Gives shards of a dataset (its purchases through time are by days), by the instant that is asked for. Thread-safe:
// immutable.
class FakeShards final : public training::ShardSource {
 public:
  explicit FakeShards(std::vector<dataset::Dataset> datasets) : datasets_(std::move(datasets)) {}

  absl::StatusOr<dataset::Dataset> ReadShards(const TenantId&, const common::v1::DatasetSpec& spec, int first,
                                              int count, const StopToken&,
                                              absl::FunctionRef<void(int64_t, double)>) override {
    for (const dataset::Dataset& dataset : datasets_) {
      if (dataset.header.as_of().seconds() != spec.as_of().seconds()) continue;
      dataset::Dataset part = ShardsOf(dataset, first, count);
      // Purchases through time are the first rank's; the others' customers have bought nothing.
      if (dataset.purchase_series.has_value()) {
        training::PurchaseMerger purchases;
        if (first == 0) CLIENTELE_RETURN_IF_ERROR(purchases.Add(*dataset.purchase_series));
        part.purchase_series = purchases.InBins(spec.purchase_series_days());
      }
      return part;
    }
    return absl::NotFoundError("there is no dataset as of then");
  }

 private:
  const std::vector<dataset::Dataset> datasets_;
};

struct RankOptions {
  int ranks = 1;
  int threads = 1;
  std::string checkpoints = "";  // The folder; empty: none.
  absl::Duration interval = absl::ZeroDuration();
  StopToken stop = {};
  std::function<void(const training::TrainingProgress&)> on_progress = {};  // Of the first rank.
};

// What TrainModel says on each of so many ranks: of the first dataset, the second being what a selection learns from.
inline std::vector<absl::StatusOr<training::TrainedModel>> TrainOnEachRank(
    const std::vector<dataset::Dataset>& datasets, const model::v1::TrainingSpec& spec, const RankOptions& options) {
  FakeShards shards(datasets);
  const testutil::ManualClock clock;  // Stands still, so that every note is saved.
  const auto control = training::MakeThreadGroup(options.ranks, absl::Seconds(120));
  const auto learning = training::MakeThreadGroup(options.ranks, absl::Seconds(120));
  const training::CheckpointFiles checkpoints(options.checkpoints, options.interval);
  const auto train = [&](training::JobRanks& team, int rank) -> absl::StatusOr<training::TrainedModel> {
    std::vector<dataset::Dataset> read;
    for (const dataset::Dataset& dataset : datasets) {
      common::v1::DatasetSpec asked = spec.dataset();
      *asked.mutable_as_of() = dataset.header.as_of();
      CLIENTELE_ASSIGN_OR_RETURN(auto part,
                                 team.Read(*TenantId::Parse("acme"), asked, options.stop, [](int64_t, double) {}));
      read.push_back(std::move(part));
    }
    training::TrainingOptions training_options = {.threads = options.threads,
                                                  .stop = options.stop,
                                                  .team = &team,
                                                  .earlier = read.size() > 1 ? &read[1] : nullptr};
    if (rank == 0) training_options.on_progress = options.on_progress;
    return training::TrainModel(read[0], spec, training_options);
  };
  return OnRanks<absl::StatusOr<training::TrainedModel>>(options.ranks, [&](int rank) {
    training::JobRanks team({*control[rank], *learning[rank]}, shards, checkpoints, clock);
    auto trained = train(team, rank);
    const absl::Status ended = team.End(trained.status());
    // Where the ranks have lost one another, each says so; how the job ended is the first one's to say.
    if (trained.ok() && !ended.ok()) trained = ended;
    return trained;
  });
}

// On the first of them.
inline absl::StatusOr<training::TrainedModel> TrainOnRanks(const std::vector<dataset::Dataset>& datasets,
                                                           const model::v1::TrainingSpec& spec,
                                                           const RankOptions& options) {
  return std::move(TrainOnEachRank(datasets, spec, options).front());
}

}  // namespace clientele::testutil
