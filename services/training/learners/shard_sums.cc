#include "services/training/learners/shard_sums.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <utility>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

// For each of many threads, in a group of one, where shards can be folded as they come: about what a second-level cache
// holds. Fewer would have threads wait for each other more often.
constexpr int64_t kBlockDoubles = 128 << 10;
constexpr int kFewestShards = 4;  // Of a block, for each thread.
// Of fewer rows, waking threads may take longer than a pass over them.
constexpr int64_t kRowsWorthThreads = 20'000;

int UsefulThreads(const TrainingMatrix& matrix, int threads) {
  int64_t rows = 0;
  for (const TrainingShard& shard : matrix.shards) rows += shard.rows;
  return rows < kRowsWorthThreads ? 1 : std::max(threads, 1);
}

}  // namespace

ShardSums::ShardSums(const TrainingMatrix& matrix, Communicator& communicator, int threads, StopToken stop,
                     Journal* journal)
    : matrix_(matrix),
      communicator_(communicator),
      threads_(UsefulThreads(matrix, threads)),
      stop_(std::move(stop)),
      no_journal_(journal == nullptr ? std::make_unique<Journal>() : nullptr),
      journal_(journal == nullptr ? no_journal_.get() : journal) {}

absl::Status ShardSums::ComputeShards(int first, int last, int64_t width, Compute compute,
                                      std::vector<double>& results) const {
  results.assign((last - first) * width, 0.0);
  std::atomic<bool> stopped = false;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_)
  for (int shard = first; shard < last; ++shard) {
    if (matrix_.shards[shard].rows == 0 || stopped.load(std::memory_order_relaxed)) continue;
    if (!stop_.Check().ok()) {
      stopped.store(true, std::memory_order_relaxed);
      continue;
    }
    compute(shard, absl::MakeSpan(results.data() + (shard - first) * width, width));
  }
  if (!stopped.load()) return absl::OkStatus();
  const absl::Status status = stop_.Check();
  communicator_.Abort(status);
  return status;
}

absl::StatusOr<std::vector<double>> ShardSums::Sum(int64_t width, Compute compute) const {
  const int begin = FirstShard(communicator_.rank(), communicator_.size());
  const int end = FirstShard(communicator_.rank() + 1, communicator_.size());
  // A rank that waits for others' sums keeps those of all its shards; alone they can be folded as they come.
  const int64_t fewest = kFewestShards * threads_;
  const int64_t fitting =
      threads_ == 1 ? fewest : std::clamp<int64_t>(kBlockDoubles * threads_ / width, fewest, kShardCount);
  const int block = communicator_.size() > 1 ? kShardCount : static_cast<int>(fitting);
  std::vector<double> sums(width, 0.0);
  std::vector<double> results;
  const auto fold = [&](absl::Span<double> totals) {
    for (size_t first = 0; first < results.size(); first += width) {
      for (int64_t i = 0; i < width; ++i) totals[i] += results[first + i];
    }
  };
  for (int first = begin; first < end; first += block) {
    CLIENTELE_RETURN_IF_ERROR(ComputeShards(first, std::min(first + block, end), width, compute, results));
    if (communicator_.size() == 1) fold(absl::MakeSpan(sums));
  }
  if (communicator_.size() == 1) {
    CLIENTELE_RETURN_IF_ERROR(communicator_.Barrier());  // Says whether the group was aborted.
  } else {
    CLIENTELE_RETURN_IF_ERROR(communicator_.FoldInRankOrder(absl::MakeSpan(sums), fold));
  }
  return sums;
}

absl::StatusOr<std::vector<double>> ShardSums::Gather(int64_t width, Compute compute) const {
  const int first = FirstShard(communicator_.rank(), communicator_.size());
  const int last = FirstShard(communicator_.rank() + 1, communicator_.size());
  std::vector<double> mine;
  CLIENTELE_RETURN_IF_ERROR(ComputeShards(first, last, width, compute, mine));
  if (communicator_.size() == 1) {
    CLIENTELE_RETURN_IF_ERROR(communicator_.Barrier());
    return mine;
  }
  const std::string bytes(reinterpret_cast<const char*>(mine.data()), mine.size() * sizeof(double));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> all, communicator_.AllGather(bytes));
  std::vector<double> results(kShardCount * width);
  size_t filled = 0;
  for (const std::string& part : all) {
    if (filled + part.size() > results.size() * sizeof(double)) break;
    std::memcpy(reinterpret_cast<char*>(results.data()) + filled, part.data(), part.size());
    filled += part.size();
  }
  if (filled != results.size() * sizeof(double)) {
    const absl::Status status = absl::InvalidArgumentError("the ranks disagree on the width of a sum");
    communicator_.Abort(status);
    return status;
  }
  return results;
}

}  // namespace clientele::training
