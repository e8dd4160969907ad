// A group of one: what a job on one machine trains with.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

// Collectives return at once.
class LocalCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  absl::Status Barrier() override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Broadcast(int root, std::string& bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status AllReduceMax(absl::Span<double> values) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Abort(const absl::Status& cause) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status CheckRoot(int root) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  absl::Status state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::training
