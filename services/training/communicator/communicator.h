// How the ranks of one training job talk: five collectives that every rank calls in the same order. Local training is a
// group of one; learners are the same code for 1 rank and for many.
//
// Reductions are over 256 shards in shard order, never over ranks in arrival order: see AllReduceShards.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace clientele::training {

// One thread of a rank calls it. Every collective: ABORTED with the cause once any rank has aborted, DEADLINE_EXCEEDED
// when a rank does not come within the group's timeout. Either wakes all ranks.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  virtual absl::Status Barrier() = 0;
  // `values` of `root` reach every rank.
  virtual absl::Status Broadcast(int root, std::string& bytes) = 0;
  // Element by element, in rank order: the same bits on every rank.
  virtual absl::Status AllReduceSum(absl::Span<double> values) = 0;
  virtual absl::Status AllReduceMax(absl::Span<double> values) = 0;
  // What every rank gave, in rank order, on every rank.
  virtual absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) = 0;

  // Wakes every rank that waits or will wait, with ABORTED and this cause.
  virtual void Abort(const absl::Status& cause) = 0;
};

}  // namespace clientele::training
