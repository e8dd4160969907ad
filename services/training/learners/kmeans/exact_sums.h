// Integer sums over all rows. Unlike those of shard_sums.h they need no order: each thread adds up whatever shards it
// gets, and the bits are the same for any number of threads and ranks.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/aligned_vector.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// Adds a shard's rows to `sums`, which other shards have been added to. Called from many threads, for different shards.
using AddShard = absl::FunctionRef<void(int shard, int64_t* sums)>;

// The sum of `width` integers over all shards of all ranks. Errors: of the stop token, polled once a shard, and of the
// communicator. Cost: `width` integers a thread in memory, and a rank over the network.
absl::StatusOr<AlignedVector<int64_t>> SumIntegers(const ShardSums& sums, int64_t width, AddShard add);

}  // namespace clientele::training
