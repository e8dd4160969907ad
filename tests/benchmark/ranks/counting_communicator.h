// Counts what goes over a communicator, and what that takes.
#pragma once

#include <time.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "services/training/communicator/communicator.h"

namespace clientele::benchmark {

inline double ProcessorSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

class CountingCommunicator final : public training::Communicator {
 public:
  explicit CountingCommunicator(training::Communicator& group) : group_(group) {}

  int64_t collectives() const { return collectives_; }
  int64_t bytes() const { return bytes_; }  // That this rank sends or receives.

  // Processor time of this process inside of collectives: waiting and moving bytes, which is no work.
  double seconds() const { return seconds_; }

  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  absl::Status Barrier() override { return Timed(0, [&] { return group_.Barrier(); }); }
  absl::Status Broadcast(int root, std::string& bytes) override {
    const absl::Status status = Timed(0, [&] { return group_.Broadcast(root, bytes); });
    bytes_ += static_cast<int64_t>(bytes.size());
    return status;
  }
  absl::Status AllReduceMax(absl::Span<double> values) override {
    return Timed(2 * values.size() * sizeof(double), [&] { return group_.AllReduceMax(values); });
  }
  absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) override {
    return Timed(2 * values.size() * sizeof(double), [&] { return group_.FoldInRankOrder(values, add); });
  }
  absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) override {
    auto all = Timed(bytes.size(), [&] { return group_.AllGather(bytes); });
    if (!all.ok()) return all;
    for (const std::string& part : *all) bytes_ += static_cast<int64_t>(part.size());
    return all;
  }
  absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) override {
    return Timed(bytes.size(), [&] { return group_.Gather(root, bytes); });
  }
  void Abort(const absl::Status& cause) override { group_.Abort(cause); }

 private:
  template <typename Call>
  std::invoke_result_t<Call> Timed(size_t bytes, Call call) {
    ++collectives_;
    bytes_ += static_cast<int64_t>(bytes);
    const double before = ProcessorSeconds();
    auto result = call();
    seconds_ += ProcessorSeconds() - before;
    return result;
  }

  training::Communicator& group_;
  int64_t collectives_ = 0;
  int64_t bytes_ = 0;
  double seconds_ = 0;
};

}  // namespace clientele::benchmark
