// Counts what goes over a communicator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/training/communicator/communicator.h"

namespace clientele::benchmark {

class CountingCommunicator final : public training::Communicator {
 public:
  explicit CountingCommunicator(training::Communicator& group) : group_(group) {}

  int64_t collectives() const { return collectives_; }
  int64_t bytes() const { return bytes_; }  // That this rank sends or receives.

  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  absl::Status Barrier() override { return Count(0), group_.Barrier(); }
  absl::Status Broadcast(int root, std::string& bytes) override {
    const absl::Status status = group_.Broadcast(root, bytes);
    Count(bytes.size());
    return status;
  }
  absl::Status AllReduceMax(absl::Span<double> values) override {
    return Count(2 * values.size() * sizeof(double)), group_.AllReduceMax(values);
  }
  absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) override {
    return Count(2 * values.size() * sizeof(double)), group_.FoldInRankOrder(values, add);
  }
  absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) override {
    auto all = group_.AllGather(bytes);
    Count(bytes.size());
    if (!all.ok()) return all;
    for (const std::string& part : *all) bytes_ += static_cast<int64_t>(part.size());
    return all;
  }
  absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) override {
    return Count(bytes.size()), group_.Gather(root, bytes);
  }
  void Abort(const absl::Status& cause) override { group_.Abort(cause); }

 private:
  void Count(size_t bytes) {
    ++collectives_;
    bytes_ += static_cast<int64_t>(bytes);
  }

  training::Communicator& group_;
  int64_t collectives_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace clientele::benchmark
