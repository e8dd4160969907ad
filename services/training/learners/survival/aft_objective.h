// The log-likelihood of aft.h and its derivatives, in one pass.
#pragma once

#include <vector>

#include "common/base/stop_token.h"
#include "services/training/learners/survival/newton.h"
#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

// Parameters are c0, then t (not where exponential), then c [d], of centred columns. Thread-compatible.
class AftObjective {
 public:
  AftObjective(const Rows& rows, absl::Span<const double> columns, int d, bool exponential, int threads,
               StopToken stop);

  // The value is minus infinity where t is not above 0 or a hazard is beyond any number.
  absl::StatusOr<Derivatives> Evaluate(absl::Span<const double> at) const;

  int columns() const { return d_; }
  int first_coefficient() const { return exponential_ ? 1 : 2; }
  const std::vector<double>& means() const { return means_; }
  double events() const { return events_; }  // Their weight.
  // c0 of an exponential without columns: the events over all durations.
  double StartingIntercept() const;

 private:
  // Adds the block's part of value, gradient [width] and information [width x width]; false where it is not a number.
  bool SumBlock(int64_t block, absl::Span<const double> at, double* sums) const;
  int64_t size() const { return static_cast<int64_t>(weights_.size()); }

  const int d_;
  const bool exponential_;
  const int width_;  // Parameters, padded.
  const int threads_;
  const StopToken stop_;
  std::vector<double> means_;
  std::vector<double> columns_;  // [n x width]: 1, log T, then the centred columns.
  std::vector<double> weights_;
  std::vector<double> log_durations_;
  std::vector<uint8_t> ended_;
  double events_ = 0;
  double exposure_ = 0;
};

}  // namespace clientele::training::survival
