// Sums over all rows that are the same, bit for bit, for any number of threads and ranks: first inside a shard, in row
// order, then over the shards, in shard order.
#pragma once

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// One thread of a rank uses it; it starts `threads` of its own inside a call.
class ShardSums {
 public:
  // Fills the zeroed `result` from the rows of `shard`. Called from many threads, for different shards.
  using Compute = absl::FunctionRef<void(int shard, absl::Span<double> result)>;

  // `matrix`, `communicator` and `journal` must outlive it. Of few rows a single thread is quicker than many. Null:
  // what is worked out from these sums is not kept.
  ShardSums(const TrainingMatrix& matrix, Communicator& communicator, int threads, StopToken stop,
            Journal* journal = nullptr);

  // The sum of `width` doubles over all shards of all ranks. Shards without rows count as zeros.
  // Errors: of `stop`, polled once a shard, and of the communicator. Cost: width doubles over the network.
  absl::StatusOr<std::vector<double>> Sum(int64_t width, Compute compute) const;

  // What every shard gives, [256 x width], zeros for a shard without rows. Errors as above.
  absl::StatusOr<std::vector<double>> Gather(int64_t width, Compute compute) const;

  const TrainingMatrix& matrix() const { return matrix_; }
  Communicator& communicator() const { return communicator_; }
  int threads() const { return threads_; }
  const StopToken& stop() const { return stop_; }
  // Of what is worked out from these sums.
  Journal& journal() const { return *journal_; }

 private:
  // Computes the shards [first, last) of this rank into `results` [(last - first) x width], in parallel.
  absl::Status ComputeShards(int first, int last, int64_t width, Compute compute, std::vector<double>& results) const;

  const TrainingMatrix& matrix_;
  Communicator& communicator_;
  const int threads_;
  const StopToken stop_;
  const std::unique_ptr<Journal> no_journal_;  // Where none is given.
  Journal* const journal_;
};

}  // namespace clientele::training
