#include "services/training/communicator/local_communicator.h"

#include "absl/strings/str_cat.h"

namespace clientele::training {

absl::Status LocalCommunicator::Barrier() {
  absl::MutexLock lock(&mutex_);
  return state_;
}

absl::Status LocalCommunicator::CheckRoot(int root) {
  absl::MutexLock lock(&mutex_);
  if (state_.ok() && root != 0) {
    state_ = absl::InvalidArgumentError(absl::StrCat("root ", root, " is no rank of a group of 1"));
  }
  return state_;
}

absl::Status LocalCommunicator::Broadcast(int root, std::string&) { return CheckRoot(root); }

absl::Status LocalCommunicator::AllReduceMax(absl::Span<double>) { return Barrier(); }

absl::Status LocalCommunicator::FoldInRankOrder(absl::Span<double> values,
                                                absl::FunctionRef<void(absl::Span<double>)> add) {
  add(values);
  return Barrier();
}

absl::StatusOr<std::vector<std::string>> LocalCommunicator::AllGather(const std::string& bytes) {
  if (absl::Status status = Barrier(); !status.ok()) return status;
  return std::vector<std::string>{bytes};
}

absl::StatusOr<std::vector<std::string>> LocalCommunicator::Gather(int root, const std::string& bytes) {
  if (absl::Status status = CheckRoot(root); !status.ok()) return status;
  return std::vector<std::string>{bytes};
}

void LocalCommunicator::Abort(const absl::Status& cause) {
  absl::MutexLock lock(&mutex_);
  if (state_.ok()) state_ = absl::AbortedError(absl::StrCat("aborted: ", cause.message()));
}

}  // namespace clientele::training
