#include "services/training/learners/kmeans/exact_sums.h"

#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

void AddTo(const int64_t* values, AlignedVector<int64_t>& sums) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += values[i];
}

// Of the shards this rank holds.
absl::StatusOr<AlignedVector<int64_t>> SumOfThreads(const ShardSums& sums, int64_t width, AddShard add) {
  const Communicator& communicator = sums.communicator();
  const int first = FirstShard(communicator.rank(), communicator.size());
  const int last = FirstShard(communicator.rank() + 1, communicator.size());
  AlignedVector<int64_t> total(width, 0);
  std::atomic<bool> stopped = false;
#pragma omp parallel num_threads(sums.threads())
  {
    AlignedVector<int64_t> mine(width, 0);
#pragma omp for schedule(dynamic, 1)
    for (int s = first; s < last; ++s) {
      if (sums.matrix().shards[s].rows == 0 || stopped.load(std::memory_order_relaxed)) continue;
      if (!sums.stop().Check().ok()) {
        stopped.store(true, std::memory_order_relaxed);
        continue;
      }
      add(s, mine.data());
    }
#pragma omp critical
    AddTo(mine.data(), total);
  }
  if (stopped.load()) return sums.stop().Check();
  return total;
}

absl::StatusOr<AlignedVector<int64_t>> SumOfRanks(Communicator& communicator, const AlignedVector<int64_t>& mine) {
  const std::string bytes(reinterpret_cast<const char*>(mine.data()), mine.size() * sizeof(int64_t));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> parts, communicator.AllGather(bytes));
  AlignedVector<int64_t> total(mine.size(), 0), part(mine.size());
  for (const std::string& one : parts) {
    if (one.size() != bytes.size()) return absl::InvalidArgumentError("the ranks disagree on the width of a sum");
    std::memcpy(part.data(), one.data(), one.size());
    AddTo(part.data(), total);
  }
  return total;
}

}  // namespace

absl::StatusOr<AlignedVector<int64_t>> SumIntegers(const ShardSums& sums, int64_t width, AddShard add) {
  Communicator& communicator = sums.communicator();
  absl::StatusOr<AlignedVector<int64_t>> total = SumOfThreads(sums, width, add);
  if (total.ok() && communicator.size() > 1) total = SumOfRanks(communicator, *total);
  if (!total.ok()) {
    communicator.Abort(total.status());
    return total.status();
  }
  if (communicator.size() == 1) CLIENTELE_RETURN_IF_ERROR(communicator.Barrier());
  return total;
}

}  // namespace clientele::training
