// How the ranks of one training job talk: six collectives that every rank calls in the same order, three of them those
// of dataset::Parts: what a rank holds is a part of the job's datasets. Local training is a group of one; everything
// is the same code for 1 rank and for many.
//
// Nothing is reduced over ranks in arrival order. Sums go over 256 shards in shard order (learners/shard_sums.h, on top
// of FoldInRankOrder): the same bits for any number of ranks.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// One thread of a rank calls it; Abort may be called from any. Every collective: ABORTED with the cause once any rank
// has aborted, DEADLINE_EXCEEDED when a rank does not come within the group's timeout, INVALID_ARGUMENT when the ranks
// call different collectives or with sizes that do not fit. Each of these wakes all ranks and ends the group.
class Communicator : public dataset::Parts {
 public:
  virtual absl::Status Barrier() = 0;
  // `bytes` of `root` reach every rank.
  virtual absl::Status Broadcast(int root, std::string& bytes) = 0;
  // Element by element: the same on every rank. NaN is not allowed.
  virtual absl::Status AllReduceMax(absl::Span<double> values) = 0;
  // Wakes every rank that waits or will wait, with ABORTED and this cause. The first cause stays.
  virtual void Abort(const absl::Status& cause) = 0;
};

}  // namespace clientele::training
