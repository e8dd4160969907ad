#include "services/training/learners/shard_sums.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <utility>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

// Bounds the memory of wide sums in a group of one, where shards can be folded as they come.
constexpr int64_t kBlockDoubles = 4 << 20;
// Of fewer rows, waking threads may take longer than a pass over them.
constexpr int64_t kRowsWorthThreads = 20'000;

int UsefulThreads(const TrainingMatrix& matrix, int threads) {
  int64_t rows = 0;
  for (const TrainingShard& shard : matrix.shards) rows += shard.rows;
  return rows < kRowsWorthThreads ? 1 : std::max(threads, 1);
}

void AddTo(absl::Span<const double> values, std::vector<double>& sums) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += values[i];
}

}  // namespace

ShardSums::ShardSums(const TrainingMatrix& matrix, Communicator& communicator, int threads, StopToken stop)
    : matrix_(matrix),
      communicator_(communicator),
      threads_(UsefulThreads(matrix, threads)),
      stop_(std::move(stop)) {}

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
  std::vector<double> sums(width, 0.0);
  std::vector<double> results;
  if (communicator_.size() > 1) {
    CLIENTELE_ASSIGN_OR_RETURN(results, Gather(width, compute));
    for (int shard = 0; shard < kShardCount; ++shard) {
      AddTo(absl::MakeConstSpan(results.data() + shard * width, width), sums);
    }
    return sums;
  }
  const int block = static_cast<int>(std::clamp<int64_t>(kBlockDoubles / width, 4 * threads_, kShardCount));
  for (int first = 0; first < kShardCount; first += block) {
    const int last = std::min(first + block, kShardCount);
    CLIENTELE_RETURN_IF_ERROR(ComputeShards(first, last, width, compute, results));
    for (int shard = first; shard < last; ++shard) {
      AddTo(absl::MakeConstSpan(results.data() + (shard - first) * width, width), sums);
    }
  }
  CLIENTELE_RETURN_IF_ERROR(communicator_.Barrier());
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
