// A dataset in parts, which threads hold.
#pragma once

#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "services/training/communicator/thread_communicator.h"

namespace clientele::testutil {

// What `run(rank)` gives on each of so many ranks, which are threads.
template <typename Result>
std::vector<Result> OnRanks(int ranks, const std::function<Result(int rank)>& run) {
  std::vector<std::optional<Result>> results(ranks);
  std::vector<std::thread> others;
  for (int rank = 1; rank < ranks; ++rank) {
    others.emplace_back([&, rank] { results[rank].emplace(run(rank)); });
  }
  results[0].emplace(run(0));
  for (std::thread& other : others) other.join();
  std::vector<Result> all;
  for (auto& result : results) all.push_back(*std::move(result));
  return all;
}

// A part of a dataset: its shards, and what is known of the whole.
inline dataset::Dataset PartOf(dataset::Dataset whole, int rank, int ranks) {
  for (int s = 0; s < kShardCount; ++s) {
    const bool own = s >= dataset::FirstShard(rank, ranks) && s < dataset::FirstShard(rank + 1, ranks);
    if (!own) whole.shards[s] = dataset::Shard();
  }
  return whole;
}

// What `run` gives on each of so many parts of `whole`.
template <typename Result>
std::vector<Result> OnParts(const dataset::Dataset& whole, int ranks,
                            const std::function<Result(const dataset::Dataset& part, dataset::Parts& parts)>& run) {
  const auto group = training::MakeThreadGroup(ranks, absl::Seconds(60));
  return OnRanks<Result>(ranks, [&](int rank) { return run(PartOf(whole, rank, ranks), *group[rank]); });
}

}  // namespace clientele::testutil
