// The communicator of one learning task. What the data forbid (FAILED_PRECONDITION, INVALID_ARGUMENT) they forbid on
// every rank alike, for learners decide by sums over all of them: such an end is agreed upon and leaves the ranks
// together for the next task. Any other error is one rank's own, and ends the group.
#pragma once

#include <string>
#include <vector>

#include "services/training/communicator/communicator.h"

namespace clientele::training {

// `group` must outlive it.
class LearningGroup final : public Communicator {
 public:
  explicit LearningGroup(Communicator& group) : group_(group) {}

  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  absl::Status Barrier() override { return group_.Barrier(); }
  absl::Status Broadcast(int root, std::string& bytes) override { return group_.Broadcast(root, bytes); }
  absl::Status AllReduceMax(absl::Span<double> values) override { return group_.AllReduceMax(values); }
  absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) override {
    return group_.FoldInRankOrder(values, add);
  }
  absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) override {
    return group_.AllGather(bytes);
  }
  absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) override {
    return group_.Gather(root, bytes);
  }
  void Abort(const absl::Status& cause) override {
    if (!IsOfTheData(cause)) group_.Abort(cause);
  }

  // `status`, with which this rank's learner has ended, once it is known that the others' have ended likewise. Ends
  // `control` where it is one rank's own; INTERNAL where learners disagree.
  absl::Status Agree(const absl::Status& status, Communicator& control) const;

 private:
  static bool IsOfTheData(const absl::Status& status) {
    return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status);
  }

  Communicator& group_;
};

}  // namespace clientele::training
