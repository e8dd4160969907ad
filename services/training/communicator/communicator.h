// How the ranks of one training job talk: six collectives that every rank calls in the same order. Local training is a
// group of one; learners are the same code for 1 rank and for many.
//
// Nothing is reduced over ranks in arrival order. Sums go over 256 shards in shard order (learners/shard_sums.h, on top
// of FoldInRankOrder): the same bits for any number of ranks.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace clientele::training {

// One thread of a rank calls it; Abort may be called from any. Every collective: ABORTED with the cause once any rank has
// aborted, DEADLINE_EXCEEDED when a rank does not come within the group's timeout, INVALID_ARGUMENT when the ranks call
// different collectives or with sizes that do not fit. Each of these wakes all ranks and ends the group.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  virtual absl::Status Barrier() = 0;
  // `bytes` of `root` reach every rank.
  virtual absl::Status Broadcast(int root, std::string& bytes) = 0;
  // Element by element: the same on every rank. NaN is not allowed.
  virtual absl::Status AllReduceMax(absl::Span<double> values) = 0;
  // `values` go from rank to rank: each hands on what `add` made of what it was given, rank 0 of its own; what the last rank
  // made of them reaches every rank. Over the network: `values` twice a rank, whatever the ranks add.
  virtual absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) = 0;
  // What every rank gave, in rank order, on every rank.
  virtual absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) = 0;
  // The same on `root`; nothing elsewhere. For what one rank alone has room for.
  virtual absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) = 0;

  // Wakes every rank that waits or will wait, with ABORTED and this cause. The first cause stays.
  virtual void Abort(const absl::Status& cause) = 0;
};

}  // namespace clientele::training
